-- one row per service and span of valid days, as known when the run looked
select
    service_code,
    node_code,
    product_code,
    service_name,
    charge_kind,
    quantity,
    unit_code,
    unit_price,
    grid_code,
    allowance_code,
    valid_from,
    valid_until
from {{ source('master', 'services') }}
where {{ known() }}
