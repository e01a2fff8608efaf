-- talk abroad in one night or day of the weekend, of a line that did not in 60 days (the last three aside: this incident's)
with calls as (
    select * from {{ ref('int_fraud__calls') }}
    where
        is_foreign
        and is_off_hours
),

nights as (
    select
        line_id,
        night_day,
        sum(sum(duration_seconds)) over (
            partition by line_id
            order by night_day range between interval '60 days' preceding and interval '4 days' preceding
        ) as seconds_before
    from calls
    group by line_id, night_day
),

running as (
    select
        line_id,
        line_first_day,
        night_day,
        usage_id,
        limit_key,
        local_day,
        sum(duration_seconds) over so_far as night_seconds,
        max(ended_at) over so_far as fired_at
    from calls
    where is_near
    window so_far as (
        partition by line_id, night_day order by started_at, usage_id rows between unbounded preceding and current row
    )
),

judged as (
    select
        running.*,
        {{ fraud_has_history('running.local_day', 'running.line_first_day') }} as has_history,
        running.night_seconds > limits.seconds_limit and coalesce(nights.seconds_before, 0) = 0 as is_over
    from running
    inner join nights
        on
            running.line_id = nights.line_id
            and running.night_day = nights.night_day
    left join {{ fraud_limits('off_hours') }} as limits
        on
            running.limit_key = limits.limit_key
            and running.local_day = limits.local_day
),

crossed as (
    select
        line_id,
        night_day,
        min(local_day) as local_day,
        min(fired_at) as fired_at,
        bool_or(has_history) as has_history
    from judged
    where is_over
    group by line_id, night_day
)

select
    'off_hours' as rule_code,
    judged.line_id as subject_key,
    judged.usage_id,
    greatest(judged.local_day, crossed.local_day) as local_day, -- what came before midnight counts with the crossing
    crossed.fired_at,
    crossed.has_history
from judged
inner join crossed
    on
        judged.line_id = crossed.line_id
        and judged.night_day = crossed.night_day
