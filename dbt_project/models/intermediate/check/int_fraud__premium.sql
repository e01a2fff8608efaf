-- calls of a line to one surcharged number in an hour: here the price of a call counts, not its minutes
with sums as (
    select
        line_id || ' ' || called_number as subject_key,
        line_id,
        usage_id,
        limit_key,
        started_at,
        local_day,
        count(*) over recent as call_count,
        max(ended_at) over recent as fired_at
    from {{ ref('int_fraud__calls') }}
    where
        is_near
        and risk = 'premium'
    window recent as (
        partition by line_id, called_number
        order by started_at range between interval '1 hour' preceding and current row
    )
),

judged as (
    select
        sums.*,
        true as has_history,
        coalesce(sums.call_count >= limits.count_limit, false) as is_over
    from sums
    left join {{ fraud_limits('premium') }} as limits
        on
            sums.limit_key = limits.limit_key
            and sums.local_day = limits.local_day
),

found as (
    {{ fraud_window_evidence('premium', 'judged', '1 hour') }}
)

select
    found.rule_code,
    judged.line_id as subject_key,
    found.usage_id,
    found.local_day,
    found.fired_at,
    found.has_history
from found
inner join judged on found.usage_id = judged.usage_id
