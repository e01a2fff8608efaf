-- Per legal entity and fiscal year, entries are numbered from 1 without a gap, one invoice each, frozen in that order.
{{ config(tags=['book']) }}
with entries as (
    select distinct
        seller_code,
        siren,
        fiscal_year,
        entry_number,
        invoice_number,
        valid_on
    from {{ ref('fct_ledger_entries') }}
),

followed as (
    select
        *,
        lag(entry_number, 1, 0) over journal as previous_number,
        lag(valid_on) over journal as previous_valid_on
    from entries
    window journal as (partition by seller_code, siren, fiscal_year order by entry_number)
)

select * from followed
where entry_number <> previous_number + 1 or valid_on < previous_valid_on
