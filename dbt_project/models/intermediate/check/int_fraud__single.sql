-- calls that one look is enough for: very long abroad, a number on a test list, no known range, a satellite
with calls as (
    select * from {{ ref('int_fraud__calls') }}
    where
        is_watched
        and (
            is_test_number
            or is_unknown_range
            or is_foreign and (risk = 'satellite' or duration_seconds > 0)
        )
),

suspected as (
    select
        calls.*,
        limits.rule_code,
        limits.count_limit,
        count(*) over (partition by limits.rule_code, calls.line_id, calls.local_day) as day_count,
        min(calls.ended_at) over (partition by limits.rule_code, calls.line_id, calls.local_day) as known_at
    from calls
    inner join {{ ref('int_fraud__limits') }} as limits
        on
            calls.limit_key = limits.limit_key
            and calls.local_day = limits.local_day
    where
        (limits.rule_code = 'long_call' and calls.is_foreign and calls.duration_seconds > limits.seconds_limit)
        or (limits.rule_code = 'test_number' and calls.is_test_number)
        or (limits.rule_code = 'unknown_range' and calls.is_unknown_range)
        or (limits.rule_code = 'satellite' and calls.risk = 'satellite')
)

select
    rule_code,
    line_id as subject_key,
    usage_id,
    local_day,
    known_at as fired_at,
    true as has_history
from suspected
where day_count >= coalesce(count_limit, 1)
