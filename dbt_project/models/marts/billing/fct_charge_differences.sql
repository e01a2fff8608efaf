-- One row per billed charge of the period that would come out otherwise today: what a correction has to settle.
with charges as (select * from {{ ref('fct_charges') }}),

billed as (
    select * from {{ ref('stg_register__charges') }}
    where period_start = {{ run_period_start() }} and period_end = {{ run_period_end() }}
),

billed_usage as (
    select
        invoice_line_id,
        count(*) as record_count
    from {{ ref('stg_register__invoiced_usage') }}
    group by invoice_line_id
),

-- what a late record moved, an invoice of a later period has settled
settled_later as (
    select
        billed_usage.invoice_line_id,
        round(sum(corrections.rated_amount), 2) as net_amount
    from {{ ref('stg_register__usage_corrections') }} as corrections
    inner join {{ ref('stg_register__invoiced_usage') }} as billed_usage on corrections.usage_id = billed_usage.usage_id
    where corrections.invoiced_period_start > {{ run_period_start() }}
    group by billed_usage.invoice_line_id
),

compared as (
    select
        billed.charge_id,
        billed.invoice_number,
        billed.invoice_line_id,
        billed.customer_code,
        billed.service_code,
        billed.price_component,
        billed.period_start,
        billed.period_end,
        billed.currency_code,
        billed.net_amount as billed_net_amount,
        cast(coalesce(charges.net_amount, 0) as numeric(18, 2)) as net_amount,
        cast(
            coalesce(charges.net_amount, 0) - billed.net_amount - coalesce(settled_later.net_amount, 0) as numeric(18, 2)
        ) as difference_amount,
        -- two lines round twice what the charge rounds once
        case when settled_later.invoice_line_id is null then 0 else 0.01 end as rounding_amount,
        coalesce(billed_usage.record_count, 0) as billed_record_count,
        coalesce(charges.record_count, 0) as record_count
    from billed
    left join charges on billed.charge_id = charges.charge_id -- left: a charge may have gone since
    left join billed_usage on billed.invoice_line_id = billed_usage.invoice_line_id
    left join settled_later on billed.invoice_line_id = settled_later.invoice_line_id
)

select
    charge_id,
    invoice_number,
    invoice_line_id,
    customer_code,
    service_code,
    price_component,
    period_start,
    period_end,
    currency_code,
    billed_net_amount,
    net_amount,
    difference_amount,
    billed_record_count,
    record_count
from compared
where abs(difference_amount) > rounding_amount or record_count <> billed_record_count
