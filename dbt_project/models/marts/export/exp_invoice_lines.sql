-- One row per line of an issued invoice.
select
    lines.invoice_line_id,
    lines.invoice_number,
    lines.line_position,
    invoices.customer_code,
    lines.node_code,
    array_to_string(lines.section_names, ' > ') as section_names,
    lines.service_code,
    lines.price_component,
    lines.line_name,
    lines.line_note,
    lines.quantity,
    lines.unit_code,
    lines.unit_price,
    lines.net_amount,
    lines.vat_category,
    lines.vat_rate,
    lines.sales_account,
    lines.is_goods,
    lines.period_start,
    lines.period_end
from {{ source('register', 'invoice_lines') }} as lines
inner join {{ source('register', 'invoices') }} as invoices on lines.invoice_number = invoices.invoice_number
