-- one row per call that left a line and that nothing took away, of the watched days and the 90 before; whole numbers
{{ config(schema='rate', post_hook="{{ rate_analyze() }}") }}

with span as (
    select
        min(local_day) - 90 as first_day,
        max(local_day) as last_day
    from {{ ref('int_fraud__days') }}
),

settled as (
    select * from {{ ref('int_usage__deduplicated') }}
    where
        usage_type in ('voice', 'fax')
        and (outcome is null or outcome = 'not_billable') -- calls of zero seconds tell of diallers
),

records as (select * from {{ ref('stg_usage__records') }}),

calls as (
    select
        settled.usage_id,
        settled.source_code,
        settled.line_id,
        settled.called_number,
        settled.started_at,
        settled.local_day,
        coalesce(settled.duration_seconds, 0) as duration_seconds,
        case when records.supplier_currency_code = 'EUR' then settled.supplier_amount end as supplier_amount,
        records.country_code,
        {{ paris_time('settled.started_at') }} as local_time
    from settled
    inner join records
        on
            settled.file_id = records.file_id
            and settled.source_line = records.source_line
    cross join span
    where
        settled.local_day between span.first_day and span.last_day
        and settled.called_number is not null
        and coalesce(records.direction, 'outgoing') not in ('incoming', 'internal')
        and coalesce(settled.reason, '') not in ('incoming', 'internal')
)

select
    usage_id,
    source_code,
    line_id,
    called_number,
    country_code,
    started_at,
    started_at + duration_seconds * interval '1 second' as ended_at,
    local_day,
    cast(local_time - interval '7 hours' as date) as night_day, -- a night belongs to the evening it begins on
    extract(hour from local_time) >= 20
    or extract(hour from local_time) < 7
    or extract(isodow from local_time) > 5 as is_off_hours,
    duration_seconds,
    supplier_amount
from calls
