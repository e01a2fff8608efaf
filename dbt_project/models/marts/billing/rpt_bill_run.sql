-- One row per customer and currency: what the run would bill beside what the period before was billed.
with drafts as (
    select
        customer_code,
        currency_code,
        count(*) as draft_count,
        sum(net_amount) as net_amount,
        sum(gross_amount) as gross_amount
    from {{ ref('fct_drafts') }}
    group by customer_code, currency_code
),

invoices as (
    select
        customer_code,
        currency_code,
        coalesce(sum(net_amount) filter (where period_start = {{ run_period_start() }}), 0) as issued_net_amount,
        coalesce(sum(net_amount) filter (where period_end = {{ run_period_start() }}), 0) as previous_net_amount
    from {{ ref('stg_register__invoices') }}
    where period_start = {{ run_period_start() }} or period_end = {{ run_period_start() }}
    group by customer_code, currency_code
),

customers as (
    {{ latest_version(ref('stg_master__customers'), 'customer_code') }}
),

beside as (
    select
        coalesce(drafts.customer_code, invoices.customer_code) as customer_code,
        coalesce(drafts.currency_code, invoices.currency_code) as currency_code,
        coalesce(drafts.draft_count, 0) as draft_count,
        coalesce(drafts.net_amount, 0) as net_amount,
        coalesce(drafts.gross_amount, 0) as gross_amount,
        coalesce(invoices.issued_net_amount, 0) as issued_net_amount,
        coalesce(invoices.previous_net_amount, 0) as previous_net_amount
    from drafts
    full outer join invoices -- full: a customer billed last period and not now is what the report is for
        on
            drafts.customer_code = invoices.customer_code
            and drafts.currency_code = invoices.currency_code
)

select
    beside.customer_code,
    customers.customer_name,
    beside.currency_code,
    cast(beside.draft_count as integer) as draft_count,
    cast(beside.net_amount as numeric(18, 2)) as net_amount,
    cast(beside.gross_amount as numeric(18, 2)) as gross_amount,
    cast(beside.issued_net_amount as numeric(18, 2)) as issued_net_amount,
    cast(beside.previous_net_amount as numeric(18, 2)) as previous_net_amount,
    cast(beside.net_amount + beside.issued_net_amount - beside.previous_net_amount as numeric(18, 2))
        as difference_amount
from beside
left join customers on beside.customer_code = customers.customer_code
