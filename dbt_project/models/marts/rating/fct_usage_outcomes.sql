-- one row per landed record and what became of it; each outcome is counted in the table that holds it, so that a row
-- lost or doubled on the way is missing or double here, and conservation sees it
{{ config(materialized='view') }}

-- a reading is merged into the pages that it closes: it counts where it is read, and its pages are no record
with pages_of_meters as (select usage_id from {{ ref('int_meters__usage') }})

select
    rated.file_id,
    rated.source_line,
    rated.source_code,
    rated.local_day,
    'rated' as outcome,
    null as reason,
    rated.duration_seconds,
    rated.supplier_amount
from {{ ref('fct_rated_usage') }} as rated
left join pages_of_meters on rated.usage_id = pages_of_meters.usage_id
where pages_of_meters.usage_id is null

union all

select
    matched.file_id,
    matched.source_line,
    matched.source_code,
    matched.local_day,
    'held' as outcome,
    matched.hold_reason as reason,
    matched.duration_seconds,
    matched.supplier_amount
from {{ ref('int_usage__matched') }} as matched
left join pages_of_meters on matched.usage_id = pages_of_meters.usage_id
where
    matched.hold_reason is not null
    and pages_of_meters.usage_id is null

union all

select
    file_id,
    source_line,
    source_code,
    local_day,
    outcome,
    reason,
    duration_seconds,
    supplier_amount
from {{ ref('int_meters__outcomes') }}

union all

select
    file_id,
    source_line,
    source_code,
    local_day,
    outcome,
    reason,
    duration_seconds,
    supplier_amount
from {{ ref('int_usage__deduplicated') }}
where outcome is not null

union all

select
    file_id,
    source_line,
    source_code,
    cast(null as date) as local_day,
    'rejected' as outcome,
    split_part(reject_reason, ':', 1) as reason, -- the code, without the words of one record
    cast(null as integer) as duration_seconds,
    cast(null as numeric(20, 10)) as supplier_amount
from {{ ref('stg_usage__rejects') }}
