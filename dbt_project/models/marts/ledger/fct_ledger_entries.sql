-- One row per posting of the sales journal: an account debited or credited by the entry of one invoice.
with amounts as (select * from {{ ref('int_ledger__amounts') }}),

entries as (select * from {{ ref('int_ledger__entries') }}),

postings as (
    select
        entries.invoice_number,
        entries.seller_code,
        entries.siren,
        entries.fiscal_year,
        entries.entry_number,
        entries.customer_code,
        entries.buyer_name,
        entries.issued_on,
        entries.valid_on,
        entries.entry_label,
        amounts.account_role,
        amounts.account_number,
        amounts.account_label,
        amounts.vat_category,
        amounts.vat_rate,
        amounts.signed_amount,
        row_number() over (
            partition by amounts.invoice_number
            order by
                case amounts.account_role when 'customer' then 1 when 'sales' then 2 else 3 end,
                amounts.account_number,
                amounts.vat_category,
                amounts.vat_rate,
                amounts.sales_account -- two unknown accounts share the suspense account
        ) as posting_position
    from amounts
    inner join entries on amounts.invoice_number = entries.invoice_number
)

select
    invoice_number || '/' || posting_position as posting_id,
    seller_code,
    siren,
    fiscal_year,
    'VE' as journal_code,
    'Ventes' as journal_label,
    entry_number,
    cast(posting_position as integer) as posting_position,
    issued_on as entry_date,
    account_number,
    account_label,
    case when account_role = 'customer' then customer_code end as auxiliary_code,
    case when account_role = 'customer' then buyer_name end as auxiliary_label,
    invoice_number as piece_ref,
    issued_on as piece_date,
    entry_label,
    cast(greatest(signed_amount, 0) as numeric(18, 2)) as debit,
    cast(greatest(-signed_amount, 0) as numeric(18, 2)) as credit,
    valid_on,
    invoice_number,
    vat_category,
    vat_rate
from postings
