-- one row per sealed file that had landed when the run looked
select
    file_id,
    source_code,
    source_file,
    sealed_path,
    byte_count,
    line_count,
    control_line_count,
    record_count,
    hold_reason,
    landed_at
from {{ source('landing', 'usage_files') }}
where {{ landed() }}
