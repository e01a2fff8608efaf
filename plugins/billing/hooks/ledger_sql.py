"""What the books are asked: the register, the models that dbt made of it, and their export."""

# A credit note's amounts are positive in the register and in the exports: it is taken off here.
TOTALS = """
with direction as (
    select invoice_number, case when type_code = '381' then -1 else 1 end as sign from register.invoices
),

lines as (
    select sum(direction.sign * net_amount) as net_amount, count(distinct invoice_number) as invoice_count
    from export.exp_invoice_lines inner join direction using (invoice_number)
),

bands as (
    select sum(direction.sign * vat_amount) as vat_amount
    from export.exp_invoice_vat inner join direction using (invoice_number)
),

postings as (
    select
        invoice_number,
        coalesce(sum(debit - credit) filter (where auxiliary_code is not null), 0) as gross_amount,
        coalesce(sum(credit - debit) filter (where account_number like '445%'), 0) as vat_amount,
        coalesce(sum(credit - debit) filter (
            where auxiliary_code is null and account_number not like '445%'
        ), 0) as net_amount
    from ledger.fct_ledger_entries
    group by invoice_number
),

exported_postings as (
    select
        invoice_number,
        coalesce(sum(debit - credit) filter (where auxiliary_code is not null), 0) as gross_amount,
        coalesce(sum(credit - debit) filter (where account_number like '445%'), 0) as vat_amount,
        coalesce(sum(credit - debit) filter (
            where auxiliary_code is null and account_number not like '445%'
        ), 0) as net_amount
    from export.exp_ledger_entries
    group by invoice_number
),

places as (
    select
        1 as position, 'register' as place, count(*) as invoice_count, sum(direction.sign * net_amount) as net_amount,
        sum(direction.sign * vat_amount) as vat_amount, sum(direction.sign * gross_amount) as gross_amount
    from register.invoices inner join direction using (invoice_number)
    union all
    select 2, 'ledger', count(*), sum(net_amount), sum(vat_amount), sum(gross_amount) from postings
    union all
    select
        3, 'export', count(*), sum(direction.sign * net_amount), sum(direction.sign * vat_amount),
        sum(direction.sign * gross_amount)
    from export.exp_invoices inner join direction using (invoice_number)
    union all
    select 4, 'exported lines and VAT', invoice_count, net_amount, vat_amount, net_amount + vat_amount
    from lines cross join bands
    union all
    select 5, 'exported ledger', count(*), sum(net_amount), sum(vat_amount), sum(gross_amount) from exported_postings
)

select
    place,
    invoice_count,
    coalesce(net_amount, 0.00) as net_amount,
    coalesce(vat_amount, 0.00) as vat_amount,
    coalesce(gross_amount, 0.00) as gross_amount
from places
order by position
"""

JOURNALS = """
select distinct seller_code, siren, fiscal_year from ledger.fct_ledger_entries order by siren, fiscal_year, seller_code
"""

POSTINGS = """
select
    journal_code, journal_label, entry_number, posting_position, entry_date, account_number, account_label,
    auxiliary_code, auxiliary_label, piece_ref, piece_date, entry_label, debit, credit, valid_on
from ledger.fct_ledger_entries
where seller_code = %(seller_code)s and siren = %(siren)s and fiscal_year = %(fiscal_year)s
order by entry_number, posting_position
"""

ACCOUNTS = "select account_number from reference.ledger_accounts where account_role <> 'suspense'"

EXPORT_COLUMNS = """
select
    column_name as name,
    data_type,
    case when data_type = 'numeric' then numeric_precision end as precision,
    case when data_type = 'numeric' then numeric_scale end as scale
from information_schema.columns
where table_schema = 'export' and table_name = %(model)s
order by ordinal_position
"""
