-- one row per line (or range rung back) and Paris day that a rule alerts on: the rules together, what it costs, what to tell
with evidence as (
    select * from {{ ref('int_fraud__evidence') }}
    where status = 'alert'
),

customers as (
    select
        customer_code,
        max(customer_name) as customer_name
    from {{ ref('stg_master__customers') }}
    group by customer_code
),

rules as (
    select
        alert_key,
        string_agg(distinct rule_code, ', ' order by rule_code) as rule_codes,
        bool_and(rule_code = 'wangiri') as is_range,
        min(fired_at) as fired_at
    from evidence
    group by alert_key
),

-- a record that several rules name costs once
records as (
    select distinct
        alert_key,
        usage_id,
        local_day,
        line_id,
        customer_code,
        source_code,
        started_at,
        ended_at,
        duration_seconds,
        cost,
        is_cost_estimated,
        destination,
        called_masked
    from evidence
),

totals as (
    select
        alert_key,
        min(local_day) as local_day,
        min(line_id) as line_id,
        min(customer_code) as customer_code,
        count(distinct line_id) as line_count,
        count(distinct customer_code) as customer_count,
        min(started_at) as first_at,
        max(ended_at) as last_at,
        count(*) as call_count,
        sum(duration_seconds) as duration_seconds,
        sum(cost) as cost_so_far,
        bool_or(is_cost_estimated) as is_cost_estimated,
        min(called_masked) as first_masked,
        string_agg(distinct source_code, ', ' order by source_code) as source_codes
    from records
    group by alert_key
),

by_number as (
    select
        alert_key,
        called_masked,
        destination,
        sum(cost) as cost,
        count(*) as call_count,
        row_number() over (partition by alert_key order by sum(cost) desc, count(*) desc, called_masked) as place
    from records
    group by alert_key, called_masked, destination
),

numbers as (
    select
        alert_key,
        string_agg(called_masked || ' (' || call_count || ')', ', ' order by place) as top_numbers
    from by_number
    where place <= 5
    group by alert_key
),

by_destination as (
    select
        alert_key,
        destination,
        row_number() over (partition by alert_key order by sum(cost) desc, destination) as place
    from by_number
    group by alert_key, destination
),

destinations as (
    select
        alert_key,
        string_agg(destination, ', ' order by place) as destinations
    from by_destination
    where place <= 5
    group by alert_key
)

select
    totals.alert_key,
    case when not rules.is_range then totals.line_id end as line_id,
    case when rules.is_range then totals.first_masked else totals.line_id end as subject_label,
    case when not rules.is_range then totals.customer_code end as customer_code,
    case when not rules.is_range then customers.customer_name end as customer_name,
    totals.local_day,
    rules.rule_codes,
    rules.fired_at,
    totals.first_at,
    totals.last_at,
    cast(totals.line_count as integer) as line_count,
    cast(totals.customer_count as integer) as customer_count,
    cast(totals.call_count as integer) as call_count,
    cast(totals.duration_seconds as bigint) as duration_seconds,
    cast(totals.cost_so_far as numeric(38, 12)) as cost_so_far,
    totals.is_cost_estimated,
    -- an hour at least: the pace of one call is nobody's pace
    cast(
        totals.cost_so_far * 3600 / greatest(extract(epoch from totals.last_at - totals.first_at), 3600) as numeric(38, 12)
    ) as cost_per_hour,
    totals.source_codes,
    destinations.destinations,
    numbers.top_numbers
from totals
inner join rules on totals.alert_key = rules.alert_key
inner join numbers on totals.alert_key = numbers.alert_key
inner join destinations on totals.alert_key = destinations.alert_key
left join customers on totals.customer_code = customers.customer_code
