-- One row per usage record that an issued line billed, as it was rated that day, with the period of its invoice.
select
    usage.usage_id,
    usage.invoice_line_id,
    usage.file_id,
    usage.line_id,
    usage.local_day,
    usage.source_line,
    usage.is_hidden,
    usage.duration_seconds,
    usage.page_count,
    usage.allowance_seconds,
    usage.grid_version_id,
    usage.rated_amount,
    invoices.period_start as invoiced_period_start
from {{ source('register', 'invoiced_usage') }} as usage
inner join {{ source('register', 'invoice_lines') }} as invoice_lines
    on usage.invoice_line_id = invoice_lines.invoice_line_id
inner join {{ source('register', 'invoices') }} as invoices
    on invoice_lines.invoice_number = invoices.invoice_number
