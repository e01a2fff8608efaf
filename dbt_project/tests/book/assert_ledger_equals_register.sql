-- Each issued invoice is posted for its own gross, net and VAT, and nothing else is posted.
{{ config(tags=['book']) }}
with posted as (
    select
        invoice_number,
        sum(debit - credit) filter (where auxiliary_code is not null) as gross_amount,
        sum(credit - debit) filter (where account_number like '445%') as vat_amount,
        sum(credit - debit) filter (where auxiliary_code is null and account_number not like '445%') as net_amount
    from {{ ref('fct_ledger_entries') }}
    group by invoice_number
),

invoices as (
    select
        invoice_number,
        case when type_code = '381' then -1 else 1 end as direction,
        net_amount,
        vat_amount,
        gross_amount
    from {{ source('register', 'invoices') }}
)

select
    coalesce(invoices.invoice_number, posted.invoice_number) as invoice_number,
    invoices.gross_amount,
    posted.gross_amount as posted_gross_amount
from invoices
full join posted on invoices.invoice_number = posted.invoice_number
where
    invoices.invoice_number is null
    or invoices.direction * invoices.gross_amount <> coalesce(posted.gross_amount, 0)
    or invoices.direction * invoices.net_amount <> coalesce(posted.net_amount, 0)
    or invoices.direction * invoices.vat_amount <> coalesce(posted.vat_amount, 0)
