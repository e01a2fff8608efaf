-- One row per service and price component of the run's usage, late usage apart by the period of its own date: rated
-- amounts added, not rounded yet. Free helplines are added with the others and left out of every printed count.
with rated_usage as (select * from {{ ref('int_usage__charged') }}),

summed as (
    select
        charge_kind,
        service_code,
        price_component,
        currency_code,
        period_start,
        period_end,
        min(component_label) as component_label,
        sum(rated_amount) as amount,
        count(*) as record_count,
        count(*) filter (where is_hidden) as hidden_count,
        sum(duration_seconds) as duration_seconds,
        sum(page_count) as page_count,
        sum(event_count) as event_count,
        sum(unit_count) as unit_count,
        sum(allowance_seconds) as allowance_seconds,
        count(*) filter (where not is_hidden) as shown_count,
        coalesce(sum(duration_seconds) filter (where not is_hidden), 0) as shown_seconds,
        coalesce(sum(allowance_seconds) filter (where not is_hidden), 0) as shown_allowance,
        case when min(unit_price) = max(unit_price) then min(unit_price) end
            as page_price -- two grid versions inside the period: no single price to print
    from rated_usage
    group by charge_kind, service_code, price_component, currency_code, period_start, period_end
),

noted as (
    select
        service_code,
        charge_kind,
        price_component,
        currency_code,
        case
            when charge_kind = 'late_usage'
                then component_label || ' ' || {{ french_of_month('period_start') }} || ', reçu après la facture'
            else component_label
        end as line_name,
        period_start as charged_from,
        period_end as charged_until,
        amount,
        case when page_count > 0 then cast(page_count as numeric) end as quantity,
        case when page_count > 0 then page_price end as unit_price,
        'C62' as unit_code,
        cast(null as text) as quantity_note,
        case
            when shown_count = 0 then null
            when page_count is not null then {{ french_count('page_count', 'page') }}
            when event_count is not null then {{ french_count('event_count', 'message') }}
            when unit_count is not null then {{ french_count('unit_count', 'unité') }}
            else
                {{ french_count('shown_count', 'appel') }} || ', ' || {{ french_duration('shown_seconds') }}
                || case
                    when shown_allowance = 0 then ''
                    -- increments may take more from the allowance than was talked
                    when shown_allowance > shown_seconds
                        then ', ' || {{ french_duration('shown_allowance') }} || ' décomptées du forfait'
                    else ', dont ' || {{ french_duration('shown_allowance') }} || ' au forfait'
                end
        end as amount_note,
        record_count,
        hidden_count,
        duration_seconds,
        page_count,
        allowance_seconds
    from summed
)

select * from noted
