-- one row per delivery and day that it answers for: the day of its name, else the days of its records, else its own day
with deliveries as (select * from {{ ref('stg_usage__deliveries') }}),

sources as (select * from {{ ref('stg_usage__sources') }}),

unnamed_files as (
    select distinct file_number
    from deliveries
    where named_day is null
),

record_days as (
    select distinct
        records.file_number,
        records.local_day
    from {{ source('landing', 'usage_records') }} as records
    inner join unnamed_files on records.file_number = unnamed_files.file_number
    where
        not records.is_rejected
        and {{ landed('records') }}
),

covered as (
    select
        deliveries.*,
        coalesce(
            deliveries.named_day, record_days.local_day, cast({{ paris_time('deliveries.delivered_at') }} as date)
        ) as covered_day
    from deliveries
    left join record_days
        on
            deliveries.named_day is null
            and deliveries.file_number = record_days.file_number
)

select
    covered.source_code,
    {{ completeness_span_end('sources.expected_every', 'covered.covered_day') }} as local_day,
    covered.covered_day,
    covered.source_file,
    covered.file_id,
    covered.delivered_at,
    covered.sequence_number,
    covered.record_count,
    covered.is_held
from covered
left join sources on covered.source_code = sources.source_code
where covered.covered_day >= {{ completeness_first_day() }}
