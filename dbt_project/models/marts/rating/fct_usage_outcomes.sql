-- one row per landed record and what became of it; each outcome is counted in the table that holds it, so that a row
-- lost or doubled on the way is missing or double here, and conservation sees it
{{ config(materialized='view') }}

select
    file_id,
    source_line,
    source_code,
    local_day,
    'rated' as outcome,
    null as reason,
    duration_seconds,
    supplier_amount
from {{ ref('fct_rated_usage') }}

union all

select
    file_id,
    source_line,
    source_code,
    local_day,
    'held' as outcome,
    hold_reason as reason,
    duration_seconds,
    supplier_amount
from {{ ref('int_usage__matched') }}
where hold_reason is not null

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
