-- One row per charge that an issued invoice billed, with the line and the period that billed it.
select
    charges.charge_id,
    charges.net_amount,
    invoice_lines.invoice_line_id,
    invoice_lines.invoice_number,
    invoice_lines.service_code,
    invoice_lines.price_component,
    invoices.customer_code,
    invoices.currency_code,
    invoices.period_start,
    invoices.period_end
from {{ source('register', 'charges') }} as charges
inner join {{ source('register', 'invoice_lines') }} as invoice_lines
    on charges.invoice_line_id = invoice_lines.invoice_line_id
inner join {{ source('register', 'invoices') }} as invoices
    on invoice_lines.invoice_number = invoices.invoice_number
