-- For every file, lines = control lines + records, and each record has one outcome: none lost, none counted twice.
with landed as (
    select
        file_id,
        source_file,
        line_count,
        control_line_count,
        record_count
    from {{ source('landing', 'usage_files') }}
    where {{ landed() }}
),

written as (
    select
        file_id,
        count(*) as row_count
    from {{ source('landing', 'usage_records') }}
    where {{ landed() }}
    group by file_id
),

found as (
    select
        file_id,
        count(*) as outcome_count,
        count(distinct source_line) as record_count
    from {{ ref('fct_usage_outcomes') }}
    group by file_id
)

select
    landed.source_file,
    landed.file_id,
    landed.line_count,
    landed.control_line_count,
    landed.record_count,
    written.row_count,
    found.outcome_count,
    found.record_count as distinct_record_count
from landed
left join written on landed.file_id = written.file_id
left join found on landed.file_id = found.file_id
where
    landed.line_count <> landed.control_line_count + landed.record_count
    or landed.record_count <> coalesce(written.row_count, 0)
    or landed.record_count <> coalesce(found.outcome_count, 0)
    or landed.record_count <> coalesce(found.record_count, 0)
