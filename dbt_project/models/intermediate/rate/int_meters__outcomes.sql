-- one row per landed reading line and what became of it: merged into the pages that it closes, or why not
{{ config(post_hook="{{ rate_analyze() }}") }}

with readings as (select * from {{ ref('stg_usage__readings') }}),

-- a line without any counter is settled by what a person says of its instant
answers as (
    select
        serial_key,
        read_at,
        answer,
        row_number() over (partition by serial_key, read_at order by decided_at desc, decision_id desc) as answer_number
    from {{ ref('stg_usage__meter_decisions') }}
),

counters as (
    select
        counters.file_number,
        counters.source_line,
        max(case when counters.counter_value is null then 1 else 0 end) as has_unreadable,
        min(case when counters.copy_number > 1 then 1 else 0 end) as is_repeated,
        max(case when consumption.task_kind is not null then 1 else 0 end) as has_task,
        max(case when consumption.usage_id is not null then 1 else 0 end) as is_counted
    from {{ ref('int_meters__counters') }} as counters
    left join {{ ref('int_meters__consumption') }} as consumption -- left: a person may have discarded it
        on
            counters.serial_key = consumption.serial_key
            and counters.usage_type = consumption.usage_type
            and counters.read_at = consumption.until_at
    group by counters.file_number, counters.source_line
)

select
    readings.file_number,
    readings.file_id,
    readings.source_line,
    readings.source_code,
    readings.local_day,
    case
        when readings.is_file_held then 'held'
        when readings.not_billable_reason is not null then 'not_billable'
        when counters.source_line is null and answers.serial_key is null then 'held'
        when counters.source_line is null then 'not_billable'
        when counters.is_repeated = 1 then 'duplicate'
        when counters.has_task = 1 then 'held'
        when counters.is_counted = 0 then 'not_billable'
        else 'merged'
    end as outcome,
    case
        when readings.is_file_held then 'file_held'
        when readings.not_billable_reason is not null then readings.not_billable_reason
        when counters.source_line is null and answers.serial_key is null then 'meter_task'
        when counters.source_line is null then 'reading_discarded'
        when counters.is_repeated = 1 then 'reading_repeated'
        when counters.has_task = 1 then 'meter_task'
        when counters.is_counted = 0 then 'reading_discarded'
        else 'reading'
    end as reason,
    readings.duration_seconds,
    readings.supplier_amount
from readings
left join counters
    on
        readings.file_number = counters.file_number
        and readings.source_line = counters.source_line
left join answers
    on
        readings.serial_key = answers.serial_key
        and readings.read_at = answers.read_at
        and answers.answer_number = 1
        and answers.answer <> 'withdraw'
