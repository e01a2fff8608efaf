-- one row per reading of a counter with at least four differences before it: how many pages a day the machine prints,
-- by the median and the median deviation of the last eight
with paces as (
    select
        serial_key,
        usage_type,
        base_number,
        cast(difference as numeric(38, 6)) / day_count as daily_pages
    from {{ ref('int_meters__differences') }}
    where
        difference >= 0
        and base_step = 1
),

past as (
    select
        paces.serial_key,
        paces.usage_type,
        paces.base_number,
        earlier.daily_pages
    from paces
    inner join paces as earlier
        on
            paces.serial_key = earlier.serial_key
            and paces.usage_type = earlier.usage_type
            and paces.base_number - 8 <= earlier.base_number
            and paces.base_number > earlier.base_number
),

medians as (
    select
        serial_key,
        usage_type,
        base_number,
        percentile_disc(0.5) within group (order by daily_pages) as median_pages
    from past
    group by serial_key, usage_type, base_number
    having count(*) >= 4
)

select
    medians.serial_key,
    medians.usage_type,
    medians.base_number,
    medians.median_pages,
    percentile_disc(0.5) within group (order by abs(past.daily_pages - medians.median_pages)) as mad_pages
from medians
inner join past
    on
        medians.serial_key = past.serial_key
        and medians.usage_type = past.usage_type
        and medians.base_number = past.base_number
group by medians.serial_key, medians.usage_type, medians.base_number, medians.median_pages
