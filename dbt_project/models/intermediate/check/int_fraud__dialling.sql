-- a dialler in ten minutes: many calls that nearly all break at once, or numbers dialled one after the other
with calls as (
    select
        line_id,
        usage_id,
        limit_key,
        started_at,
        ended_at,
        local_day,
        duration_seconds,
        cast(right(translate(called_number, '+*#', ''), 9) as bigint)
        - lag(cast(right(translate(called_number, '+*#', ''), 9) as bigint)) over (
            partition by line_id order by started_at, usage_id
        ) as number_step
    from {{ ref('int_fraud__calls') }}
    where
        is_near
        and translate(called_number, '+*#', '') ~ '^[0-9]+$'
),

limited as (
    select
        calls.line_id as subject_key,
        calls.usage_id,
        calls.started_at,
        calls.ended_at,
        calls.local_day,
        calls.number_step,
        calls.duration_seconds,
        short_calls.count_limit as short_count_limit,
        short_calls.share_limit as short_share_limit,
        sequential.count_limit as step_count_limit,
        coalesce(short_calls.seconds_limit, 6) as short_seconds
    from calls
    left join {{ fraud_limits('short_calls') }} as short_calls
        on
            calls.limit_key = short_calls.limit_key
            and calls.local_day = short_calls.local_day
    left join {{ fraud_limits('sequential') }} as sequential
        on
            calls.limit_key = sequential.limit_key
            and calls.local_day = sequential.local_day
),

sums as (
    select
        *,
        count(*) over recent as call_count,
        count(*) filter (where duration_seconds < short_seconds) over recent as short_count,
        count(*) filter (where number_step between 1 and 5) over recent as step_count,
        max(ended_at) over recent as fired_at
    from limited
    window recent as (
        partition by subject_key order by started_at range between interval '10 minutes' preceding and current row
    )
),

short_calls_judged as (
    select
        *,
        true as has_history,
        coalesce(call_count >= short_count_limit and short_count >= short_share_limit * call_count, false) as is_over
    from sums
),

sequential_judged as (
    select
        *,
        true as has_history,
        coalesce(step_count >= step_count_limit, false) as is_over
    from sums
),

found as (
    {{ fraud_window_evidence('short_calls', 'short_calls_judged', '10 minutes') }}

    union all

    {{ fraud_window_evidence('sequential', 'sequential_judged', '10 minutes') }}
)

select * from found
