-- One row per invoice and account: the signed amount to post, positive for a debit. All of it is read off the register:
-- VAT above all is never computed again. Nothing is posted for zero.
with invoices as (
    select
        invoice_number,
        gross_amount,
        case when type_code = '381' then -1 else 1 end as direction, -- a credit note mirrors an invoice
        cast(parties -> 'seller' ->> 'is_vat_on_debits' as boolean) as is_vat_on_debits
    from {{ source('register', 'invoices') }}
),

lines as (
    select
        invoice_number,
        sales_account,
        vat_category,
        vat_rate,
        is_goods,
        net_amount
    from {{ source('register', 'invoice_lines') }}
),

bands as (
    select
        invoice_number,
        vat_category,
        vat_rate,
        vat_amount
    from {{ source('register', 'invoice_vat') }}
),

accounts as (select * from {{ ref('ledger_accounts') }}),

goods as (
    select
        invoice_number,
        vat_category,
        vat_rate,
        sum(net_amount) as net_amount
    from lines
    where is_goods
    group by invoice_number, vat_category, vat_rate
),

-- VAT on goods is owed once delivered; on services, once paid, unless the seller opted for debits (CGI art. 269).
-- A band that holds both is split so that its two parts add up to the band.
shared_bands as (
    select
        bands.invoice_number,
        bands.vat_category,
        bands.vat_rate,
        bands.vat_amount,
        case
            when invoices.is_vat_on_debits then bands.vat_amount
            else round(coalesce(goods.net_amount, 0) * bands.vat_rate, 2)
        end as vat_owed_amount
    from bands
    inner join invoices on bands.invoice_number = invoices.invoice_number
    left join goods
        on
            bands.invoice_number = goods.invoice_number
            and bands.vat_category = goods.vat_category
            and bands.vat_rate = goods.vat_rate
),

amounts as (
    select
        invoice_number,
        'customer' as account_role,
        cast(null as text) as sales_account,
        cast(null as text) as vat_category,
        cast(null as numeric(5, 4)) as vat_rate,
        gross_amount as amount
    from invoices
    union all
    select
        invoice_number,
        'sales' as account_role,
        sales_account,
        vat_category,
        vat_rate,
        -sum(net_amount) as amount
    from lines
    group by invoice_number, sales_account, vat_category, vat_rate
    union all
    select
        invoice_number,
        'vat' as account_role,
        null as sales_account,
        vat_category,
        vat_rate,
        -vat_owed_amount as amount
    from shared_bands
    union all
    select
        invoice_number,
        'vat_on_receipts' as account_role,
        null as sales_account,
        vat_category,
        vat_rate,
        vat_owed_amount - vat_amount as amount
    from shared_bands
),

placed as (
    select
        amounts.invoice_number,
        amounts.account_role,
        amounts.sales_account,
        amounts.vat_category,
        amounts.vat_rate,
        accounts.account_role is not null as has_account,
        coalesce(accounts.account_number, suspense.account_number) as account_number,
        coalesce(accounts.account_label, suspense.account_label) as account_label,
        cast(invoices.direction * amounts.amount as numeric(18, 2)) as signed_amount
    from amounts
    inner join invoices on amounts.invoice_number = invoices.invoice_number
    left join accounts -- left: an amount without an account must be seen, not vanish
        on
            amounts.account_role = accounts.account_role
            and (
                amounts.account_role = 'customer'
                or amounts.vat_category = accounts.vat_category
                and (amounts.sales_account = accounts.sales_account or amounts.vat_rate = accounts.vat_rate)
            )
    inner join accounts as suspense on suspense.account_role = 'suspense'
    where amounts.amount <> 0
)

select * from placed
