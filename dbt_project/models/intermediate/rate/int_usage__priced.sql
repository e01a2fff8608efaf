-- one row per record that has a price: seconds by its increments, before any allowance
{{ config(materialized='view') }} {#- read twice, and cheap: a write would cost more #}

with usage as (
    select * from {{ ref('int_usage__matched') }}
    where hold_reason is null
),

prices as (select * from {{ ref('int_grids__prices') }})

select
    usage.usage_id,
    usage.file_id,
    usage.source_file,
    usage.source_line,
    usage.source_code,
    usage.usage_type,
    usage.line_id,
    usage.called_number,
    usage.started_at,
    usage.local_day,
    usage.period_start,
    usage.period_end,
    usage.duration_seconds,
    usage.page_count,
    usage.event_count,
    usage.unit_count,
    usage.supplier_amount,
    usage.service_code,
    usage.allowance_code,
    usage.grid_version_id,
    usage.currency_code,
    prices.prefix,
    prices.destination,
    prices.price_component,
    prices.component_label,
    prices.connection_fee,
    prices.unit_price,
    case
        when usage.usage_type <> 'voice' then null
        when usage.duration_seconds = 0 then 0
        when usage.duration_seconds <= prices.first_increment then prices.first_increment
        else
            prices.first_increment + prices.next_increment * {{ integer_divide(
                'usage.duration_seconds - prices.first_increment + prices.next_increment - 1', 'prices.next_increment'
            ) }}
    end as billed_seconds
from usage
inner join prices on usage.price_id = prices.price_id
