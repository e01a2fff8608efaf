-- one row per line that could not be read, with its reason
select
    file_id,
    source_file,
    source_line,
    source_code,
    reject_reason,
    landed_at
from {{ source('landing', 'usage_records') }}
where
    is_rejected
    and {{ landed() }}
