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

outcomes as (
    select
        file_id,
        count(*) as record_count,
        sum(case when outcome = 'rated' then 1 else 0 end) as rated_count,
        sum(case when outcome = 'not_billable' then 1 else 0 end) as not_billable_count,
        sum(case when outcome = 'duplicate' then 1 else 0 end) as duplicate_count,
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
        cast(coalesce(outcomes.held_count, 0) as integer) as held_count,
        cast(coalesce(outcomes.rejected_count, 0) as integer) as rejected_count,
        cast(coalesce(outcomes.record_count, 0) as integer) as outcome_count,
        cast(coalesce(landed.duration_seconds, 0) as bigint) as landed_seconds,
        cast(coalesce(outcomes.duration_seconds, 0) as bigint) as outcome_seconds,
        cast(coalesce(landed.supplier_amount, 0) as numeric(38, 10)) as landed_supplier_amount,
        cast(coalesce(outcomes.supplier_amount, 0) as numeric(38, 10)) as outcome_supplier_amount
    from files
    left join landed on files.file_id = landed.file_id
    left join outcomes on files.file_id = outcomes.file_id
)

select
    *,
    line_count = control_line_count + record_count
    and record_count = outcome_count
    and outcome_count = rated_count + not_billable_count + duplicate_count + held_count + rejected_count
    and landed_seconds = outcome_seconds
    and landed_supplier_amount = outcome_supplier_amount as is_balanced
from side_by_side
