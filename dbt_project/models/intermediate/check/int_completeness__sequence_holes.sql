-- one row per run of numbers that a source with a continuous sequence never sent, dated on the file that follows it
with numbered as (
    select
        deliveries.source_code,
        deliveries.file_id,
        deliveries.sequence_number,
        min(deliveries.local_day) as local_day,
        min(deliveries.delivered_at) as delivered_at
    from {{ ref('int_completeness__deliveries') }} as deliveries
    inner join {{ ref('stg_usage__sources') }} as sources on deliveries.source_code = sources.source_code
    where
        sources.is_sequence_continuous
        and deliveries.sequence_number is not null
    group by deliveries.source_code, deliveries.file_id, deliveries.sequence_number
),

beside_the_one_before as (
    select
        *,
        lag(sequence_number) over by_day as number_before,
        lag(local_day) over by_day as day_before
    from numbered
    window by_day as (partition by source_code order by local_day, delivered_at, sequence_number)
),

-- numbers start again at the end of a counter or of a year: 99999 then 1. A late file goes back by little, or to its day
cycles as (
    select
        *,
        sum(case when sequence_number <= number_before / 2 and local_day > day_before then 1 else 0 end) over (
            partition by source_code
            order by local_day, delivered_at, sequence_number
            rows between unbounded preceding and current row
        ) as cycle_number
    from beside_the_one_before
),

in_their_cycle as (
    select
        source_code,
        local_day,
        sequence_number,
        cycle_number,
        lag(sequence_number) over (
            partition by source_code, cycle_number order by sequence_number, local_day
        ) as number_below
    from cycles
),

-- a counter that starts again starts at 0 or 1; where the very first one starts, nobody knows
holes as (
    select
        source_code,
        local_day,
        coalesce(number_below, case when cycle_number > 0 then 0 end) + 1 as first_missing,
        sequence_number - 1 as last_missing
    from in_their_cycle
)

select
    source_code,
    local_day,
    first_missing,
    last_missing,
    last_missing - first_missing + 1 as missing_count
from holes
where last_missing >= first_missing
