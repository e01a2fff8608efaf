-- One row per unbilled charge that is on no draft, with its reason: kept in sight, never lost.
select
    charge_id,
    customer_code,
    billing_node_code,
    node_code,
    service_code,
    price_component,
    period_start,
    period_end,
    currency_code,
    net_amount,
    record_count,
    duration_seconds,
    exclusion_reason
from {{ ref('int_charges__placed') }}
where exclusion_reason is not null
