-- many lines of several customers ring one dear foreign range, each for the first time, within 72 hours
with calls as (
    select
        *,
        coalesce(
            started_at - lag(started_at) over (partition by line_id, called_range order by started_at, usage_id)
            > interval '90 days', true
        ) as is_first_of_line,
        coalesce(
            started_at - lag(started_at) over (partition by customer_key, called_range order by started_at, usage_id)
            > interval '90 days', true
        ) as is_first_of_customer
    from {{ ref('int_fraud__calls') }}
    where
        is_foreign
        and duration_seconds > 0
),

-- each line once: a window that counts rows counts lines
firsts as (
    select
        calls.*,
        limits.count_limit,
        limits.customer_limit,
        {{ fraud_has_history('calls.local_day', 'calls.line_first_day') }} as is_seen_long
    from calls
    left join {{ fraud_limits('wangiri') }} as limits
        on
            calls.limit_key = limits.limit_key
            and calls.local_day = limits.local_day
    where
        calls.is_near
        and calls.is_first_of_line
        and calls.minute_price > coalesce(limits.price_limit, 0)
),

counted as (
    select
        called_range as subject_key,
        line_id,
        usage_id,
        started_at,
        local_day,
        count_limit,
        customer_limit,
        count(*) over recent as line_count,
        count(*) filter (where is_first_of_customer) over recent as customer_count,
        count(*) filter (where is_seen_long) over recent as seen_line_count,
        max(ended_at) over recent as fired_at
    from firsts
    window recent as (
        partition by called_range order by started_at range between interval '72 hours' preceding and current row
    )
),

judged as (
    select
        counted.*,
        coalesce(
            counted.line_count >= counted.count_limit and counted.customer_count >= counted.customer_limit, false
        ) as is_over,
        counted.seen_line_count >= counted.count_limit as has_history
    from counted
),

found as (
    {{ fraud_window_evidence('wangiri', 'judged', '72 hours') }}
),

-- a line that rings back twice is in it twice
again as (
    select
        found.rule_code,
        found.subject_key,
        calls.usage_id,
        found.local_day,
        found.fired_at,
        found.has_history
    from found
    inner join judged on found.usage_id = judged.usage_id
    inner join calls
        on
            judged.line_id = calls.line_id
            and judged.subject_key = calls.called_range
            and judged.started_at <= calls.started_at
            and judged.started_at + interval '72 hours' >= calls.started_at
)

select
    rule_code,
    {{ surrogate_key(['subject_key']) }} as subject_key, -- a range of numbers is not written outside
    usage_id,
    local_day,
    fired_at,
    has_history
from again
