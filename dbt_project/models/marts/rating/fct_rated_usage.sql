-- one row per rated usage record, unrounded: the charge rounds
with usage as (select * from {{ ref('int_usage__priced') }}),

allowed as (select * from {{ ref('int_usage__allowed') }}),

hidden_numbers as (
    select * from {{ ref('int_numbers__hidden') }}
    where is_whole
),

hidden_ranges as (
    select * from {{ ref('int_numbers__hidden') }}
    where not is_whole
),

shared_out as (
    select
        usage.*,
        coalesce(allowed.allowance_seconds, 0) as allowance_seconds,
        hidden_numbers.called_text is not null or hidden_ranges.called_text is not null as is_hidden,
        -- the connection fee falls only with the last paid second: a call that the allowance covers in part pays it whole
        case
            when allowed.allowance_seconds = usage.billed_seconds then cast(0 as numeric(20, 10))
            else usage.connection_fee
        end as paid_connection_fee,
        case
            when usage.usage_type = 'voice'
                then cast(
                    (usage.billed_seconds - coalesce(allowed.allowance_seconds, 0)) * usage.unit_price
                    as numeric(38, 12)
                ) / 60
            when usage.usage_type = 'sms' then usage.event_count * usage.unit_price
            when usage.usage_type = 'unit' then usage.unit_count * usage.unit_price
            else usage.page_count * usage.unit_price
        end as quantity_amount
    from usage
    left join allowed on usage.usage_id = allowed.usage_id
    left join hidden_numbers
        on
            usage.called_number = hidden_numbers.called_text
            and usage.local_day >= hidden_numbers.valid_from
            and usage.local_day < hidden_numbers.valid_until
    left join hidden_ranges
        on
            left(usage.called_number, 6) = hidden_ranges.called_text
            and usage.local_day >= hidden_ranges.valid_from
            and usage.local_day < hidden_ranges.valid_until
)

select
    usage_id,
    file_id,
    source_file,
    source_line,
    source_code,
    line_id,
    service_code,
    allowance_code,
    usage_type,
    called_number,
    case when not is_hidden then {{ rate_called_masked('called_number') }} end as called_masked,
    is_hidden,
    started_at,
    {{ paris_time('started_at') }} as started_local,
    local_day,
    period_start,
    period_end,
    duration_seconds,
    page_count,
    event_count,
    unit_count,
    grid_version_id,
    prefix,
    destination,
    price_component,
    component_label,
    paid_connection_fee as connection_fee,
    unit_price,
    billed_seconds,
    allowance_seconds,
    cast(paid_connection_fee + quantity_amount as numeric(38, 12)) as rated_amount, -- exact, or divided once
    supplier_amount,
    currency_code
from shared_out
