-- one row per usage record that an issued invoice billed and that would be billed otherwise, or not at all, today
with invoiced as (select * from {{ ref('stg_register__invoiced_usage') }}),

rated as (select * from {{ ref('fct_rated_usage') }}),

outcomes as (select * from {{ ref('fct_usage_outcomes') }}),

compared as (
    select
        invoiced.usage_id,
        invoiced.invoice_line_id,
        invoiced.file_id,
        invoiced.source_line,
        invoiced.duration_seconds as invoiced_seconds,
        rated.duration_seconds,
        invoiced.page_count as invoiced_page_count,
        rated.page_count,
        invoiced.rated_amount as invoiced_amount,
        coalesce(rated.rated_amount, 0) as rated_amount,
        case
            when rated.usage_id is null then 'no_longer_billed'
            when coalesce(invoiced.duration_seconds, -1) <> coalesce(rated.duration_seconds, -1) then 'other_quantity'
            when coalesce(invoiced.page_count, -1) <> coalesce(rated.page_count, -1) then 'other_quantity'
            when invoiced.rated_amount <> rated.rated_amount then 'other_amount'
        end as difference_kind
    from invoiced
    left join rated on invoiced.usage_id = rated.usage_id
)

select
    compared.usage_id,
    compared.invoice_line_id,
    compared.file_id,
    compared.source_line,
    compared.difference_kind,
    outcomes.outcome,
    outcomes.reason,
    compared.invoiced_seconds,
    compared.duration_seconds,
    compared.invoiced_page_count,
    compared.page_count,
    compared.invoiced_amount,
    cast(compared.rated_amount as numeric(38, 12)) as rated_amount,
    cast(compared.rated_amount - compared.invoiced_amount as numeric(38, 12)) as difference_amount
from compared
left join outcomes
    on
        compared.file_id = outcomes.file_id
        and compared.source_line = outcomes.source_line
where compared.difference_kind is not null
