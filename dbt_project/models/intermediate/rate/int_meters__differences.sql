-- one row per reading of a counter, beside the last reading before it that can be counted from
with marked as (
    select
        *,
        counter_value is null as is_conflict,
        -- an estimate is no ground to count from, unless a person billed it
        case
            when counter_value is null then 0
            when reading_kind = 'estimated' and page_answer is null then 0
            else 1
        end as base_step
    from {{ ref('int_meters__readings') }}
),

numbered as (
    select
        *,
        sum(base_step) over (
            partition by serial_key, usage_type
            order by read_at
            rows between unbounded preceding and current row
        ) - base_step as base_number,
        sum(base_step) over (partition by serial_key, usage_type) as base_count
    from marked
),

between_bases as (
    select
        *,
        max(case when is_conflict then 1 else 0 end) over (
            partition by serial_key, usage_type, base_number
            order by read_at
            rows between unbounded preceding and 1 preceding
        ) as has_conflict_before,
        max(case when reading_kind = 'estimated' then counter_value end) over (
            partition by serial_key, usage_type, base_number
            order by read_at
            rows between unbounded preceding and 1 preceding
        ) as highest_estimate
    from numbered
)

select
    readings.serial_key,
    readings.usage_type,
    readings.read_at,
    readings.local_day,
    readings.line_id,
    readings.counter_value,
    readings.reading_kind,
    readings.file_number,
    readings.file_id,
    readings.source_file,
    readings.source_line,
    readings.source_code,
    readings.is_conflict,
    readings.base_number,
    readings.base_step,
    coalesce(readings.has_conflict_before, 0) = 1 as has_conflict_before,
    readings.highest_estimate,
    -- an estimate that nobody billed is settled by the measured reading after it, which counts from before the estimate
    readings.counter_value is not null
    and readings.base_step = 0
    and readings.base_count > readings.base_number as is_superseded,
    bases.read_at as base_read_at,
    bases.local_day as base_local_day,
    bases.counter_value as base_value,
    bases.reading_kind as base_kind,
    readings.counter_value - bases.counter_value as difference,
    greatest({{ rate_days_between('bases.local_day', 'readings.local_day') }}, 1) as day_count,
    -- an answer speaks of the difference that its author saw: a reading that came between since makes it another
    case when bases.known_at is null or bases.known_at <= readings.answered_at then readings.page_answer end
        as page_answer,
    readings.answered_pages
from between_bases as readings
left join between_bases as bases
    on
        readings.serial_key = bases.serial_key
        and readings.usage_type = bases.usage_type
        and readings.base_number = bases.base_number + 1
        and bases.base_step = 1
