-- one row per reading of a counter: the pages since the reading before it, or the task that keeps a person's word awaited
{{ config(post_hook="{{ rate_analyze() }}") }}

{% set absurd_daily_pages = 10000 %} -- of a machine without a past: no office copier prints that every day
{% set most_pages = 2000000000 %}
{% set unremarkable_pages = 500 %} -- a machine that slept may print a booklet

with differences as (select * from {{ ref('int_meters__differences') }}),

machines as (select * from {{ ref('int_meters__machines') }}),

pace as (select * from {{ ref('int_meters__pace') }}),

writings as (
    select
        serial_key,
        min(line_id) as line_id,
        min(line_id) <> max(line_id) as is_ambiguous
    from machines
    group by serial_key
),

-- grouped, as two spans of the master data may cover one day
placed as (
    select
        differences.serial_key,
        differences.usage_type,
        differences.read_at,
        min(closing.service_code) as service_code,
        min(opening.service_code) as opening_service_code
    from differences
    inner join machines as closing
        on
            differences.serial_key = closing.serial_key
            and differences.local_day >= closing.valid_from
            and differences.local_day < closing.valid_until
    -- the day after the opening reading: read on the last day with a customer, its pages are the next one's
    left join machines as opening
        on
            differences.serial_key = opening.serial_key
            and least(differences.base_local_day + 1, differences.local_day) >= opening.valid_from
            and least(differences.base_local_day + 1, differences.local_day) < opening.valid_until
    group by differences.serial_key, differences.usage_type, differences.read_at
),

judged as (
    select
        differences.*,
        coalesce(writings.line_id, differences.line_id) as billed_line_id,
        placed.service_code,
        case
            when differences.is_conflict then 'conflict'
            when differences.is_superseded then null
            when differences.page_answer = 'replace' then null
            when differences.base_value is null and differences.reading_kind = 'entered' then null -- a start
            when differences.base_value is null and differences.page_answer = 'accept' then null
            when differences.base_value is null then 'start'
            when differences.difference < 0 and differences.base_kind = 'estimated' then 'below_estimate'
            when differences.difference < 0 then 'negative' -- whoever accepts it: no page count is negative
            when differences.difference > {{ most_pages }} then 'jump' -- whoever accepts it: no machine lives so long
            when differences.page_answer = 'accept' then null
            when differences.reading_kind = 'estimated' then 'estimated'
            when writings.is_ambiguous then 'ambiguous_serial'
            when differences.highest_estimate > differences.counter_value then 'below_estimate'
            when differences.has_conflict_before then 'follows'
            when
                placed.service_code is not null
                and placed.service_code <> coalesce(placed.opening_service_code, '') then 'moved'
            when
                differences.difference > {{ unremarkable_pages }} + differences.day_count
                * (pace.median_pages + 6 * greatest(pace.mad_pages, pace.median_pages / 2)) then 'jump'
            when
                pace.median_pages is null
                and differences.difference > {{ absurd_daily_pages }} * differences.day_count then 'jump'
        end as own_task
    from differences
    left join writings on differences.serial_key = writings.serial_key
    left join placed
        on
            differences.serial_key = placed.serial_key
            and differences.usage_type = placed.usage_type
            and differences.read_at = placed.read_at
    left join pace
        on
            differences.serial_key = pace.serial_key
            and differences.usage_type = pace.usage_type
            and differences.base_number = pace.base_number
            and differences.base_step = 1
),

-- nobody can say what was printed since a reading that is itself in doubt
followed as (
    select
        judged.*,
        case
            when judged.own_task is not null then judged.own_task
            when judged.page_answer is not null then null
            when before.own_task in ('negative', 'jump', 'below_estimate') then 'follows'
        end as task_kind
    from judged
    left join judged as before
        on
            judged.serial_key = before.serial_key
            and judged.usage_type = before.usage_type
            and judged.base_read_at = before.read_at
)

select
    {{ surrogate_key(["'meter'", 'serial_key', 'usage_type', epoch_seconds('read_at')]) }} as usage_id,
    serial_key,
    billed_line_id as line_id,
    line_id as written_line_id,
    service_code,
    usage_type,
    base_read_at as from_at,
    read_at as until_at,
    local_day,
    base_value as reading_from,
    counter_value as reading_until,
    reading_kind,
    base_kind,
    highest_estimate,
    difference,
    cast(
        case
            when task_kind is not null then null
            when is_superseded then 0
            when page_answer = 'replace' then answered_pages
            else coalesce(difference, 0) -- where counting starts
        end as integer
    ) as page_count,
    task_kind,
    page_answer,
    case
        when
            base_local_day < {{ period_start_of('local_day') }} - {{ meter_closing_days() }}
            and local_day > {{ period_start_of('local_day') }}
            then {{ rate_days_between(period_start_of('local_day'), 'local_day') }}
    end as days_late,
    file_number,
    file_id,
    source_file,
    source_line,
    source_code
from followed
