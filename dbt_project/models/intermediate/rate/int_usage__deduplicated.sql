-- one row per readable record, and what became of it before rating; outcome is null for those to rate
{{ config(post_hook="{{ rate_analyze() }}") }}

-- a held file takes no part: its records wait for the supplier to send it again, and must not make those duplicates.
-- The tables are named where they are read: PostgreSQL stores a CTE that is read twice, and gives up its two processes
with repeated as (
    select
        records.usage_id,
        min(records.content_digest) <> max(records.content_digest) as is_conflict
    from {{ ref('stg_usage__records') }} as records
    left join {{ ref('stg_usage__files') }} as files on records.file_id = files.file_id
    where files.hold_reason is null
    group by records.usage_id
    having count(*) > 1
),

-- only what repeats is sorted: windows do not parallelise
deliveries as (
    select
        records.file_id,
        records.source_line,
        repeated.is_conflict,
        row_number() over (
            partition by records.usage_id
            order by records.landed_at, records.file_id, records.source_line
        ) as delivery_position
    from {{ ref('stg_usage__records') }} as records
    inner join repeated on records.usage_id = repeated.usage_id
    left join {{ ref('stg_usage__files') }} as files on records.file_id = files.file_id
    where files.hold_reason is null
),

-- two suppliers may both carry a line that moves from one to the other, and both bill one of its calls
shared_lines as (
    select line_id
    from {{ ref('stg_usage__records') }}
    where called_number is not null
    group by line_id
    having min(source_code) <> max(source_code)
),

-- few lines, so few calls to sort; one that is not billable is nobody's bill, and takes no other off one
shared_calls as (
    select
        records.file_id,
        records.source_line,
        records.source_code,
        first_value(records.source_code) over (
            partition by records.line_id, records.called_number, records.started_at, records.duration_seconds
            order by records.landed_at, records.file_id, records.source_line
        ) as first_source_code
    from {{ ref('stg_usage__records') }} as records
    inner join shared_lines on records.line_id = shared_lines.line_id
    left join {{ ref('stg_usage__files') }} as files on records.file_id = files.file_id
    where
        files.hold_reason is null
        and records.called_number is not null
        and records.not_billable_reason is null
),

settled as (
    select
        records.usage_id,
        records.file_id,
        records.source_file,
        records.source_line,
        records.source_code,
        records.usage_type,
        records.line_id,
        records.called_number,
        {{ rate_number_key('records.called_number') }} as number_key,
        {{ rate_short_number('records.called_number') }} as short_number,
        records.started_at,
        records.local_day,
        records.duration_seconds,
        records.page_count,
        records.supplier_amount,
        case
            when files.hold_reason is not null then 'held'
            when deliveries.is_conflict then 'held'
            when deliveries.delivery_position > 1 then 'duplicate'
            when records.not_billable_reason is not null then 'not_billable'
            when shared_calls.source_code <> shared_calls.first_source_code then 'held'
        end as outcome,
        case
            when files.hold_reason is not null then 'file_held'
            when deliveries.is_conflict then 'conflict'
            when deliveries.delivery_position > 1 then 'delivered_again'
            when records.not_billable_reason is not null then records.not_billable_reason
            when shared_calls.source_code <> shared_calls.first_source_code then 'same_call_elsewhere'
        end as reason
    from {{ ref('stg_usage__records') }} as records
    left join {{ ref('stg_usage__files') }} as files on records.file_id = files.file_id
    left join deliveries
        on
            records.file_id = deliveries.file_id
            and records.source_line = deliveries.source_line
    left join shared_calls
        on
            records.file_id = shared_calls.file_id
            and records.source_line = shared_calls.source_line
)

select * from settled
