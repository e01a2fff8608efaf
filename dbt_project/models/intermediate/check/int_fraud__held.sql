-- one row per record that rating holds: suspected by a rule that holds, until a person calls its alert honest; what an
-- issued invoice used stays as it was rated, the alert alone speaks of it
{{ config(schema='rate', tags=['rate'], post_hook="{{ rate_analyze() }}") }}

select distinct evidence.usage_id
from {{ ref('stg_watch__evidence') }} as evidence
left join {{ ref('stg_watch__verdicts') }} as verdicts on evidence.alert_key = verdicts.alert_key
left join {{ ref('stg_register__invoiced_usage') }} as invoiced on evidence.usage_id = invoiced.usage_id
where
    evidence.holds_usage
    and invoiced.usage_id is null
    and coalesce(verdicts.verdict, '') <> 'honest'
