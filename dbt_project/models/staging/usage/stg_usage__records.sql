-- one row per readable record that had landed when the run looked
select
    usage_id,
    content_digest,
    file_id,
    source_file,
    source_line,
    source_code,
    usage_type,
    line_id,
    called_number,
    started_at,
    local_day,
    is_time_guessed,
    duration_seconds,
    page_count,
    supplier_label,
    supplier_amount,
    not_billable_reason,
    landed_at
from {{ source('landing', 'usage_records') }}
where
    not is_rejected
    and {{ landed() }}
