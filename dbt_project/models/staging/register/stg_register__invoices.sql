-- One row per issued invoice. Not cut at `as_of`: what was billed stays billed, whatever the run pretends to know.
select
    invoice_number,
    draft_id,
    bill_run_id,
    seller_code,
    customer_code,
    node_code,
    issued_on,
    period_start,
    period_end,
    currency_code,
    net_amount,
    vat_amount,
    gross_amount
from {{ source('register', 'invoices') }}
