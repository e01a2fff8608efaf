-- one row per source that is silent now: nothing came for its last promised day, and its declared lateness has passed
with promised as (
    select *
    from {{ ref('rpt_source_completeness') }}
    where
        expected_files > 0
        and state <> 'waiting'
),

last_heard as (
    select
        source_code,
        max(local_day) as local_day
    from promised
    where state <> 'missing'
    group by source_code
),

last_delivered as (
    select
        source_code,
        max(last_delivered_at) as last_delivered_at
    from {{ ref('rpt_source_completeness') }}
    group by source_code
),

silences as (
    select
        promised.source_code,
        min(promised.local_day) as silent_since,
        max(promised.local_day) as silent_until,
        count(*) as missing_days,
        min(promised.due_at) as alerted_at
    from promised
    left join last_heard on promised.source_code = last_heard.source_code
    where
        promised.state = 'missing'
        and (last_heard.local_day is null or promised.local_day > last_heard.local_day)
    group by promised.source_code
)

select
    {{ surrogate_key(["'silence'", 'silences.source_code', 'silences.silent_since']) }} as alert_key,
    silences.source_code,
    silences.silent_since,
    silences.silent_until,
    cast(silences.missing_days as integer) as missing_days,
    silences.alerted_at,
    last_delivered.last_delivered_at,
    'La source ' || silences.source_code || ' est muette depuis le ' || {{ watch_date('silences.silent_since') }}
    || '{{ nbsp() }}: ' || silences.missing_days
    || case when silences.missing_days > 1 then ' livraisons attendues' else ' livraison attendue' end
    || ', aucune reçue{{ narrow_nbsp() }}; '
    || coalesce(
        'dernier fichier le '
        || to_char(last_delivered.last_delivered_at at time zone 'Europe/Paris', 'DD/MM/YYYY à HH24:MI'),
        'jamais aucun fichier'
    ) as words
from silences
left join last_delivered on silences.source_code = last_delivered.source_code
