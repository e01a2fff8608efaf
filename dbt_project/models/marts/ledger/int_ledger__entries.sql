-- One row per invoice with something to post: its number in the sales journal and the day it was frozen.
-- Both follow the order in which numbers were drawn, so that a later invoice never moves an earlier entry.
with invoices as (
    select
        invoice_number,
        seller_code,
        series,
        series_position,
        customer_code,
        type_code,
        issued_on,
        numbered_at,
        parties -> 'seller' ->> 'siren' as siren,
        parties -> 'buyer' ->> 'legal_name' as buyer_name
    from {{ source('register', 'invoices') }}
),

posted as (select distinct invoice_number from {{ ref('int_ledger__amounts') }}),

frozen as (
    select
        invoices.*,
        cast(extract(year from invoices.issued_on) as integer) as fiscal_year,
        -- A transaction that began earlier may draw the later number of a series: the series decides.
        max(invoices.numbered_at) over (
            partition by invoices.seller_code, invoices.series order by invoices.series_position
        ) as frozen_at
    from invoices
    inner join posted on invoices.invoice_number = posted.invoice_number
),

numbered as (
    select
        *,
        row_number() over (
            partition by seller_code, siren, fiscal_year order by frozen_at, series, series_position
        ) as entry_number
    from frozen
),

dated as (
    select
        *,
        -- An entry is never frozen before its own date, nor before the entry above it.
        max(greatest(issued_on, cast(frozen_at at time zone 'Europe/Paris' as date))) over (
            partition by seller_code, siren, fiscal_year order by entry_number
        ) as valid_on
    from numbered
)

select
    invoice_number,
    seller_code,
    siren,
    fiscal_year,
    cast(entry_number as integer) as entry_number,
    customer_code,
    buyer_name,
    issued_on,
    valid_on,
    case when type_code = '381' then 'Avoir ' else 'Facture ' end || invoice_number || ' ' || buyer_name as entry_label
from dated
