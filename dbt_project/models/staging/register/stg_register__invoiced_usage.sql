-- One row per usage record that an issued line billed, as it was rated that day.
select
    usage_id,
    invoice_line_id,
    file_id,
    source_line,
    is_hidden,
    duration_seconds,
    page_count,
    allowance_seconds,
    rated_amount
from {{ source('register', 'invoiced_usage') }}
