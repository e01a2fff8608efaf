-- one row per readable record that had landed when the run looked, with what SQL must know of its file
select
    records.file_number,
    files.file_id,
    files.source_file,
    records.source_line,
    records.source_path,
    files.source_code,
    files.hold_reason is not null
    and (files.released_at is null or files.released_at > {{ as_of() }}) as is_file_held,
    files.has_identity,
    files.correction = 'replace' as is_replaced_by_version,
    {{ epoch_seconds(as_of()) }} - {{ epoch_seconds('records.started_at') }}
    > coalesce(files.pair_limit_hours, 24) * 3600 as is_wait_over,
    records.usage_id,
    coalesce(records.call_key || ' ' || records.call_half, records.usage_id) as identity_key,
    {{ rate_content_key('records') }} as content_key,
    records.usage_type,
    records.line_id,
    records.called_number,
    records.number_category,
    records.country_code,
    records.direction,
    records.zone,
    records.started_at,
    records.local_day,
    records.is_time_guessed,
    records.duration_seconds,
    records.page_count,
    records.event_count,
    records.byte_count,
    records.unit_count,
    records.reading_kind,
    records.supplier_label,
    records.supplier_amount,
    files.currency_code as supplier_currency_code,
    records.not_billable_reason,
    records.call_key,
    records.call_half,
    records.version_key,
    records.is_cancellation,
    records.landed_at
from {{ source('landing', 'usage_records') }} as records
inner join {{ source('landing', 'usage_files') }} as files on records.file_number = files.file_number
where
    not records.is_rejected
    and {{ landed('records') }}
