-- one row per source and day or longer span: how much usage it has, each record once however often it was delivered
with records as (
    select
        files.source_code,
        records.local_day,
        records.usage_id,
        max(records.duration_seconds) as duration_seconds
    from {{ source('landing', 'usage_records') }} as records
    inner join {{ ref('stg_usage__files') }} as files on records.file_number = files.file_number
    where
        not records.is_rejected
        and files.hold_reason is null
        and {{ landed('records') }}
        and records.local_day >= {{ completeness_first_day() }}
    group by files.source_code, records.local_day, records.usage_id
),

sources as (select * from {{ ref('stg_usage__sources') }})

select
    records.source_code,
    {{ completeness_span_end('sources.expected_every', 'records.local_day') }} as local_day,
    count(*) as record_count,
    coalesce(sum(records.duration_seconds), 0) as duration_seconds
from records
left join sources on records.source_code = sources.source_code
group by records.source_code, {{ completeness_span_end('sources.expected_every', 'records.local_day') }}
