-- one row per grid version and span of valid days, as known when the run looked
select
    grid_version_id,
    grid_code,
    currency_code,
    valid_from,
    valid_until
from {{ source('master', 'grid_versions') }}
where {{ known() }}
