-- one row per counter and reading that bills pages, in the columns of int_usage__deduplicated: rated like any record
select
    file_number,
    file_id,
    source_file,
    source_line,
    cast(null as {{ text_type() }}) as source_path,
    source_code,
    usage_id,
    usage_type,
    line_id,
    cast(null as {{ text_type() }}) as called_number,
    cast(null as bigint) as number_key,
    cast(null as bigint) as short_number,
    until_at as started_at, -- a reading closes its pages: they belong to the day on which it was made
    local_day,
    cast(null as integer) as duration_seconds,
    page_count,
    cast(null as integer) as event_count,
    cast(null as bigint) as byte_count,
    cast(null as numeric(20, 6)) as unit_count,
    cast(null as numeric(20, 10)) as supplier_amount, -- of the line, which int_meters__outcomes counts
    cast(null as {{ text_type() }}) as outcome,
    cast(null as {{ text_type() }}) as reason
from {{ ref('int_meters__consumption') }}
where
    task_kind is null
    and page_count > 0
