-- bought cost of a line in a sliding hour, and in sliding 24 hours
with calls as (
    select * from {{ ref('int_fraud__calls') }}
    where is_near
),

sums_1h as (
    select
        line_id as subject_key,
        usage_id,
        limit_key,
        started_at,
        local_day,
        sum(cost) over recent as window_cost,
        max(ended_at) over recent as fired_at
    from calls
    window recent as (
        partition by line_id order by started_at range between interval '1 hour' preceding and current row
    )
),

judged_1h as (
    select
        sums.*,
        true as has_history,
        coalesce(sums.window_cost > limits.amount_limit, false) as is_over
    from sums_1h as sums
    left join {{ fraud_limits('velocity_1h') }} as limits
        on
            sums.limit_key = limits.limit_key
            and sums.local_day = limits.local_day
),

sums_24h as (
    select
        line_id as subject_key,
        usage_id,
        limit_key,
        started_at,
        local_day,
        sum(cost) over recent as window_cost,
        max(ended_at) over recent as fired_at
    from calls
    window recent as (
        partition by line_id order by started_at range between interval '24 hours' preceding and current row
    )
),

judged_24h as (
    select
        sums.*,
        true as has_history,
        coalesce(sums.window_cost > limits.amount_limit, false) as is_over
    from sums_24h as sums
    left join {{ fraud_limits('velocity_24h') }} as limits
        on
            sums.limit_key = limits.limit_key
            and sums.local_day = limits.local_day
),

found as (
    {{ fraud_window_evidence('velocity_1h', 'judged_1h', '1 hour') }}

    union all

    {{ fraud_window_evidence('velocity_24h', 'judged_24h', '24 hours') }}
),

weighed as (
    select
        found.*,
        calls.cost,
        avg(calls.cost) over (partition by found.rule_code, found.subject_key, found.local_day) as mean_cost
    from found
    inner join calls on found.usage_id = calls.usage_id
)

-- the cheap calls of an honest afternoon are in the sum, and explain nothing
select
    rule_code,
    subject_key,
    usage_id,
    local_day,
    fired_at,
    has_history
from weighed
where cost >= mean_cost / 20
