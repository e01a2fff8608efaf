-- one row per line that could not be read when the run looked, with its reason; a later replay may have read it since
with rejected as (
    select
        file_number,
        source_line,
        source_path,
        raw_text,
        reject_reason,
        line_id,
        local_day,
        duration_seconds,
        supplier_amount,
        landed_at
    from {{ source('landing', 'usage_records') }}
    where
        is_rejected
        and {{ landed() }}

    union all

    select
        replaced.file_number,
        replaced.source_line,
        null as source_path,
        replaced.raw_text,
        replaced.reject_reason,
        null as line_id,
        null as local_day,
        null as duration_seconds,
        null as supplier_amount,
        replaced.landed_at
    from {{ source('landing', 'replayed_records') }} as replaced
    inner join {{ source('landing', 'replays') }} as replays on replaced.replay_id = replays.replay_id
    where
        {{ landed('replaced') }}
        and replays.replayed_at > {{ as_of() }}
)

select
    rejected.file_number,
    files.file_id,
    files.source_file,
    rejected.source_line,
    rejected.source_path,
    files.source_code,
    rejected.raw_text,
    rejected.reject_reason,
    rejected.line_id,
    rejected.local_day,
    rejected.duration_seconds,
    rejected.supplier_amount,
    rejected.landed_at
from rejected
inner join {{ source('landing', 'usage_files') }} as files on rejected.file_number = files.file_number
