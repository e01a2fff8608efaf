-- One row per record that a billed correction line moved, with the period of the invoice that did.
select
    corrections.usage_id,
    corrections.invoice_line_id,
    corrections.allowance_seconds,
    corrections.rated_amount,
    invoices.period_start as invoiced_period_start
from {{ source('register', 'usage_corrections') }} as corrections
inner join {{ source('register', 'invoice_lines') }} as invoice_lines
    on corrections.invoice_line_id = invoice_lines.invoice_line_id
inner join {{ source('register', 'invoices') }} as invoices
    on invoice_lines.invoice_number = invoices.invoice_number
