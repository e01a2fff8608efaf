-- one row per machine, as its serial number compares, and span of days that the master gives it
select
    {{ rate_serial_key('line_id') }} as serial_key,
    line_id,
    service_code,
    valid_from,
    valid_until
from {{ ref('stg_master__lines') }}
where {{ rate_serial_key('line_id') }} in (select serial_key from {{ ref('int_meters__readings') }})
