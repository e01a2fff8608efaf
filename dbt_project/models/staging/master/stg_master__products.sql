-- one row per product and span of valid days, as known when the run looked
select
    product_code,
    product_name,
    product_family,
    is_goods,
    vat_rate,
    sales_account,
    valid_from,
    valid_until
from {{ source('master', 'products') }}
where {{ known() }}
