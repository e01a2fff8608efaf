-- one row per record that is not billed yet: why, what the supplier wrote, where it stands, and how it is repaired
with rejected as (
    select
        file_number,
        source_line,
        'rejected' as outcome,
        split_part(reject_reason, ':', 1) as reason,
        nullif(trim(substr(reject_reason, length(split_part(reject_reason, ':', 1)) + 2)), '') as reason_detail,
        line_id,
        local_day,
        duration_seconds,
        supplier_amount,
        landed_at
    from {{ ref('stg_usage__rejects') }}
),

settled as (
    select
        usage.file_number,
        usage.source_line,
        usage.outcome,
        usage.reason,
        case when usage.reason = 'file_held' then files.hold_reason end as reason_detail,
        usage.line_id,
        usage.local_day,
        usage.duration_seconds,
        usage.supplier_amount,
        cast(null as timestamptz) as landed_at
    from {{ ref('int_usage__deduplicated') }} as usage
    inner join {{ ref('stg_usage__files') }} as files on usage.file_id = files.file_id
    where usage.outcome in ('held', 'waiting')
),

priceless as (
    select
        files.file_number,
        usage.source_line,
        'held' as outcome,
        usage.hold_reason as reason,
        case when usage.hold_reason = 'unknown_line' then usage.line_id end as reason_detail,
        usage.line_id,
        usage.local_day,
        usage.duration_seconds,
        usage.supplier_amount,
        cast(null as timestamptz) as landed_at
    from {{ ref('int_usage__matched') }} as usage
    inner join {{ ref('stg_usage__files') }} as files on usage.file_id = files.file_id
    where usage.hold_reason is not null
),

unread_meters as (
    select
        file_number,
        source_line,
        outcome,
        reason,
        cast(null as text) as reason_detail,
        cast(null as text) as line_id,
        local_day,
        duration_seconds,
        supplier_amount,
        cast(null as timestamptz) as landed_at
    from {{ ref('int_meters__outcomes') }}
    where outcome = 'held'
),

held as (
    select * from rejected
    union all
    select * from unread_meters
    union all
    select * from settled
    union all
    select * from priceless
)

select
    files.file_id,
    held.source_line,
    files.source_code,
    files.source_file,
    records.source_path,
    held.outcome,
    held.reason,
    coalesce(reasons.reason_label, held.reason) as reason_label,
    held.reason_detail,
    coalesce(
        reasons.how_to_repair, 'Corriger la description de la source ou faire renvoyer la ligne ; puis relire.'
    ) as how_to_repair,
    records.raw_text,
    held.line_id,
    held.local_day,
    held.duration_seconds,
    held.supplier_amount,
    coalesce(held.landed_at, records.landed_at) as held_since
from held
inner join {{ source('landing', 'usage_files') }} as files on held.file_number = files.file_number
inner join {{ source('landing', 'usage_records') }} as records
    on
        held.file_number = records.file_number
        and held.source_line = records.source_line
left join {{ ref('held_reasons') }} as reasons on held.reason = reasons.reason
