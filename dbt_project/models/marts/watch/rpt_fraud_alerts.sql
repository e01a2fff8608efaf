-- one row per alert ever raised, dearest first within its state, with the last word of a person
with verdicts as (select * from {{ ref('stg_watch__verdicts') }})

select
    alerts.alert_key,
    coalesce(verdicts.status, 'open') as status,
    verdicts.verdict,
    verdicts.decided_by,
    verdicts.decided_at,
    verdicts.reason,
    alerts.subject_label,
    alerts.customer_code,
    alerts.customer_name,
    alerts.local_day,
    alerts.rule_codes,
    alerts.first_at,
    alerts.last_at,
    alerts.line_count,
    alerts.call_count,
    alerts.duration_seconds,
    alerts.cost_so_far,
    alerts.is_cost_estimated,
    alerts.cost_per_hour,
    alerts.source_codes,
    alerts.destinations,
    alerts.top_numbers,
    alerts.opened_at
from {{ source('watch', 'alerts') }} as alerts
left join verdicts on alerts.alert_key = verdicts.alert_key
