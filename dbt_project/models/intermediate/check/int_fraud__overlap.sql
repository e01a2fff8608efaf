-- calls of a line at once: more than its channels, or several to one foreign prefix; starts add one, ends take one off
with calls as (
    select * from {{ ref('int_fraud__calls') }}
    where
        is_near
        and duration_seconds > 0
),

grouped as (
    select
        calls.*,
        'overlap_channels' as rule_code,
        '' as group_prefix,
        limits.count_limit + 1 as enough
    from calls
    left join {{ fraud_limits('overlap_channels') }} as limits
        on
            calls.limit_key = limits.limit_key
            and calls.local_day = limits.local_day

    union all

    select
        calls.*,
        'overlap_foreign' as rule_code,
        calls.price_prefix as group_prefix,
        limits.count_limit as enough
    from calls
    left join {{ fraud_limits('overlap_foreign') }} as limits
        on
            calls.limit_key = limits.limit_key
            and calls.local_day = limits.local_day
    where
        calls.is_foreign
        and calls.minute_price > coalesce(limits.price_limit, 0)
),

events as (
    select
        rule_code,
        line_id,
        group_prefix,
        usage_id,
        local_day,
        enough,
        ended_at,
        started_at as happened_at,
        1 as step
    from grouped

    union all

    select
        rule_code,
        line_id,
        group_prefix,
        usage_id,
        local_day,
        enough,
        ended_at,
        ended_at as happened_at,
        -1 as step
    from grouped
),

-- at one instant, ends come before starts: a call that follows another does not overlap it
levels as (
    select
        *,
        sum(step) over timeline as at_once,
        max(ended_at) over timeline as known_at
    from events
    window timeline as (
        partition by rule_code, line_id, group_prefix order by happened_at, step, usage_id
        rows between unbounded preceding and current row
    )
),

-- counting the moments over the limit: a call saw one when the count rose between its start and its end
moments as (
    select
        *,
        count(*) filter (where step = 1 and at_once >= enough) over timeline as over_count,
        step = 1 and at_once >= enough as is_over,
        min(known_at) filter (where step = 1 and at_once >= enough) over coming as fired_at
    from levels
    window
        timeline as (
            partition by rule_code, line_id, group_prefix order by happened_at, step, usage_id
            rows between unbounded preceding and current row
        ),
        coming as (
            partition by rule_code, line_id, group_prefix order by happened_at, step, usage_id
            rows between current row and unbounded following
        )
)

select
    started.rule_code,
    started.line_id as subject_key,
    started.usage_id,
    started.local_day,
    started.fired_at,
    true as has_history
from moments as started
inner join moments as ended
    on
        started.rule_code = ended.rule_code
        and started.line_id = ended.line_id
        and started.usage_id = ended.usage_id
        and ended.step = -1
where
    started.step = 1
    and (coalesce(started.is_over, false) or ended.over_count > started.over_count)
