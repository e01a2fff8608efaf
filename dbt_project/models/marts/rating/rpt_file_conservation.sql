-- one row per landed file: what came in on one side, what became of it on the other
with files as (select * from {{ ref('stg_usage__files') }}),

landed as (
    select
        file_id,
        sum(duration_seconds) as duration_seconds,
        sum(supplier_amount) as supplier_amount
    from {{ ref('stg_usage__records') }}
    group by file_id
),

-- a call in two halves has the seconds between them: nothing says them in the file, and its start carries them
paired as (
    select
        records.file_id,
        sum(calls.paired_seconds) as paired_seconds
    from {{ ref('int_usage__calls') }} as calls
    inner join {{ ref('int_usage__deduplicated') }} as records
        on
            calls.file_number = records.file_number
            and calls.source_line = records.source_line
    group by records.file_id
),

outcomes as (
    select
        file_id,
        count(*) as record_count,
        sum(case when outcome = 'rated' then 1 else 0 end) as rated_count,
        sum(case when outcome = 'not_billable' then 1 else 0 end) as not_billable_count,
        sum(case when outcome = 'duplicate' then 1 else 0 end) as duplicate_count,
        sum(case when outcome = 'merged' then 1 else 0 end) as merged_count,
        sum(case when outcome = 'waiting' then 1 else 0 end) as waiting_count,
        sum(case when outcome = 'held' then 1 else 0 end) as held_count,
        sum(case when outcome = 'rejected' then 1 else 0 end) as rejected_count,
        sum(duration_seconds) as duration_seconds,
        sum(supplier_amount) as supplier_amount
    from {{ ref('fct_usage_outcomes') }}
    group by file_id
),

side_by_side as (
    select
        files.file_id,
        files.source_file,
        files.source_code,
        files.hold_reason,
        files.landed_at,
        files.line_count,
        files.control_line_count,
        files.record_count,
        cast(coalesce(outcomes.rated_count, 0) as integer) as rated_count,
        cast(coalesce(outcomes.not_billable_count, 0) as integer) as not_billable_count,
        cast(coalesce(outcomes.duplicate_count, 0) as integer) as duplicate_count,
        cast(coalesce(outcomes.merged_count, 0) as integer) as merged_count,
        cast(coalesce(outcomes.waiting_count, 0) as integer) as waiting_count,
        cast(coalesce(outcomes.held_count, 0) as integer) as held_count,
        cast(coalesce(outcomes.rejected_count, 0) as integer) as rejected_count,
        cast(coalesce(outcomes.record_count, 0) as integer) as outcome_count,
        cast(coalesce(landed.duration_seconds, 0) as bigint) as landed_seconds,
        cast(coalesce(paired.paired_seconds, 0) as bigint) as paired_seconds,
        cast(coalesce(outcomes.duration_seconds, 0) as bigint) as outcome_seconds,
        cast(coalesce(landed.supplier_amount, 0) as numeric(38, 10)) as landed_supplier_amount,
        cast(coalesce(outcomes.supplier_amount, 0) as numeric(38, 10)) as outcome_supplier_amount
    from files
    left join landed on files.file_id = landed.file_id
    left join paired on files.file_id = paired.file_id
    left join outcomes on files.file_id = outcomes.file_id
)

select
    *,
    line_count = control_line_count + record_count
    and record_count = outcome_count
    and outcome_count
    = rated_count + not_billable_count + duplicate_count + merged_count + waiting_count + held_count + rejected_count
    and landed_seconds + paired_seconds = outcome_seconds
    and landed_supplier_amount = outcome_supplier_amount as is_balanced
from side_by_side
