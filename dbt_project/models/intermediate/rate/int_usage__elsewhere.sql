-- one row per call that another supplier bills too: it waits for a person to say which of them carried it
{{ config(post_hook="{{ rate_analyze() }}") }}

-- two suppliers may both carry a line that moves from one to the other
with shared_lines as (
    select records.line_id
    from {{ ref('stg_usage__records') }} as records
    where
        records.called_number is not null
        and not records.is_file_held
    group by records.line_id
    having min(records.source_code) <> max(records.source_code)
),

-- few lines, so few calls to sort; one that is not billable is nobody's bill, and takes no other off one
shared_calls as (
    select
        records.file_number,
        records.source_line,
        records.source_code,
        first_value(records.source_code) over (
            partition by
                records.line_id, records.called_number, records.started_at,
                coalesce(calls.call_seconds, records.duration_seconds)
            order by
                case when invoiced.usage_id is null then 1 else 0 end,
                records.source_code,
                records.file_id,
                records.source_line
        ) as billed_source_code
    from {{ ref('stg_usage__records') }} as records
    inner join shared_lines on records.line_id = shared_lines.line_id
    left join {{ ref('int_usage__repeated') }} as repeated
        on
            records.file_number = repeated.file_number
            and records.source_line = repeated.source_line
    left join {{ ref('int_usage__calls') }} as calls
        on
            records.file_number = calls.file_number
            and records.source_line = calls.source_line
    left join {{ ref('stg_register__invoiced_usage') }} as invoiced
        on
            coalesce(records.call_key, records.usage_id) = invoiced.usage_id
            and records.file_id = invoiced.file_id
            and records.source_line = invoiced.source_line
    where
        not records.is_file_held
        and records.called_number is not null
        and records.not_billable_reason is null
        and repeated.outcome is null
        and calls.outcome is null
)

select
    file_number,
    source_line,
    billed_source_code
from shared_calls
where source_code <> billed_source_code
