-- one row per rule, customer and span of valid days, as known when the run looked
select
    rule_code,
    customer_code,
    is_active,
    holds_usage,
    amount_limit,
    seconds_limit,
    count_limit,
    customer_limit,
    share_limit,
    price_limit,
    history_days,
    valid_from,
    valid_until
from {{ source('watch', 'thresholds') }}
where {{ known() }}
