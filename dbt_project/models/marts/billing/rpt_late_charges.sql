-- One row per service and earlier period whose sale or subscription came too late for its bill run: no invoice has billed
-- it, and no later run will. Late usage is not here: this run bills it. Only periods in which the seller has invoiced.
with services as (select * from {{ ref('int_services__placed') }}),

spans as (select * from {{ ref('stg_master__services') }}),

billed_charges as (select * from {{ ref('stg_register__charges') }}),

invoiced_periods as (select * from {{ ref('int_periods__closed') }}),

-- A sale has one day, a subscription a share of each period that it overlaps: both as its own run would have charged.
late_fees as (
    select
        spans.service_code,
        case when spans.charge_kind = 'one_off' then 'sale' else 'subscription' end as price_component,
        'EUR' as currency_code,
        periods.period_start,
        periods.period_end,
        spans.charge_kind as late_kind,
        sum(
            spans.quantity * spans.unit_price * case
                when spans.charge_kind = 'one_off' then 1
                else
                    cast(
                        least(spans.valid_until, periods.period_end) - greatest(spans.valid_from, periods.period_start)
                        as numeric
                    ) / (periods.period_end - periods.period_start)
            end
        ) as amount
    from spans
    inner join services on spans.service_code = services.service_code
    inner join invoiced_periods as periods on services.seller_code = periods.seller_code
    left join billed_charges
        on
            spans.service_code = billed_charges.service_code
            and billed_charges.price_component in ('sale', 'subscription')
            and (spans.charge_kind = 'one_off' or periods.period_start = billed_charges.period_start)
    where
        billed_charges.charge_id is null
        and spans.charge_kind in ('one_off', 'recurring')
        and spans.valid_from < periods.period_end
        and case
            when spans.charge_kind = 'one_off' then spans.valid_from >= periods.period_start
            else spans.valid_until > periods.period_start and spans.valid_from < spans.valid_until
        end
    group by spans.service_code, spans.charge_kind, periods.period_start, periods.period_end
),

late as (
    select * from late_fees
    where amount <> 0
)

select
    services.customer_code,
    late.service_code,
    services.service_name,
    late.price_component,
    late.period_start,
    late.late_kind,
    late.currency_code,
    cast(round(late.amount, 2) as numeric(18, 2)) as amount
from late
inner join services on late.service_code = services.service_code
inner join invoiced_periods as periods
    on
        services.seller_code = periods.seller_code
        and late.period_start = periods.period_start
        and late.period_end = periods.period_end
