-- one row per customer and span of valid days, as known when the run looked
select
    customer_code,
    customer_name,
    seller_code,
    valid_from,
    valid_until
from {{ source('master', 'customers') }}
where {{ known() }}
