-- one row per readable reading of a machine that had landed when the run looked, with all its counters
select
    files.file_number,
    files.file_id,
    files.source_file,
    records.source_line,
    files.source_code,
    records.line_id,
    {{ rate_serial_key('records.line_id') }} as serial_key,
    records.started_at as read_at,
    records.local_day,
    records.counters,
    coalesce(records.reading_kind, 'measured') as reading_kind,
    records.duration_seconds,
    records.supplier_amount,
    records.not_billable_reason,
    records.is_cancellation,
    files.hold_reason is not null as is_file_held,
    records.landed_at
from {{ source('landing', 'usage_records') }} as records
inner join {{ ref('stg_usage__files') }} as files on records.file_number = files.file_number
where
    records.usage_type = 'meter'
    and not records.is_rejected
    and {{ landed('records') }}
