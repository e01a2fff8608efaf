-- The exported journal is the journal, posting by posting.
{{ config(tags=['book']) }}
select coalesce(ledger.posting_id, exported.posting_id) as posting_id
from {{ ref('fct_ledger_entries') }} as ledger
full join {{ ref('exp_ledger_entries') }} as exported on ledger.posting_id = exported.posting_id
where (ledger.debit, ledger.credit) is distinct from (exported.debit, exported.credit)
