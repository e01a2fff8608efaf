-- one row per answer about a meter, as known when the run looked
select
    decision_id,
    line_id,
    {{ rate_serial_key('line_id') }} as serial_key,
    read_at,
    usage_type,
    answer,
    quantity,
    reason,
    decided_by,
    decided_at
from {{ source('landing', 'meter_decisions') }}
where decided_at <= {{ as_of() }}
