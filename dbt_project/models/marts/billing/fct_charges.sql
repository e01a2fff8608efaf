-- One row per service, price component, currency and period, late usage and corrections apart, rounded here and nowhere else; already written as a line says it.
with charges as (
    select
        service_code,
        charge_kind,
        price_component,
        currency_code,
        line_name,
        charged_from,
        charged_until,
        amount,
        quantity,
        unit_price,
        unit_code,
        quantity_note,
        amount_note,
        is_ambiguous,
        0 as record_count,
        0 as hidden_count,
        0 as duration_seconds,
        0 as page_count,
        0 as allowance_seconds
    from {{ ref('int_charges__recurring') }}
    union all
    select
        service_code,
        charge_kind,
        price_component,
        currency_code,
        line_name,
        charged_from,
        charged_until,
        amount,
        quantity,
        unit_price,
        unit_code,
        quantity_note,
        amount_note,
        false as is_ambiguous,
        0 as record_count,
        0 as hidden_count,
        0 as duration_seconds,
        0 as page_count,
        0 as allowance_seconds
    from {{ ref('int_charges__one_off') }}
    union all
    select
        service_code,
        charge_kind,
        price_component,
        currency_code,
        line_name,
        charged_from,
        charged_until,
        amount,
        quantity,
        unit_price,
        unit_code,
        quantity_note,
        amount_note,
        false as is_ambiguous,
        record_count,
        hidden_count,
        coalesce(duration_seconds, 0) as duration_seconds,
        coalesce(page_count, 0) as page_count,
        coalesce(allowance_seconds, 0) as allowance_seconds
    from {{ ref('int_charges__usage') }}
    union all
    select
        service_code,
        charge_kind,
        price_component,
        currency_code,
        line_name,
        charged_from,
        charged_until,
        amount,
        quantity,
        unit_price,
        unit_code,
        quantity_note,
        amount_note,
        false as is_ambiguous,
        0 as record_count, -- counted where they were billed first
        0 as hidden_count,
        0 as duration_seconds,
        0 as page_count,
        allowance_seconds
    from {{ ref('int_charges__corrections') }}
),

rounded as (
    select
        *,
        round(amount, 2) as net_amount -- the only place that rounds
    from charges
),

-- Quantity × price is printed when it gives the net to the cent with a price of 6 decimals; otherwise 1 × the net.
compared as (
    select
        *,
        coalesce(
            round(quantity, 4) = quantity and round(quantity * round(unit_price, 6), 2) = net_amount, false
        ) as is_product_exact
    from rounded
),

written as (
    select
        *,
        case when is_product_exact then quantity else 1 end as line_quantity,
        case when is_product_exact then round(unit_price, 6) else net_amount end as line_price,
        case when is_product_exact then unit_code else 'C62' end as line_unit_code,
        case when is_product_exact then quantity_note else amount_note end as line_note
    from compared
)

select
    {{ charge_key(run_period_start(), run_period_end(), 'charge_kind', 'charged_from') }} as charge_id,
    service_code,
    charge_kind,
    price_component,
    {{ run_period_start() }} as period_start,
    {{ run_period_end() }} as period_end,
    charged_from,
    charged_until,
    currency_code,
    line_name,
    line_note,
    -- BR-27: a price is never negative; a discount is a negative quantity
    cast(line_quantity * case when line_price < 0 then -1 else 1 end as numeric(18, 4)) as quantity,
    line_unit_code as unit_code,
    cast(abs(line_price) as numeric(20, 6)) as unit_price,
    cast(net_amount as numeric(18, 2)) as net_amount,
    cast(record_count as bigint) as record_count,
    cast(hidden_count as bigint) as hidden_count,
    cast(duration_seconds as bigint) as duration_seconds,
    cast(page_count as bigint) as page_count,
    cast(allowance_seconds as bigint) as allowance_seconds,
    is_ambiguous
from written
