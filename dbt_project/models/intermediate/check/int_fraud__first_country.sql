-- a country that the customer did not call in 90 days and a dear minute: at the third call within three days
with calls as (
    select
        *,
        started_at - lag(started_at) over (partition by customer_key, country_code order by started_at, usage_id)
        <= interval '90 days' as is_known_country
    from {{ ref('int_fraud__calls') }}
    where is_foreign
),

-- the call that opens an episode, and how long ago that was
episodes as (
    select
        *,
        max(case when is_known_country then null else started_at end) over (
            partition by customer_key, country_code order by started_at, usage_id
            rows between unbounded preceding and current row
        ) as episode_started_at
    from calls
),

dear as (
    select
        episodes.*,
        limits.count_limit,
        {{ fraud_has_history('cast(episodes.episode_started_at as date)', 'episodes.customer_first_day') }} as has_history
    from episodes
    inner join {{ fraud_limits('first_country') }} as limits
        on
            episodes.limit_key = limits.limit_key
            and episodes.local_day = limits.local_day
    where
        episodes.started_at <= episodes.episode_started_at + interval '72 hours'
        and episodes.minute_price > limits.price_limit
),

counted as (
    select
        dear.*,
        row_number() over episode as call_position,
        max(dear.ended_at) over episode as known_at
    from dear
    window episode as (
        partition by dear.customer_key, dear.country_code, dear.episode_started_at
        order by dear.started_at, dear.usage_id
        rows between unbounded preceding and current row
    )
),

crossed as (
    select
        customer_key,
        country_code,
        episode_started_at,
        min(local_day) as local_day,
        min(known_at) as fired_at
    from counted
    where call_position >= count_limit
    group by customer_key, country_code, episode_started_at
)

select
    'first_country' as rule_code,
    counted.line_id as subject_key,
    counted.usage_id,
    greatest(counted.local_day, crossed.local_day) as local_day,
    crossed.fired_at,
    counted.has_history
from counted
inner join crossed
    on
        counted.customer_key = crossed.customer_key
        and counted.country_code = crossed.country_code
        and counted.episode_started_at = crossed.episode_started_at
