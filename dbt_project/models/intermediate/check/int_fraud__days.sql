-- one row per Paris day to look at: watched days may raise alerts, the three days before them only lend their calls
with looked as (
    select coalesce(max(watched_until) - interval '1 hour', '-infinity') as looked_until -- an hour: who commits late
    from {{ source('watch', 'runs') }}
    where ran_at <= {{ as_of() }}
),

arrived as (
    select
        records.local_day,
        greatest(records.landed_at, files.released_at) as arrived_at
    from {{ ref('stg_usage__records') }} as records
    inner join {{ source('landing', 'usage_files') }} as files on records.file_id = files.file_id
    where files.released_at is null or files.released_at <= {{ as_of() }}
),

touched as (
    select
        arrived.local_day,
        max(arrived.arrived_at) as arrived_at
    from arrived
    cross join looked
    where arrived.arrived_at > looked.looked_until
    group by arrived.local_day
),

-- a late call moves the windows of 72 hours that begin with it
watched as (
    select distinct touched.local_day + reach.days as local_day
    from touched
    cross join generate_series(0, 3) as reach (days)
),

near as (
    select distinct watched.local_day - reach.days as local_day
    from watched
    cross join generate_series(0, 3) as reach (days)
)

select
    near.local_day,
    watched.local_day is not null as is_watched,
    (select max(touched.arrived_at) from touched) as landed_until
from near
left join watched on near.local_day = watched.local_day
