-- a day's calls of a line to a prefix that trade lists name, unless the customer calls it on three days of the 60 before
with calls as (
    select * from {{ ref('int_fraud__calls') }}
    where risk = 'high_risk'
),

-- the last three days aside: they may be this incident's
usual as (
    select
        customer_key,
        risk_prefix,
        local_day,
        count(*) over (
            partition by customer_key, risk_prefix
            order by local_day range between interval '60 days' preceding and interval '4 days' preceding
        ) as day_count
    from calls
    group by customer_key, risk_prefix, local_day
),

running as (
    select
        line_id,
        line_first_day,
        customer_key,
        risk_prefix,
        limit_key,
        local_day,
        usage_id,
        sum(cost) over so_far as day_cost,
        count(*) over so_far as day_calls,
        max(ended_at) over so_far as known_at
    from calls
    where is_watched
    window so_far as (
        partition by line_id, risk_prefix, local_day order by started_at, usage_id
        rows between unbounded preceding and current row
    )
),

crossed as (
    select
        running.line_id,
        running.risk_prefix,
        running.local_day,
        bool_or({{ fraud_has_history('running.local_day', 'running.line_first_day') }}) as has_history,
        min(running.known_at) as fired_at
    from running
    inner join usual
        on
            running.customer_key = usual.customer_key
            and running.risk_prefix = usual.risk_prefix
            and running.local_day = usual.local_day
    inner join {{ fraud_limits('high_risk') }} as limits
        on
            running.limit_key = limits.limit_key
            and running.local_day = limits.local_day
    where
        usual.day_count < 3
        and (running.day_cost > limits.amount_limit or running.day_calls >= limits.count_limit)
    group by running.line_id, running.risk_prefix, running.local_day
)

select
    'high_risk' as rule_code,
    running.line_id as subject_key,
    running.usage_id,
    running.local_day,
    crossed.fired_at,
    crossed.has_history
from running
inner join crossed
    on
        running.line_id = crossed.line_id
        and running.risk_prefix = crossed.risk_prefix
        and running.local_day = crossed.local_day
