-- one row per machine, counter and instant: what the counter showed, once people have answered; null while contents differ
with counters as (select * from {{ ref('int_meters__counters') }}),

decisions as (select * from {{ ref('stg_usage__meter_decisions') }}),

landed as (
    select
        serial_key,
        usage_type,
        read_at,
        min(line_id) as line_id,
        min(local_day) as local_day,
        case
            when
                min(counter_value) = max(counter_value)
                and count(counter_value) = count(*)
                and max(case when is_cancellation then 1 else 0 end) = 0 then min(counter_value)
        end as counter_value,
        max(case when reading_kind = 'measured' then 1 else 0 end) as is_measured,
        min(reading_kind) as reading_kind,
        min(landed_at) as known_at -- the same reading again tells nothing new
    from counters
    group by serial_key, usage_type, read_at
),

-- of equal copies, the one that the bill names
first_lines as (
    select
        counters.serial_key,
        counters.usage_type,
        counters.read_at,
        counters.file_number,
        counters.file_id,
        counters.source_file,
        counters.source_line,
        counters.source_code,
        row_number() over (
            partition by counters.serial_key, counters.usage_type, counters.read_at
            order by counters.file_id, counters.source_line
        ) as line_number
    from counters
),

keys as (
    select
        serial_key,
        usage_type,
        read_at
    from landed
    union
    select
        serial_key,
        usage_type,
        read_at
    from decisions
    where answer = 'enter'
),

-- what the counter showed, and how much of it is billed, are answered apart; the last answer of each counts
answered as (
    select
        keys.serial_key,
        keys.usage_type,
        keys.read_at,
        decisions.decision_id,
        decisions.line_id,
        decisions.answer,
        decisions.quantity,
        decisions.decided_by,
        decisions.decided_at,
        row_number() over (
            partition by
                keys.serial_key,
                keys.usage_type,
                keys.read_at,
                case when decisions.answer in ('accept', 'replace') then 1 else 0 end
            order by decisions.decided_at desc, decisions.decision_id desc
        ) as answer_number
    from keys
    inner join decisions
        on
            keys.serial_key = decisions.serial_key
            and keys.read_at = decisions.read_at
            and (decisions.usage_type is null or keys.usage_type = decisions.usage_type)
),

reading_answers as (
    select * from answered
    where
        answer_number = 1
        and answer in ('enter', 'discard', 'withdraw')
),

page_answers as (
    select * from answered
    where
        answer_number = 1
        and answer in ('accept', 'replace')
)

select
    keys.serial_key,
    keys.usage_type,
    keys.read_at,
    coalesce(landed.line_id, reading_answers.line_id) as line_id,
    coalesce(landed.local_day, cast({{ paris_time('keys.read_at') }} as date)) as local_day,
    case when reading_answers.answer = 'enter' then reading_answers.quantity else landed.counter_value end
        as counter_value,
    case
        when reading_answers.answer = 'enter' then 'entered'
        when landed.is_measured = 1 then 'measured'
        else landed.reading_kind
    end as reading_kind,
    case when reading_answers.answer = 'enter' then reading_answers.decided_at else landed.known_at end as known_at,
    -- a reading that a person entered where no line had landed is named by the answer
    coalesce(first_lines.file_number, -reading_answers.decision_id) as file_number,
    coalesce(first_lines.file_id, concat('meter_decision_', cast(reading_answers.decision_id as {{ text_type() }})))
        as file_id,
    coalesce(first_lines.source_file, concat('meter_decision_', cast(reading_answers.decision_id as {{ text_type() }})))
        as source_file,
    coalesce(first_lines.source_line, 1) as source_line,
    coalesce(first_lines.source_code, 'meter_decisions') as source_code,
    page_answers.answer as page_answer,
    page_answers.quantity as answered_pages,
    page_answers.decided_at as answered_at
from keys
left join landed
    on
        keys.serial_key = landed.serial_key
        and keys.usage_type = landed.usage_type
        and keys.read_at = landed.read_at
left join first_lines
    on
        keys.serial_key = first_lines.serial_key
        and keys.usage_type = first_lines.usage_type
        and keys.read_at = first_lines.read_at
        and first_lines.line_number = 1
left join reading_answers
    on
        keys.serial_key = reading_answers.serial_key
        and keys.usage_type = reading_answers.usage_type
        and keys.read_at = reading_answers.read_at
left join page_answers
    on
        keys.serial_key = page_answers.serial_key
        and keys.usage_type = page_answers.usage_type
        and keys.read_at = page_answers.read_at
        -- said of another reading, if the reading was set right or its answers taken back since
        and (reading_answers.decision_id is null or reading_answers.decision_id < page_answers.decision_id)
where
    coalesce(reading_answers.answer, 'none') <> 'discard'
    and (landed.serial_key is not null or reading_answers.answer = 'enter')
