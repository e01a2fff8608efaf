-- one row per source and day: what was expected, what came, what is missing, and whether its volume is like its past
with expected as (select * from {{ ref('int_completeness__expected') }}),

baseline as (select * from {{ ref('int_completeness__baseline') }}),

-- the same name twice in a day is the same file sent again
came as (
    select
        source_code,
        local_day,
        count(distinct source_file) as delivered_files,
        count(distinct source_file) filter (where record_count = 0) as empty_files,
        count(distinct source_file) filter (where is_held) as held_files,
        max(delivered_at) as last_delivered_at
    from {{ ref('int_completeness__deliveries') }}
    group by source_code, local_day
),

sequence_holes as (
    select
        source_code,
        local_day,
        string_agg(
            case
                when first_missing = last_missing then cast(first_missing as text)
                else first_missing || ' à ' || last_missing
            end,
            ', ' order by first_missing
        ) as missing_sequence,
        sum(missing_count) as missing_count
    from {{ ref('int_completeness__sequence_holes') }}
    group by source_code, local_day
),

-- only where files are hourly, and only on the days that lack one: the hours of which no record speaks
short_days as (
    select
        expected.source_code,
        expected.local_day
    from expected
    left join came using (source_code, local_day)
    where
        expected.expected_every = 'hour'
        and expected.expected_files > coalesce(came.delivered_files, 0)
),

hours as (
    select
        short_days.source_code,
        short_days.local_day,
        slots.hour_at
    from short_days
    cross join lateral generate_series(
        cast(short_days.local_day as timestamp) at time zone 'Europe/Paris',
        cast(short_days.local_day + 1 as timestamp) at time zone 'Europe/Paris' - interval '1 hour',
        interval '1 hour'
    ) as slots (hour_at)
),

hours_with_records as (
    select distinct
        files.source_code,
        records.local_day,
        date_trunc('hour', records.started_at) as hour_at
    from {{ source('landing', 'usage_records') }} as records
    inner join {{ ref('stg_usage__files') }} as files on records.file_number = files.file_number
    where
        not records.is_rejected
        and {{ landed('records') }}
        and records.local_day in (select short_days.local_day from short_days)
        and files.source_code in (select short_days.source_code from short_days)
),

silent_hours as (
    select
        hours.source_code,
        hours.local_day,
        string_agg(to_char(hours.hour_at at time zone 'Europe/Paris', 'HH24'), ', ' order by hours.hour_at) as hour_list
    from hours
    left join hours_with_records using (source_code, local_day, hour_at)
    where hours_with_records.hour_at is null
    group by hours.source_code, hours.local_day
),

side_by_side as (
    select
        source_code,
        local_day,
        expected.expected_every,
        expected.expected_files,
        coalesce(came.delivered_files, 0) as delivered_files,
        coalesce(came.empty_files, 0) as empty_files,
        coalesce(came.held_files, 0) as held_files,
        came.last_delivered_at,
        expected.due_at,
        expected.due_at > {{ watched_at() }} as is_early,
        expected.is_empty_day_a_file,
        sequence_holes.missing_sequence,
        coalesce(sequence_holes.missing_count, 0) as missing_sequence_count,
        silent_hours.hour_list as silent_hours,
        baseline.record_count,
        baseline.duration_seconds,
        baseline.past_count,
        baseline.median_records,
        baseline.mad_records,
        baseline.median_seconds,
        baseline.mad_seconds,
        baseline.past_count >= 4 as has_past,
        baseline.past_count >= 4
        and (
            abs(baseline.record_count - baseline.median_records)
            > {{ completeness_band('baseline.median_records', 'baseline.mad_records') }}
            or abs(baseline.duration_seconds - baseline.median_seconds)
            -- a call may be long: under a minute a record, a difference of seconds is noise
            > greatest(
                {{ completeness_band('baseline.median_seconds', 'baseline.mad_seconds') }}, 60 * baseline.median_records
            )
        ) as is_drifting
    from expected
    inner join baseline using (source_code, local_day)
    left join came using (source_code, local_day)
    left join sequence_holes using (source_code, local_day)
    left join silent_hours using (source_code, local_day)
),

judged as (
    select
        *,
        case
            when
                is_early
                and (delivered_files < expected_files or missing_sequence_count > 0) then 'waiting'
            when expected_files > 0 and delivered_files = 0 and (is_empty_day_a_file or not has_past or is_drifting)
                then 'missing'
            when held_files > 0 then 'held'
            when missing_sequence_count > 0 then 'hole'
            when delivered_files < expected_files and is_empty_day_a_file then 'hole'
            when not is_early and is_drifting then 'drift'
            when has_past then 'complete'
            else 'not_enough_past'
        end as state
    from side_by_side
)

select
    {{ surrogate_key(['source_code', 'local_day']) }} as source_day_id,
    source_code,
    local_day,
    expected_every,
    cast(expected_files as integer) as expected_files,
    cast(delivered_files as integer) as delivered_files,
    cast(empty_files as integer) as empty_files,
    cast(held_files as integer) as held_files,
    missing_sequence,
    cast(missing_sequence_count as bigint) as missing_sequence_count,
    silent_hours,
    last_delivered_at,
    due_at,
    cast(record_count as bigint) as record_count,
    median_records,
    mad_records,
    cast(duration_seconds as bigint) as duration_seconds,
    median_seconds,
    mad_seconds,
    cast(past_count as integer) as past_count,
    state,
    case state
        when 'waiting'
            then
                'Attendu au plus tard le '
                || to_char(due_at at time zone 'Europe/Paris', 'DD/MM/YYYY à HH24:MI')
        when 'missing' then 'Aucun fichier reçu, délai de livraison passé'
        when 'held' then 'Fichier reçu mais retenu en entier{{ nbsp() }}: ' || held_files || ' sur ' || delivered_files
        when 'hole'
            then concat_ws(
                '{{ narrow_nbsp() }}; ',
                'Numéros manquants{{ nbsp() }}: ' || missing_sequence,
                case
                    when delivered_files < expected_files
                        then delivered_files || ' fichiers sur ' || expected_files
                end,
                'Heures sans enregistrement{{ nbsp() }}: ' || silent_hours
            )
        when 'drift'
            then
                record_count || ' enregistrements et ' || duration_seconds || '{{ nbsp() }}s, contre '
                || round(median_records) || ' et ' || round(median_seconds)
                || '{{ nbsp() }}s d’habitude (médiane de ' || past_count || ' jours comparables)'
        when 'complete'
            then case
                when expected_files > 0 and delivered_files = 0 then 'Aucun fichier, comme souvent ce jour-là'
                else 'Complet'
            end
        else 'Reçu{{ narrow_nbsp() }}; moins de quatre jours comparables pour juger du volume'
    end as words
from judged
