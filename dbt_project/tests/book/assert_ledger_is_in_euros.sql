-- The journal has no currency column: an invoice in another currency needs a rate before it is posted.
{{ config(tags=['book']) }}
select
    ledger.invoice_number,
    invoices.currency_code
from {{ ref('int_ledger__entries') }} as ledger
inner join {{ source('register', 'invoices') }} as invoices on ledger.invoice_number = invoices.invoice_number
where invoices.currency_code <> 'EUR'
