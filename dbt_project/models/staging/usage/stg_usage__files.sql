-- one row per sealed file that had landed when the run looked
select
    file_number,
    file_id,
    source_code,
    source_file,
    sealed_path,
    byte_count,
    line_count,
    control_line_count,
    record_count,
    has_identity,
    correction,
    pair_limit_hours,
    currency_code,
    landing_run_id,
    case when released_at is null or released_at > {{ as_of() }} then hold_reason end as hold_reason,
    landed_at
from {{ source('landing', 'usage_files') }}
where {{ landed() }}
