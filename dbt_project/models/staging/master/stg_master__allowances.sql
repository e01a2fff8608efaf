-- one row per price component that draws on an allowance, as known when the run looked
select
    allowance_code,
    price_component,
    included_seconds
from {{ source('master', 'allowances') }}
where {{ known() }}
