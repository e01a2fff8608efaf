-- one row per readable record, meters aside, and what became of it before rating; outcome is null for those to rate
{{ config(post_hook="{{ rate_analyze() }}") }}

select
    records.file_number,
    records.file_id,
    records.source_file,
    records.source_line,
    records.source_path,
    records.source_code,
    -- a call in several records is known by what they share: a leg that comes later must not bill it again
    coalesce(records.call_key, repeated.usage_id, records.usage_id) as usage_id,
    records.usage_type,
    records.line_id,
    records.called_number,
    {{ rate_number_key('records.called_number') }} as number_key,
    {{ rate_short_number('records.called_number') }} as short_number,
    records.started_at,
    records.local_day,
    coalesce(calls.call_seconds, records.duration_seconds) as duration_seconds,
    records.page_count,
    records.event_count,
    records.byte_count,
    records.unit_count,
    records.supplier_amount,
    case
        when records.is_file_held then 'held'
        when repeated.outcome is not null then repeated.outcome
        when calls.outcome is not null then calls.outcome
        when records.not_billable_reason is not null then 'not_billable'
        when elsewhere.source_line is not null then 'held'
    end as outcome,
    case
        when records.is_file_held then 'file_held'
        when repeated.outcome is not null then repeated.reason
        when calls.outcome is not null then calls.reason
        when records.not_billable_reason is not null then records.not_billable_reason
        when elsewhere.source_line is not null then 'same_call_elsewhere'
    end as reason
from {{ ref('stg_usage__records') }} as records
left join {{ ref('int_usage__repeated') }} as repeated
    on
        records.file_number = repeated.file_number
        and records.source_line = repeated.source_line
left join {{ ref('int_usage__calls') }} as calls
    on
        records.file_number = calls.file_number
        and records.source_line = calls.source_line
left join {{ ref('int_usage__elsewhere') }} as elsewhere
    on
        records.file_number = elsewhere.file_number
        and records.source_line = elsewhere.source_line
where records.usage_type <> 'meter'
