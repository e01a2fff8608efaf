-- one row per line and the service it belongs to and span of valid days, as known when the run looked
select
    line_id,
    service_code,
    valid_from,
    valid_until
from {{ source('master', 'lines') }}
where {{ known() }}
