-- one row per source and day or longer span: how many files it promised, from its first one on, and when their silence
-- becomes an alert; days without a promise stand here too when something came
with sources as (select * from {{ ref('stg_usage__sources') }}),

deliveries as (select * from {{ ref('int_completeness__deliveries') }}),

volumes as (select * from {{ ref('int_completeness__volumes') }}),

-- the last day of each file, not its first: one straggler does not promise the months before it
latest_days as (
    select
        source_code,
        source_file,
        file_id,
        max(local_day) as local_day
    from deliveries
    group by source_code, source_file, file_id
),

starts as (
    select
        sources.source_code,
        sources.expected_every,
        coalesce(min(latest_days.local_day), cast({{ paris_time('sources.known_at') }} as date)) as first_day
    from sources
    left join latest_days on sources.source_code = latest_days.source_code
    where sources.expected_every is not null
    group by sources.source_code, sources.expected_every, sources.known_at
),

days as (
    select
        starts.source_code,
        starts.expected_every,
        cast(numbers.day_at as date) as local_day
    from starts
    cross join generate_series(starts.first_day, {{ watched_day() }}, interval '1 day') as numbers (day_at)
),

promised as (
    select
        days.source_code,
        days.local_day,
        case
            when days.expected_every = 'hour' -- 23 or 25 when the clock changes
                then cast(
                    {{ epoch_seconds("(cast(days.local_day + 1 as timestamp) at time zone 'Europe/Paris')") }}
                    - {{ epoch_seconds("(cast(days.local_day as timestamp) at time zone 'Europe/Paris')") }} as integer
                ) / 3600
            else 1
        end as expected_files
    from days
    left join {{ ref('int_completeness__holidays') }} as holidays on days.local_day = holidays.local_day
    where
        days.local_day = {{ completeness_span_end('days.expected_every', 'days.local_day') }}
        and (
            days.expected_every <> 'weekday'
            or (extract(isodow from days.local_day) <= 5 and holidays.local_day is null)
        )
),

came as (
    select
        source_code,
        local_day
    from deliveries
    union
    select
        source_code,
        local_day
    from volumes
)

select
    source_code,
    local_day,
    coalesce(promised.expected_files, 0) as expected_files,
    sources.expected_every,
    coalesce(sources.is_empty_day_a_file, false) as is_empty_day_a_file,
    -- of the days that compare: Mondays with Mondays, a holiday with Sundays, a week or a month with any other
    case
        when sources.expected_every in ('week', 'month') then 0
        when holidays.local_day is not null then 7
        else cast(extract(isodow from local_day) as integer)
    end as weekday_number,
    cast(local_day + 1 as timestamp) at time zone 'Europe/Paris'
    + make_interval(hours => coalesce(sources.lateness_hours, 24)) as due_at
from promised
full join came using (source_code, local_day)
left join sources using (source_code)
left join {{ ref('int_completeness__holidays') }} as holidays using (local_day)
where local_day <= {{ watched_day() }}
