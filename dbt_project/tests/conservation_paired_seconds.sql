-- Over all files, the seconds of calls in two halves are the instants of their stops less those of their starts, read
-- from the landed rows again: a stop that is merged ends one call, and no call ends twice.
with instants as (
    select
        records.call_half,
        outcomes.outcome,
        outcomes.reason,
        calls.paired_seconds,
        {{ epoch_seconds('records.started_at') }} as instant_seconds,
        coalesce(records.duration_seconds, 0) as landed_seconds
    from {{ source('landing', 'usage_records') }} as records
    inner join {{ ref('int_usage__deduplicated') }} as outcomes
        on
            records.file_number = outcomes.file_number
            and records.source_line = outcomes.source_line
    left join {{ ref('int_usage__calls') }} as calls
        on
            records.file_number = calls.file_number
            and records.source_line = calls.source_line
    where records.call_half is not null
),

summed as (
    select
        coalesce(sum(paired_seconds), 0) as paired_seconds,
        count(paired_seconds) as call_count,
        sum(case when reason = 'other_half' then 1 else 0 end) as stop_count,
        coalesce(
            sum(
                case
                    when reason = 'other_half' then instant_seconds
                    when paired_seconds is not null then -instant_seconds - landed_seconds
                end
            ), 0
        ) as seconds_between
    from instants
)

select * from summed
where
    paired_seconds <> seconds_between
    or call_count <> stop_count
