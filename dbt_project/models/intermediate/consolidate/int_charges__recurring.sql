-- One row per subscription in force in the period, prorated by actual days; not rounded yet.
-- A service whose price or quantity changes inside the period is one charge made of several parts. Parts that share a
-- day would bill it twice: the charge says so, and no draft takes it.
{%- set period_days = "(" ~ run_period_end() ~ " - " ~ run_period_start() ~ ")" %}
with services as (select * from {{ ref('stg_master__services') }}),

parts as (
    select
        service_code,
        service_name,
        quantity,
        unit_code,
        unit_price,
        greatest(valid_from, {{ run_period_start() }}) as charged_from,
        least(valid_until, {{ run_period_end() }}) as charged_until
    from services
    where
        charge_kind = 'recurring'
        and valid_from < {{ run_period_end() }}
        and valid_until > {{ run_period_start() }}
        and valid_from < valid_until
),

noted as (
    select
        *,
        charged_until - charged_from as charged_days,
        lead(charged_from) over (partition by service_code order by charged_from) < charged_until as is_overlapped,
        case when quantity <> 1 then {{ french_quantity('quantity') }} || '{{ nbsp() }}×{{ nbsp() }}' else '' end
        || {{ french_price('unit_price') }} || '{{ nbsp() }}HT' as price_note
    from parts
),

summed as (
    select
        service_code,
        'recurring' as charge_kind,
        'subscription' as price_component,
        'EUR' as currency_code, -- the seller's prices; only a usage grid may name another currency
        (array_agg(service_name order by charged_from desc))[1] as line_name,
        min(charged_from) as charged_from,
        max(charged_until) as charged_until,
        sum(quantity * unit_price * charged_days) / {{ period_days }} as amount,
        case when count(*) = 1 and sum(charged_days) = {{ period_days }} then max(quantity) end as quantity,
        case when count(*) = 1 and sum(charged_days) = {{ period_days }} then max(unit_price) end as unit_price,
        min(unit_code) as unit_code,
        coalesce(bool_or(is_overlapped), false) as is_ambiguous,
        cast(null as text) as quantity_note,
        case
            when count(*) = 1 and sum(charged_days) = {{ period_days }} then min(price_note)
            else string_agg(
                price_note || ', ' || {{ french_days('charged_from', 'charged_until') }} || ', '
                || {{ french_count('charged_days', 'jour') }} || ' sur{{ nbsp() }}' || {{ period_days }},
                '{{ narrow_nbsp() }}; ' order by charged_from
            )
        end as amount_note
    from noted
    group by service_code
)

select * from summed
