-- one row per reading line and counter that it shows; a counter that is no whole number has no value
with named as (
    select
        file_number,
        file_id,
        source_file,
        source_line,
        source_code,
        line_id,
        serial_key,
        read_at,
        local_day,
        reading_kind,
        is_cancellation,
        landed_at,
        counters,
        {{ rate_counter_names('counters') }} as usage_type
    from {{ ref('stg_usage__readings') }}
    where
        not is_file_held
        and not_billable_reason is null
),

texts as (
    select
        named.*,
        {{ rate_counter_text('counters', 'usage_type') }} as counter_text
    from named
),

numbered as (
    select
        texts.*,
        case
            when {{ is_digits('texts.counter_text') }} and length(texts.counter_text) <= 15
                then cast(texts.counter_text as bigint)
        end as counter_value
    from texts
    where texts.counter_text is not null -- null: a black and white machine has no colour
)

select
    file_number,
    file_id,
    source_file,
    source_line,
    source_code,
    line_id,
    serial_key,
    read_at,
    local_day,
    usage_type,
    counter_value,
    reading_kind,
    is_cancellation,
    landed_at,
    row_number() over (
        partition by serial_key, read_at, usage_type, counter_value
        order by file_id, source_line -- whichever came first: the same lines in any order give the same
    ) as copy_number
from numbered
