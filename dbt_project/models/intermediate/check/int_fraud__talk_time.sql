-- talk of a line in a day that does not fit into 24 hours of its channels
with running as (
    select
        line_id,
        usage_id,
        limit_key,
        local_day,
        duration_seconds,
        sum(duration_seconds) over so_far as day_seconds,
        max(ended_at) over so_far as known_at
    from {{ ref('int_fraud__calls') }}
    where is_watched
    window so_far as (
        partition by line_id, local_day order by started_at, usage_id rows between unbounded preceding and current row
    )
),

crossed as (
    select
        running.line_id,
        running.local_day,
        min(running.known_at) as fired_at
    from running
    inner join {{ fraud_limits('talk_time') }} as limits
        on
            running.limit_key = limits.limit_key
            and running.local_day = limits.local_day
    where running.day_seconds > 86400 * limits.count_limit
    group by running.line_id, running.local_day
)

select
    'talk_time' as rule_code,
    running.line_id as subject_key,
    running.usage_id,
    running.local_day,
    crossed.fired_at,
    true as has_history
from running
inner join crossed
    on
        running.line_id = crossed.line_id
        and running.local_day = crossed.local_day
where running.duration_seconds > 0
