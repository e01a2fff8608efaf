-- bought cost of a line's day against the same weekday of the eight weeks before: median + 6 × its median deviation
with calls as (select * from {{ ref('int_fraud__calls') }}),

line_days as (
    select
        line_id,
        line_first_day,
        limit_key,
        local_day,
        sum(cost) as day_cost,
        bool_or(is_watched) as is_watched
    from calls
    group by line_id, line_first_day, limit_key, local_day
),

-- a week without a call is a week at zero, once the line has been seen
past as (
    select
        today.line_id,
        today.local_day,
        coalesce(before.day_cost, 0) as day_cost
    from line_days as today
    cross join generate_series(7, 56, 7) as back (days)
    left join line_days as before
        on
            today.line_id = before.line_id
            and today.local_day - back.days = before.local_day
    where
        today.is_watched
        and today.local_day - back.days >= today.line_first_day
),

medians as (
    select
        line_id,
        local_day,
        {{ fraud_median('day_cost') }} as median_cost
    from past
    group by line_id, local_day
),

deviations as (
    select
        past.line_id,
        past.local_day,
        medians.median_cost,
        {{ fraud_median('abs(past.day_cost - medians.median_cost)') }} as median_deviation
    from past
    inner join medians
        on
            past.line_id = medians.line_id
            and past.local_day = medians.local_day
    group by past.line_id, past.local_day, medians.median_cost
),

judged as (
    select
        line_days.line_id,
        line_days.local_day,
        {{ fraud_has_history('line_days.local_day', 'line_days.line_first_day') }} as has_history,
        greatest(
            coalesce(deviations.median_cost + limits.share_limit * deviations.median_deviation, 0), limits.amount_limit
        ) as day_limit
    from line_days
    inner join {{ fraud_limits('baseline') }} as limits
        on
            line_days.limit_key = limits.limit_key
            and line_days.local_day = limits.local_day
    left join deviations
        on
            line_days.line_id = deviations.line_id
            and line_days.local_day = deviations.local_day
),

running as (
    select
        line_id,
        local_day,
        usage_id,
        cost,
        sum(cost) over so_far as cost_so_far,
        max(ended_at) over so_far as known_at
    from calls
    where is_watched
    window so_far as (
        partition by line_id, local_day order by started_at, usage_id rows between unbounded preceding and current row
    )
),

crossed as (
    select
        running.line_id,
        running.local_day,
        judged.has_history,
        min(running.known_at) as fired_at
    from running
    inner join judged
        on
            running.line_id = judged.line_id
            and running.local_day = judged.local_day
    where running.cost_so_far > judged.day_limit
    group by running.line_id, running.local_day, judged.has_history
)

select
    'baseline' as rule_code,
    running.line_id as subject_key,
    running.usage_id,
    running.local_day,
    crossed.fired_at,
    crossed.has_history
from running
inner join crossed
    on
        running.line_id = crossed.line_id
        and running.local_day = crossed.local_day
where running.cost > 0
