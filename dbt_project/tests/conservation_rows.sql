-- For every file, lines = control lines + records, and each record has one outcome: none lost, none counted twice, and
-- none of a file that is not there (no foreign key looks that up: it cost a tenth of the landing).
with landed as (
    select
        file_number,
        file_id,
        source_file,
        line_count,
        control_line_count,
        record_count
    from {{ source('landing', 'usage_files') }}
    where {{ landed() }}
),

replayed as (
    select distinct
        file_number,
        source_line
    from {{ source('landing', 'replayed_records') }}
    where {{ landed() }}
),

-- what a later replay put in the place of a refused line stands for it
written as (
    select
        records.file_number,
        count(*) as row_count
    from {{ source('landing', 'usage_records') }} as records
    left join replayed
        on
            records.file_number = replayed.file_number
            and records.source_line = replayed.source_line
    where {{ landed('records') }} or replayed.file_number is not null
    group by records.file_number
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
    coalesce(landed.source_file, 'no file') as source_file,
    landed.file_id,
    landed.line_count,
    landed.control_line_count,
    landed.record_count,
    written.row_count,
    found.outcome_count,
    found.record_count as distinct_record_count
from landed
full outer join written on landed.file_number = written.file_number
left join found on landed.file_id = found.file_id
where
    landed.file_number is null
    or landed.line_count <> landed.control_line_count + landed.record_count
    or landed.record_count <> coalesce(written.row_count, 0)
    or landed.record_count <> coalesce(found.outcome_count, 0)
    or landed.record_count <> coalesce(found.record_count, 0)
