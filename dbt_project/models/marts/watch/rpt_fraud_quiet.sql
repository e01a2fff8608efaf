-- one row per rule, line and day that a rule would have alerted on, and why it did not
with evidence as (
    select
        *,
        local_day - case when rule_code = 'first_country' then customer_first_day else line_first_day end as known_days
    from {{ ref('int_fraud__evidence') }}
    where status <> 'alert'
)

select
    {{ surrogate_key(['alert_key', 'rule_code', 'line_id', 'status']) }} as quiet_id,
    rule_code,
    line_id,
    max(customer_code) as customer_code,
    local_day,
    status as reason_code,
    max(case
        when status = 'suppressed' then 'mis en sourdine par ' || silence
        else 'historique de ' || {{ french_count('known_days', 'jour') }} || ', il en faut ' || {{ french_quantity('history_days') }}
    end) as reason,
    min(started_at) as first_at,
    max(ended_at) as last_at,
    cast(count(*) as integer) as call_count,
    cast(sum(duration_seconds) as bigint) as duration_seconds,
    cast(sum(cost) as numeric(38, 12)) as cost_so_far,
    bool_or(is_cost_estimated) as is_cost_estimated
from evidence
group by alert_key, rule_code, line_id, local_day, status
