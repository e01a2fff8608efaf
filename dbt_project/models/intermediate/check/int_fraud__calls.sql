-- one row per call of int_fraud__usage, with its owner, its bought cost (or an estimate) and what the lists say
{{ config(schema='rate', post_hook="{{ rate_analyze() }}") }}

with usage as (select * from {{ ref('int_fraud__usage') }}),

owners as (select * from {{ ref('int_fraud__owners') }}),

starts as (select * from {{ ref('int_fraud__starts') }}),

tests as (select * from {{ ref('stg_watch__test_numbers') }}),

test_lengths as (select distinct length(called_prefix) as prefix_length from tests),

-- bought lists name whole numbers: those have their own look-up
tested as (
    select distinct usage.usage_id
    from usage
    cross join test_lengths
    inner join tests
        on
            left(usage.called_number, test_lengths.prefix_length) = tests.called_prefix
            and usage.local_day >= tests.valid_from
            and usage.local_day < tests.valid_until
),

days as (select * from {{ ref('int_fraud__days') }})

select
    usage.usage_id,
    usage.source_code,
    usage.line_id,
    owners.customer_code,
    owners.customer_key,
    coalesce(owners.customer_code, '') as limit_key,
    owners.line_first_day,
    owners.customer_first_day,
    usage.called_number,
    left(usage.called_number, 9) as called_range, -- '+' and 8 digits
    usage.called_number like '+%' and usage.called_number not like '+33%' as is_foreign,
    coalesce(usage.country_code, starts.country_code, left(usage.called_number, 4)) as country_code,
    coalesce(starts.price_prefix, left(usage.called_number, 4)) as price_prefix,
    coalesce(starts.destination, 'Tranche inconnue') as destination,
    starts.risk,
    starts.risk_prefix,
    tested.usage_id is not null as is_test_number,
    usage.called_number like '+%' and starts.price_prefix is null as is_unknown_range,
    usage.started_at,
    usage.ended_at,
    usage.local_day,
    usage.night_day,
    usage.is_off_hours,
    days.local_day is not null as is_near,
    coalesce(days.is_watched, false) as is_watched,
    usage.duration_seconds,
    -- a first increment makes any minute of two seconds dear; what costs nobody knows is dear until somebody does
    case
        when usage.supplier_amount is not null and usage.duration_seconds >= 30
            then usage.supplier_amount * 60 / usage.duration_seconds
        else coalesce(starts.minute_price, 1)
    end as minute_price,
    cast(coalesce(
        usage.supplier_amount,
        coalesce(starts.call_price, 0) + coalesce(starts.minute_price, 1) * usage.duration_seconds / 60
    ) as numeric(38, 12)) as cost,
    usage.supplier_amount is null as is_cost_estimated
from usage
inner join owners
    on
        usage.line_id = owners.line_id
        and usage.local_day = owners.local_day
left join starts
    on
        left(usage.called_number, {{ fraud_start_length() }}) = starts.number_start
        and usage.local_day >= starts.valid_from
        and usage.local_day < starts.valid_until
left join tested on usage.usage_id = tested.usage_id
left join days on usage.local_day = days.local_day
