-- One row per sale whose day falls in the period; not rounded yet.
with services as (select * from {{ ref('stg_master__services') }}),

sold as (
    select
        service_code,
        'one_off' as charge_kind,
        'sale' as price_component,
        'EUR' as currency_code,
        service_name as line_name,
        valid_from as charged_from,
        valid_from + 1 as charged_until,
        quantity * unit_price as amount,
        quantity,
        unit_price,
        unit_code,
        'Vente du ' || {{ french_date('valid_from') }} as quantity_note,
        {{ french_quantity('quantity') }} || '{{ nbsp() }}×{{ nbsp() }}' || {{ french_price('unit_price') }}
        || '{{ nbsp() }}HT, vente du ' || {{ french_date('valid_from') }} as amount_note
    from services
    where
        charge_kind = 'one_off'
        and valid_from >= {{ run_period_start() }}
        and valid_from < {{ run_period_end() }}
)

select * from sold
