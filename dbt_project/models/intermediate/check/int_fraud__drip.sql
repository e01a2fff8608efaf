-- a few long calls a night to one country, on many nights of two weeks, to ever other numbers, and none by day
with calls as (
    select
        calls.*,
        row_number() over (
            partition by calls.line_id, calls.country_code, calls.called_number order by calls.started_at, calls.usage_id
        ) = 1 as is_new_number
    from {{ ref('int_fraud__calls') }} as calls
    where
        calls.is_foreign
        and calls.duration_seconds > 0
),

nights as (
    select
        line_id,
        country_code,
        night_day,
        min(limit_key) as limit_key,
        min(line_first_day) as line_first_day,
        max(local_day) as local_day,
        max(ended_at) as known_at,
        count(*) filter (where is_off_hours) as night_calls,
        count(*) filter (where is_off_hours and is_new_number) as new_numbers,
        count(*) filter (where not is_off_hours) as day_calls,
        sum(duration_seconds) filter (where is_off_hours) as night_seconds,
        avg(minute_price) filter (where is_off_hours) as minute_price
    from calls
    group by line_id, country_code, night_day
),

sums as (
    select
        *,
        count(*) filter (where night_calls > 0) over two_weeks as night_count,
        sum(night_calls) over two_weeks as call_count,
        sum(new_numbers) over two_weeks as number_count,
        sum(night_seconds) over two_weeks as seconds,
        sum(day_calls) over two_months as day_call_count
    from nights
    window
        two_weeks as (
            partition by line_id, country_code
            order by night_day range between interval '13 days' preceding and current row
        ),
        two_months as (
            partition by line_id, country_code
            order by night_day range between interval '60 days' preceding and current row
        )
),

judged as (
    select
        sums.line_id,
        sums.country_code,
        sums.night_day,
        sums.local_day,
        sums.known_at,
        {{ fraud_has_history('sums.local_day', 'sums.line_first_day') }} as has_history,
        coalesce(
            sums.night_calls > 0
            and sums.night_count >= limits.count_limit
            and sums.seconds >= limits.seconds_limit * sums.call_count
            and sums.number_count >= limits.share_limit * sums.call_count
            and sums.minute_price > limits.price_limit
            and sums.day_call_count = 0,
            false
        ) as is_over
    from sums
    left join {{ fraud_limits('drip') }} as limits
        on
            sums.limit_key = limits.limit_key
            and sums.local_day = limits.local_day
),

-- the first night that tells brings the nights before it; each later one only itself
found as (
    select
        line_id,
        country_code,
        night_day,
        min(local_day) filter (where is_over) over ahead as local_day,
        min(known_at) filter (where is_over) over ahead as fired_at,
        bool_or(has_history) filter (where is_over) over ahead as has_history
    from judged
    window ahead as (
        partition by line_id, country_code order by night_day range between current row and interval '13 days' following
    )
)

select
    'drip' as rule_code,
    calls.line_id as subject_key,
    calls.usage_id,
    found.local_day,
    found.fired_at,
    found.has_history
from found
inner join calls
    on
        found.line_id = calls.line_id
        and found.country_code = calls.country_code
        and found.night_day = calls.night_day
where
    found.local_day is not null
    and calls.is_off_hours
