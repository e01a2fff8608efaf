-- one row per source, outcome and reason of what is not billed yet
select
    {{ surrogate_key(['source_code', 'outcome', 'reason']) }} as held_reason_id,
    source_code,
    outcome,
    reason,
    min(reason_label) as reason_label,
    min(how_to_repair) as how_to_repair,
    cast(count(*) as bigint) as record_count,
    cast(coalesce(sum(duration_seconds), 0) as bigint) as duration_seconds,
    cast(coalesce(sum(supplier_amount), 0) as numeric(38, 10)) as supplier_amount,
    min(held_since) as held_since
from {{ ref('rpt_held_usage') }}
group by source_code, outcome, reason
