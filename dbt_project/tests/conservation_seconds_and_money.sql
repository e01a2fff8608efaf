-- For every file, the readable seconds, pages aside, and what the supplier asks are the same before and after rating.
with landed as (
    select
        file_id,
        coalesce(sum(duration_seconds), 0) as duration_seconds,
        coalesce(sum(supplier_amount), 0) as supplier_amount
    from {{ source('landing', 'usage_records') }}
    where
        not is_rejected
        and {{ landed() }}
    group by file_id
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
    landed.file_id,
    landed.duration_seconds as landed_seconds,
    found.duration_seconds as found_seconds,
    landed.supplier_amount as landed_supplier_amount,
    found.supplier_amount as found_supplier_amount
from landed
left join found on landed.file_id = found.file_id
where
    landed.duration_seconds <> coalesce(found.duration_seconds, 0)
    or landed.supplier_amount <> coalesce(found.supplier_amount, 0)
