-- bought cost of a line since the first of the month, against its median month: once, then each time it doubles
with calls as (select * from {{ ref('int_fraud__calls') }}),

months as (
    select
        line_id,
        line_first_day,
        cast(date_trunc('month', local_day) as date) as month_start,
        sum(cost) as month_cost
    from calls
    group by line_id, line_first_day, date_trunc('month', local_day)
),

-- a month that began before the line was seen is no month
medians as (
    select
        months.line_id,
        months.month_start,
        count(earlier.month_cost) as month_count,
        {{ fraud_median('earlier.month_cost') }} as median_cost
    from months
    left join months as earlier
        on
            months.line_id = earlier.line_id
            and months.month_start > earlier.month_start
            and earlier.month_start >= earlier.line_first_day
    group by months.line_id, months.month_start
),

-- months of the days to look at; the others only lend their sums
looked_months as (
    select distinct cast(date_trunc('month', local_day) as date) as month_start
    from {{ ref('int_fraud__days') }}
    where is_watched
),

running as (
    select
        line_id,
        line_first_day,
        usage_id,
        limit_key,
        local_day,
        is_watched,
        cost,
        cast(date_trunc('month', local_day) as date) as month_start,
        sum(cost) over so_far as month_cost,
        max(ended_at) over so_far as fired_at
    from calls
    where date_trunc('month', local_day) in (select looked_months.month_start from looked_months)
    window so_far as (
        partition by line_id, date_trunc('month', local_day) order by started_at, usage_id
        rows between unbounded preceding and current row
    )
),

judged as (
    select
        running.*,
        medians.month_count > 0 and {{ fraud_has_history('running.local_day', 'running.line_first_day') }} as has_history,
        greatest(limits.amount_limit, limits.share_limit * coalesce(medians.median_cost, 0)) as month_limit
    from running
    inner join medians
        on
            running.line_id = medians.line_id
            and running.month_start = medians.month_start
    inner join {{ fraud_limits('velocity_month') }} as limits
        on
            running.limit_key = limits.limit_key
            and running.local_day = limits.local_day
    where running.is_watched
),

-- levels: the limit, twice, four times it
crossed as (
    select
        line_id,
        local_day,
        bool_or(has_history) as has_history,
        min(fired_at) as fired_at
    from judged
    where
        month_cost > month_limit
        and floor(log(2, month_cost / month_limit))
        > case when month_cost - cost > month_limit then floor(log(2, (month_cost - cost) / month_limit)) else -1 end
    group by line_id, local_day
)

select
    'velocity_month' as rule_code,
    judged.line_id as subject_key,
    judged.usage_id,
    judged.local_day,
    crossed.fired_at,
    crossed.has_history
from judged
inner join crossed
    on
        judged.line_id = crossed.line_id
        and judged.local_day = crossed.local_day
where judged.cost > 0
