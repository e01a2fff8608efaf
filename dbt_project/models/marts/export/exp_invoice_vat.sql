-- One row per VAT category and rate of an issued invoice.
select
    invoice_number,
    vat_category,
    vat_rate,
    net_amount,
    vat_amount,
    exemption_code,
    exemption_reason
from {{ source('register', 'invoice_vat') }}
