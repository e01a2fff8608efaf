-- one row per record to rate, with who pays and the price of its longest prefix, or the reason why it is held
{{ config(post_hook="{{ rate_analyze() }}") }}

with usage as (select * from {{ ref('int_usage__to_rate') }}),

line_days as (select * from {{ ref('int_lines__by_day') }}),

decks as (
    select distinct
        grid_version_id,
        usage_type,
        deck_number
    from {{ ref('int_grids__prices') }}
),

-- a price without prefix: pages, or the last resort of a grid for calls
prices_without_prefix as (
    select
        deck_number,
        price_id
    from {{ ref('int_grids__prices') }}
    where match_digits = ''
),

-- one CTE for each length, each read once: PostgreSQL would store one that is read five times, without statistics
short_numbers as (
    select
        deck_key,
        price_id
    from {{ ref('int_grids__prefixes') }}
    where match_length = 0
),

prefixes_9 as (
    select
        deck_key,
        price_id
    from {{ ref('int_grids__prefixes') }}
    where match_length = 9
),

prefixes_7 as (
    select
        deck_key,
        price_id
    from {{ ref('int_grids__prefixes') }}
    where match_length = 7
),

prefixes_5 as (
    select
        deck_key,
        price_id
    from {{ ref('int_grids__prefixes') }}
    where match_length = 5
),

prefixes_3 as (
    select
        deck_key,
        price_id
    from {{ ref('int_grids__prefixes') }}
    where match_length = 3
),

suspected as (select usage_id from {{ ref('int_fraud__held') }}),

keyed as (
    select
        usage.*,
        line_days.service_code,
        line_days.allowance_code,
        line_days.grid_version_id,
        line_days.currency_code,
        line_days.period_start,
        line_days.period_end,
        line_days.hold_reason as line_hold_reason,
        decks.deck_number,
        case
            when usage.usage_type = 'voice' then usage.duration_seconds
            when usage.usage_type = 'sms' then usage.event_count
            when usage.usage_type = 'unit' then usage.unit_count
            when usage.usage_type <> 'data' then usage.page_count -- a fax too
        end as quantity
    from usage
    left join line_days -- left, here and below: a record without a match must be held, not vanish
        on
            usage.line_id = line_days.line_id
            and usage.local_day = line_days.local_day
    left join decks
        on
            line_days.grid_version_id = decks.grid_version_id
            and usage.usage_type = decks.usage_type
),

matched as (
    select
        keyed.usage_id,
        keyed.file_id,
        keyed.source_file,
        keyed.source_line,
        keyed.source_code,
        keyed.usage_type,
        keyed.line_id,
        keyed.called_number,
        keyed.started_at,
        keyed.local_day,
        keyed.period_start,
        keyed.period_end,
        keyed.duration_seconds,
        keyed.page_count,
        keyed.event_count,
        keyed.unit_count,
        keyed.quantity,
        keyed.supplier_amount,
        keyed.service_code,
        keyed.allowance_code,
        keyed.grid_version_id,
        keyed.currency_code,
        keyed.line_hold_reason,
        suspected.usage_id is not null as is_suspected,
        coalesce(
            short_numbers.price_id,
            prefixes_9.price_id,
            prefixes_7.price_id,
            prefixes_5.price_id,
            prefixes_3.price_id,
            prices_without_prefix.price_id
        ) as price_id
    from keyed
    left join short_numbers
        on short_numbers.deck_key = {{ rate_deck_key('keyed.deck_number', 'keyed.short_number') }}
    left join prefixes_9
        on prefixes_9.deck_key = {{ rate_deck_key('keyed.deck_number', integer_divide('keyed.number_key', 10 ** (15 - 9))) }}
    left join prefixes_7
        on prefixes_7.deck_key = {{ rate_deck_key('keyed.deck_number', integer_divide('keyed.number_key', 10 ** (15 - 7))) }}
    left join prefixes_5
        on prefixes_5.deck_key = {{ rate_deck_key('keyed.deck_number', integer_divide('keyed.number_key', 10 ** (15 - 5))) }}
    left join prefixes_3
        on prefixes_3.deck_key = {{ rate_deck_key('keyed.deck_number', integer_divide('keyed.number_key', 10 ** (15 - 3))) }}
    left join prices_without_prefix on keyed.deck_number = prices_without_prefix.deck_number
    left join suspected on keyed.usage_id = suspected.usage_id
)

select
    usage_id,
    file_id,
    source_file,
    source_line,
    source_code,
    usage_type,
    line_id,
    called_number,
    started_at,
    local_day,
    period_start,
    period_end,
    duration_seconds,
    page_count,
    event_count,
    unit_count,
    supplier_amount,
    service_code,
    allowance_code,
    grid_version_id,
    currency_code,
    price_id,
    case
        when is_suspected then 'suspected_fraud'
        when line_hold_reason is not null then line_hold_reason
        when usage_type = 'data' then 'no_price_rule' -- no grid says yet how bytes are sold
        when quantity is null or quantity < 0 or quantity > 10000000 then 'bad_quantity' -- a call of 115 days
        when price_id is null then 'no_price'
    end as hold_reason
from matched
