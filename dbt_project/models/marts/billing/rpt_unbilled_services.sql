-- One row per service in use in the period that no draft and no issued invoice of the period bills.
with services as (select * from {{ ref('int_services__placed') }}),

drafted as (select distinct service_code from {{ ref('fct_draft_lines') }}),

billed as (
    select distinct service_code from {{ ref('stg_register__charges') }}
    where period_start = {{ run_period_start() }} and period_end = {{ run_period_end() }}
),

excluded as (
    select
        service_code,
        min(exclusion_reason) as exclusion_reason
    from {{ ref('fct_draft_exclusions') }}
    group by service_code
)

select
    services.service_code,
    services.service_name,
    services.charge_kind,
    services.customer_code,
    services.customer_name,
    services.node_code,
    services.billing_node_code,
    coalesce(excluded.exclusion_reason, 'no_usage') as reason
from services
left join drafted on services.service_code = drafted.service_code
left join billed on services.service_code = billed.service_code
left join excluded on services.service_code = excluded.service_code
where
    drafted.service_code is null
    and billed.service_code is null
    and services.valid_until > {{ run_period_start() }}
    and (services.charge_kind <> 'one_off' or services.valid_from >= {{ run_period_start() }})
