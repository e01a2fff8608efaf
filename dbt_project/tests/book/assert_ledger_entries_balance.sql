-- An entry's debits equal its credits to the cent, and each posting is one or the other.
{{ config(tags=['book']) }}
select
    invoice_number,
    sum(debit) as debit,
    sum(credit) as credit
from {{ ref('fct_ledger_entries') }}
group by invoice_number
having sum(debit) <> sum(credit) or bool_or((debit > 0) = (credit > 0))
