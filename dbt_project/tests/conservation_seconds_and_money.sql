-- For every file, the readable seconds, pages aside, and what the supplier asks are the same before and after rating.
-- A call in two halves adds the seconds between them, which conservation_paired_seconds proves from the instants.
with landed as (
    select
        file_number,
        coalesce(sum(duration_seconds), 0) as duration_seconds,
        coalesce(sum(supplier_amount), 0) as supplier_amount
    from {{ source('landing', 'usage_records') }}
    where
        not is_rejected
        and {{ landed() }}
    group by file_number
),

paired as (
    select
        file_number,
        coalesce(sum(paired_seconds), 0) as paired_seconds
    from {{ ref('int_usage__calls') }}
    group by file_number
),

found as (
    select
        file_id,
        coalesce(sum(duration_seconds), 0) as duration_seconds,
        coalesce(sum(supplier_amount), 0) as supplier_amount
    from {{ ref('fct_usage_outcomes') }}
    group by file_id
)

select
    files.file_id,
    landed.duration_seconds as landed_seconds,
    paired.paired_seconds,
    found.duration_seconds as found_seconds,
    landed.supplier_amount as landed_supplier_amount,
    found.supplier_amount as found_supplier_amount
from landed
inner join {{ source('landing', 'usage_files') }} as files on landed.file_number = files.file_number
left join paired on landed.file_number = paired.file_number
left join found on files.file_id = found.file_id
where
    landed.duration_seconds + coalesce(paired.paired_seconds, 0) <> coalesce(found.duration_seconds, 0)
    or landed.supplier_amount <> coalesce(found.supplier_amount, 0)
