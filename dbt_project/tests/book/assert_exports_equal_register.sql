-- What an ERP reads adds up to the register: rows and cents, invoice by invoice.
{{ config(tags=['book']) }}
with register as (
    select
        invoices.invoice_number,
        invoices.net_amount,
        invoices.vat_amount,
        invoices.gross_amount,
        (
            select count(*) from {{ source('register', 'invoice_lines') }} as l
            where l.invoice_number = invoices.invoice_number
        ) as line_count
    from {{ source('register', 'invoices') }} as invoices
),

lines as (
    select
        invoice_number,
        sum(net_amount) as net_amount,
        count(*) as line_count
    from {{ ref('exp_invoice_lines') }}
    group by invoice_number
),

bands as (
    select
        invoice_number,
        sum(net_amount) as net_amount,
        sum(vat_amount) as vat_amount
    from {{ ref('exp_invoice_vat') }}
    group by invoice_number
)

select
    register.invoice_number,
    register.gross_amount,
    exported.gross_amount as exported_amount
from register
full join {{ ref('exp_invoices') }} as exported on register.invoice_number = exported.invoice_number
left join lines on exported.invoice_number = lines.invoice_number
left join bands on exported.invoice_number = bands.invoice_number
where
    (register.net_amount, register.vat_amount, register.gross_amount)
    is distinct from (exported.net_amount, exported.vat_amount, exported.gross_amount)
    or (register.net_amount, register.line_count) is distinct from (lines.net_amount, lines.line_count)
    or (register.net_amount, register.vat_amount) is distinct from (bands.net_amount, bands.vat_amount)
