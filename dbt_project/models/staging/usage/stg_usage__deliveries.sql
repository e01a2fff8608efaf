-- one row per delivery of a file that had landed when the run looked: the same bytes may be delivered again and again
select
    deliveries.source_code,
    deliveries.source_file,
    deliveries.delivered_at,
    deliveries.named_day,
    deliveries.sequence_number,
    deliveries.road,
    files.file_number,
    files.file_id,
    files.record_count,
    files.hold_reason is not null as is_held
from {{ source('landing', 'file_deliveries') }} as deliveries
inner join {{ ref('stg_usage__files') }} as files on deliveries.file_id = files.file_id
where deliveries.delivered_at <= {{ as_of() }}
