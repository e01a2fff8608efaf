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
        cast(coalesce(charges.net_amount, 0) - billed.net_amount as numeric(18, 2)) as difference_amount,
        coalesce(billed_usage.record_count, 0) as billed_record_count,
        coalesce(charges.record_count, 0) as record_count
    from billed
    left join charges on billed.charge_id = charges.charge_id -- left: a charge may have gone since
    left join billed_usage on billed.invoice_line_id = billed_usage.invoice_line_id
)

select * from compared
where difference_amount <> 0 or record_count <> billed_record_count
