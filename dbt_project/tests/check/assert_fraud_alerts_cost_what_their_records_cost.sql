-- an alert without records explains nothing, and a record that several rules name costs once
with records as (
    select distinct
        alert_key,
        usage_id,
        duration_seconds,
        cost
    from {{ ref('int_fraud__evidence') }}
    where status = 'alert'
),

sums as (
    select
        alert_key,
        count(*) as call_count,
        sum(duration_seconds) as duration_seconds,
        sum(cost) as cost
    from records
    group by alert_key
)

select
    coalesce(sums.alert_key, alerts.alert_key) as alert_key,
    sums.cost,
    alerts.cost_so_far
from sums
full outer join {{ ref('fct_fraud_alerts') }} as alerts on sums.alert_key = alerts.alert_key
where
    sums.cost is distinct from alerts.cost_so_far
    or sums.call_count is distinct from alerts.call_count
    or sums.duration_seconds is distinct from alerts.duration_seconds
