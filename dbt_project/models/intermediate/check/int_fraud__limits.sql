-- one row per rule that is on, customer and day to look at: the customer's own limits, the default's where it says none
{{ config(post_hook="{{ rate_analyze() }}") }}

with thresholds as (select * from {{ ref('stg_watch__thresholds') }}),

customer_days as (
    select distinct
        limit_key,
        local_day
    from {{ ref('int_fraud__calls') }}
    where is_near
),

-- of two spans that both hold, the later one
defaults as (
    select distinct on (days.local_day, thresholds.rule_code)
        days.local_day,
        thresholds.*
    from {{ ref('int_fraud__days') }} as days
    inner join thresholds
        on
            days.local_day >= thresholds.valid_from
            and days.local_day < thresholds.valid_until
    where thresholds.customer_code is null
    order by days.local_day asc, thresholds.rule_code asc, thresholds.valid_from desc
),

own as (
    select distinct on (customer_days.limit_key, customer_days.local_day, thresholds.rule_code)
        customer_days.limit_key,
        customer_days.local_day,
        thresholds.*
    from customer_days
    inner join thresholds
        on
            customer_days.limit_key = thresholds.customer_code
            and customer_days.local_day >= thresholds.valid_from
            and customer_days.local_day < thresholds.valid_until
    order by customer_days.limit_key asc, customer_days.local_day asc, thresholds.rule_code asc, thresholds.valid_from desc
)

select
    defaults.rule_code,
    customer_days.limit_key,
    customer_days.local_day,
    coalesce(own.holds_usage, defaults.holds_usage, false) as holds_usage,
    coalesce(own.amount_limit, defaults.amount_limit) as amount_limit,
    coalesce(own.seconds_limit, defaults.seconds_limit) as seconds_limit,
    coalesce(own.count_limit, defaults.count_limit) as count_limit,
    coalesce(own.customer_limit, defaults.customer_limit) as customer_limit,
    coalesce(own.share_limit, defaults.share_limit) as share_limit,
    coalesce(own.price_limit, defaults.price_limit) as price_limit,
    coalesce(own.history_days, defaults.history_days) as history_days
from customer_days
inner join defaults on customer_days.local_day = defaults.local_day
left join own
    on
        customer_days.limit_key = own.limit_key
        and customer_days.local_day = own.local_day
        and defaults.rule_code = own.rule_code
where coalesce(own.is_active, defaults.is_active, true)
