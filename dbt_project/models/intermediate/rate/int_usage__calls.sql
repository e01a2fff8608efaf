-- one row per record that is a half of a call, or a leg that another leg bills: the call's seconds, or what it became
{{ config(post_hook="{{ rate_analyze() }}") }}

with standing as (
    select
        records.file_number,
        records.file_id,
        records.source_line,
        records.usage_id,
        records.call_key,
        records.call_half,
        records.started_at,
        records.duration_seconds,
        records.is_wait_over,
        records.not_billable_reason
    from {{ ref('stg_usage__records') }} as records
    left join {{ ref('int_usage__repeated') }} as repeated
        on
            records.file_number = repeated.file_number
            and records.source_line = repeated.source_line
    where
        records.call_key is not null
        and not records.is_file_held
        and records.usage_type <> 'meter'
        and repeated.outcome is null
),

-- at most one start and one stop of a call are left standing; either may have come in the earlier file
pairs as (
    select
        call_key,
        min(case when call_half = 'start' then started_at end) as call_started_at,
        min(case when call_half = 'stop' then started_at end) as call_stopped_at
    from standing
    where call_half is not null
    group by call_key
),

halves as (
    select
        standing.*,
        pairs.call_started_at is not null and pairs.call_stopped_at is not null as is_paired,
        cast(
            {{ epoch_seconds('pairs.call_stopped_at') }} - {{ epoch_seconds('pairs.call_started_at') }} as integer
        ) as call_seconds
    from standing
    inner join pairs on standing.call_key = pairs.call_key
    where standing.call_half is not null
),

several_legs as (
    select call_key
    from standing
    where call_half is null
    group by call_key
    having count(*) > 1
),

-- the leg that was talked on carries the bill; one that its source does not bill only if no other does
legs as (
    select
        standing.file_number,
        standing.source_line,
        row_number() over (
            partition by standing.call_key
            order by
                case when standing.not_billable_reason is null then 0 else 1 end asc,
                coalesce(standing.duration_seconds, -1) desc,
                standing.started_at asc,
                standing.usage_id asc,
                standing.file_id asc,
                standing.source_line asc
        ) as leg_position
    from standing
    inner join several_legs on standing.call_key = several_legs.call_key
    where standing.call_half is null
)

select
    file_number,
    source_line,
    case when is_paired and call_half = 'start' then call_seconds end as call_seconds,
    case
        when is_paired and call_half = 'start' then call_seconds - coalesce(duration_seconds, 0)
    end as paired_seconds,
    case
        when is_paired and call_half = 'stop' then 'merged'
        when not_billable_reason is not null then null
        when is_paired and call_seconds = 0 then 'not_billable'
        when is_paired then null
        when is_wait_over then 'held'
        else 'waiting'
    end as outcome,
    case
        when is_paired and call_half = 'stop' then 'other_half'
        when not_billable_reason is not null then null
        when is_paired and call_seconds = 0 then 'zero_duration'
        when is_paired then null
        when is_wait_over then 'unpaired'
        when call_half = 'start' then 'waiting_for_stop'
        else 'waiting_for_start'
    end as reason
from halves

union all

select
    file_number,
    source_line,
    cast(null as integer) as call_seconds,
    cast(null as integer) as paired_seconds,
    'merged' as outcome,
    'leg_of_call' as reason
from legs
where leg_position > 1
