-- one row per price of a grid version, as known when the run looked
select
    grid_version_id,
    usage_type,
    prefix,
    destination,
    price_component,
    component_label,
    connection_fee,
    unit_price,
    first_increment,
    next_increment
from {{ source('master', 'grid_prices') }}
where {{ known() }}
