-- one row per Paris day, source, outcome and reason
select
    {{ surrogate_key(['local_day', 'source_code', 'outcome', 'reason']) }} as usage_outcome_id,
    local_day,
    source_code,
    outcome,
    reason,
    cast(count(*) as bigint) as record_count,
    cast(coalesce(sum(duration_seconds), 0) as bigint) as duration_seconds,
    cast(coalesce(sum(supplier_amount), 0) as numeric(38, 10)) as supplier_amount
from {{ ref('fct_usage_outcomes') }}
group by local_day, source_code, outcome, reason
