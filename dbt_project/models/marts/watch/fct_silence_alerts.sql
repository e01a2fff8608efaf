-- one row per fault of delivery that people must hear of, from the last 31 days: a source that is silent, a day or a
-- number that never came, a volume unlike its past. Its key does not change while it lasts, so it is told once
with completeness as (
    select *
    from {{ ref('rpt_source_completeness') }}
    where local_day >= {{ watched_day() }} - 31
),

silences as (select * from {{ ref('rpt_silent_sources') }}),

faults as (
    select
        completeness.source_code,
        completeness.local_day,
        completeness.due_at,
        completeness.words,
        case when completeness.state = 'drift' then 'drift' else 'hole' end as alert_kind
    from completeness
    left join silences
        on
            completeness.source_code = silences.source_code
            and completeness.local_day between silences.silent_since and silences.silent_until
    where
        completeness.state in ('missing', 'hole', 'drift')
        and silences.source_code is null
)

select
    alert_key,
    'silence' as alert_kind,
    source_code,
    silent_since as since_day,
    alerted_at,
    words
from silences

union all

select
    {{ surrogate_key(['alert_kind', 'source_code', 'local_day']) }} as alert_key,
    alert_kind,
    source_code,
    local_day as since_day,
    due_at as alerted_at,
    'La source ' || source_code || ', ' || {{ watch_date('local_day') }} || '{{ nbsp() }}: ' || words as words
from faults
