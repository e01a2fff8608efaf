-- One row per service, component and earlier period whose invoiced allowance a late record moved: the difference alone.
with moved as (select * from {{ ref('int_usage__moved') }}),

summed as (
    select
        service_code,
        price_component,
        currency_code,
        period_start as charged_from,
        period_end as charged_until,
        min(component_label) as component_label,
        sum(rated_amount) as amount,
        sum(allowance_seconds) as allowance_seconds,
        count(*) filter (where not is_hidden) as shown_count
    from moved
    group by service_code, price_component, currency_code, period_start, period_end
)

select
    service_code,
    'correction' as charge_kind,
    price_component,
    currency_code,
    component_label || ', régularisation du forfait ' || {{ french_of_month('charged_from') }} as line_name,
    charged_from,
    charged_until,
    amount,
    cast(null as numeric) as quantity,
    cast(null as numeric) as unit_price,
    'C62' as unit_code,
    cast(null as text) as quantity_note,
    case
        when shown_count = 0 then null
        else
            {{ french_count('shown_count', 'appel') }} || ' déjà facturé' || case when shown_count > 1 then 's' else '' end
            || ', ' || {{ french_duration('abs(allowance_seconds)') }}
            || case when allowance_seconds < 0 then ' sorties du forfait' else ' reprises au forfait' end
            || ' par des appels reçus après la facture'
    end as amount_note,
    allowance_seconds
from summed
