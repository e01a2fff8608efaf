-- one row per source and day: its volume beside the median and the MAD of the last eight same weekdays
with delivered as (
    select distinct
        source_code,
        local_day
    from {{ ref('int_completeness__deliveries') }}
    where not is_held
),

counted as (
    select
        expected.source_code,
        expected.local_day,
        expected.weekday_number,
        coalesce(volumes.record_count, 0) as record_count,
        coalesce(volumes.duration_seconds, 0) as duration_seconds,
        -- a day whose file is missing says nothing of a usual day; where no file may mean no call, it does
        delivered.local_day is not null
        or (expected.expected_files > 0 and not expected.is_empty_day_a_file) as is_telling
    from {{ ref('int_completeness__expected') }} as expected
    left join {{ ref('int_completeness__volumes') }} as volumes using (source_code, local_day)
    left join delivered using (source_code, local_day)
),

numbered as (
    select
        *,
        count(*) filter (where is_telling) over (
            partition by source_code, weekday_number
            order by local_day
            rows between unbounded preceding and 1 preceding
        ) as telling_before
    from counted
),

past as (
    select
        numbered.source_code,
        numbered.local_day,
        earlier.record_count,
        earlier.duration_seconds
    from numbered
    inner join numbered as earlier
        on
            numbered.source_code = earlier.source_code
            and numbered.weekday_number = earlier.weekday_number
            and numbered.telling_before - 8 <= earlier.telling_before
            and numbered.telling_before > earlier.telling_before
            and numbered.local_day > earlier.local_day
            and earlier.is_telling
),

medians as (
    select
        source_code,
        local_day,
        count(*) as past_count,
        percentile_cont(0.5) within group (order by record_count) as median_records,
        percentile_cont(0.5) within group (order by duration_seconds) as median_seconds
    from past
    group by source_code, local_day
),

deviations as (
    select
        past.source_code,
        past.local_day,
        percentile_cont(0.5) within group (order by abs(past.record_count - medians.median_records)) as mad_records,
        percentile_cont(0.5) within group (order by abs(past.duration_seconds - medians.median_seconds)) as mad_seconds
    from past
    inner join medians using (source_code, local_day)
    group by past.source_code, past.local_day
)

select
    source_code,
    local_day,
    counted.record_count,
    counted.duration_seconds,
    coalesce(medians.past_count, 0) as past_count,
    cast(medians.median_records as numeric(18, 1)) as median_records,
    cast(deviations.mad_records as numeric(18, 1)) as mad_records,
    cast(medians.median_seconds as numeric(18, 1)) as median_seconds,
    cast(deviations.mad_seconds as numeric(18, 1)) as mad_seconds
from counted
left join medians using (source_code, local_day)
left join deviations using (source_code, local_day)
