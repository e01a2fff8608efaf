-- one row per rule, subject (a line; for call-backs a range), day and record that justifies it: alerting, silenced or undecided
{{ config(post_hook="{{ rate_analyze() }}") }}

with found as (
    select * from {{ ref('int_fraud__velocity') }}

    union all

    select * from {{ ref('int_fraud__month') }}

    union all

    select * from {{ ref('int_fraud__off_hours') }}

    union all

    select * from {{ ref('int_fraud__first_country') }}

    union all

    select * from {{ ref('int_fraud__overlap') }}

    union all

    select * from {{ ref('int_fraud__talk_time') }}

    union all

    select * from {{ ref('int_fraud__wangiri') }}

    union all

    select * from {{ ref('int_fraud__premium') }}

    union all

    select * from {{ ref('int_fraud__dialling') }}

    union all

    select * from {{ ref('int_fraud__single') }}

    union all

    select * from {{ ref('int_fraud__high_risk') }}

    union all

    select * from {{ ref('int_fraud__drip') }}

    union all

    select * from {{ ref('int_fraud__baseline') }}
),

-- a record may justify a rule twice
grouped as (
    select
        rule_code,
        subject_key,
        usage_id,
        local_day,
        bool_or(has_history) as has_history,
        min(fired_at) as fired_at
    from found
    group by rule_code, subject_key, usage_id, local_day
),

lines_by_day as (
    select distinct
        grouped.rule_code,
        grouped.local_day,
        calls.line_id,
        calls.customer_code
    from grouped
    inner join {{ ref('int_fraud__calls') }} as calls on grouped.usage_id = calls.usage_id
),

silences as (
    select
        lines_by_day.rule_code,
        lines_by_day.local_day,
        lines_by_day.line_id,
        min(suppressions.author || '{{ nbsp() }}: ' || suppressions.reason) as silence
    from lines_by_day
    inner join {{ ref('stg_watch__suppressions') }} as suppressions
        on
            (suppressions.line_id is null or lines_by_day.line_id = suppressions.line_id)
            and (suppressions.customer_code is null or lines_by_day.customer_code = suppressions.customer_code)
            and (suppressions.rule_code is null or lines_by_day.rule_code = suppressions.rule_code)
            and lines_by_day.local_day >= suppressions.valid_from
            and lines_by_day.local_day < suppressions.valid_until
    group by lines_by_day.rule_code, lines_by_day.local_day, lines_by_day.line_id
),

explained as (
    select
        grouped.*,
        calls.line_id,
        calls.customer_code,
        calls.line_first_day,
        calls.customer_first_day,
        calls.source_code,
        calls.started_at,
        calls.ended_at,
        calls.duration_seconds,
        calls.cost,
        calls.is_cost_estimated,
        calls.destination,
        {{ rate_called_masked('calls.called_number') }} as called_masked,
        limits.history_days,
        coalesce(limits.holds_usage, false) as holds_usage,
        silences.silence
    from grouped
    inner join {{ ref('int_fraud__calls') }} as calls on grouped.usage_id = calls.usage_id
    inner join {{ ref('int_fraud__days') }} as days
        on
            grouped.local_day = days.local_day
            and days.is_watched
    left join {{ ref('int_fraud__limits') }} as limits
        on
            grouped.rule_code = limits.rule_code
            and calls.limit_key = limits.limit_key
            and grouped.local_day = limits.local_day
    left join silences
        on
            grouped.rule_code = silences.rule_code
            and grouped.local_day = silences.local_day
            and calls.line_id = silences.line_id
)

select
    {{ surrogate_key(['subject_key', 'local_day']) }} as alert_key,
    *,
    case
        when not has_history then 'not_enough_history'
        when silence is not null then 'suppressed'
        else 'alert'
    end as status
from explained
