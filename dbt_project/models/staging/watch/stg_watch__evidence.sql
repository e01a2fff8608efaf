-- one row per alert, record and rule, as known when the run looked
select
    alert_key,
    usage_id,
    rule_code,
    holds_usage
from {{ source('watch', 'evidence') }}
where known_from <= {{ as_of() }}
