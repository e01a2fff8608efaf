-- One row per rated record that this run bills or has billed: those of its period, and late ones of closed periods.
-- What another period's invoice billed is that invoice's, late or not.
{{ config(materialized='view') }}

with rated_usage as (select * from {{ ref('fct_rated_usage') }}),

services as (
    select
        service_code,
        seller_code
    from {{ ref('int_services__placed') }}
),

closed as (select * from {{ ref('int_periods__closed') }}),

billed_elsewhere as (
    select usage_id from {{ ref('stg_register__invoiced_usage') }}
    where invoiced_period_start <> {{ run_period_start() }}
),

on_time as (
    select
        'usage' as charge_kind,
        rated_usage.*
    from rated_usage
    left join billed_elsewhere on rated_usage.usage_id = billed_elsewhere.usage_id
    where
        rated_usage.period_start = {{ run_period_start() }}
        and rated_usage.period_end = {{ run_period_end() }}
        and billed_elsewhere.usage_id is null
),

late as (
    select
        'late_usage' as charge_kind,
        rated_usage.*
    from rated_usage
    inner join services on rated_usage.service_code = services.service_code
    inner join closed
        on
            services.seller_code = closed.seller_code
            and rated_usage.period_start = closed.period_start
            and rated_usage.period_end = closed.period_end
    left join billed_elsewhere on rated_usage.usage_id = billed_elsewhere.usage_id
    where
        billed_elsewhere.usage_id is null
        and rated_usage.period_end <= {{ run_period_start() }}
        -- a free helpline came late to nobody's bill: a line of its own would tell that it was called
        and not (rated_usage.is_hidden and rated_usage.rated_amount = 0)
)

select * from on_time
union all
select * from late
