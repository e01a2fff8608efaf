-- one row per record to rate: what nothing settled before, and the pages that meters counted
{{ config(materialized='view') }} {#- read twice, and cheap: a write would cost more #}

select
    file_number,
    file_id,
    source_file,
    source_line,
    source_code,
    usage_id,
    usage_type,
    line_id,
    called_number,
    number_key,
    short_number,
    started_at,
    local_day,
    duration_seconds,
    page_count,
    event_count,
    byte_count,
    unit_count,
    supplier_amount
from {{ ref('int_usage__deduplicated') }}
where outcome is null

union all

select
    file_number,
    file_id,
    source_file,
    source_line,
    source_code,
    usage_id,
    usage_type,
    line_id,
    called_number,
    number_key,
    short_number,
    started_at,
    local_day,
    duration_seconds,
    page_count,
    event_count,
    byte_count,
    unit_count,
    supplier_amount
from {{ ref('int_meters__usage') }}
where outcome is null
