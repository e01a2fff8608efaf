-- One row per billed usage record. No prefix: a long one would complete the masked number.
select
    usage.usage_id,
    usage.invoice_line_id,
    lines.invoice_number,
    invoices.customer_code,
    lines.service_code,
    lines.price_component,
    usage.line_id,
    usage.called_masked,
    usage.destination,
    usage.started_at,
    usage.local_day,
    usage.duration_seconds,
    usage.page_count,
    usage.billed_seconds,
    usage.allowance_seconds,
    usage.grid_version_id,
    usage.rated_amount,
    usage.supplier_amount,
    usage.file_id,
    usage.source_line
from {{ source('register', 'invoiced_usage') }} as usage
inner join {{ source('register', 'invoice_lines') }} as lines on usage.invoice_line_id = lines.invoice_line_id
inner join {{ source('register', 'invoices') }} as invoices on lines.invoice_number = invoices.invoice_number
where not usage.is_hidden
