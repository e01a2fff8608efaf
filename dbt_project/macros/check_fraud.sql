{#- The limits of one rule: a row for each customer and watched day, none where the rule is switched off. -#}
{% macro fraud_limits(rule_code) -%}
    (select * from {{ ref('int_fraud__limits') }} where rule_code = '{{ rule_code }}')
{%- endmacro %}

{#- Whether the days since `first_day` are enough to tell what is usual. -#}
{% macro fraud_has_history(day, first_day) -%}
    ({{ day }} - {{ first_day }} >= coalesce(limits.history_days, 0))
{%- endmacro %}

{#-
The records that took a sliding window over its limit: each one that has an `is_over` at most `reach` after it, on the day
of the first such moment. One pass, no self-join.
  judged: subject_key, usage_id, started_at, local_day, is_over, has_history, fired_at
-#}
{% macro fraud_window_evidence(rule_code, judged, reach) -%}
    select
        '{{ rule_code }}' as rule_code,
        subject_key,
        usage_id,
        coalesce(fired_day, doubtful_day) as local_day,
        case when fired_day is null then doubtful_at else fired_at end as fired_at,
        fired_day is not null as has_history
    from (
        select
            subject_key,
            usage_id,
            min(local_day) filter (where is_over and has_history) over ahead as fired_day,
            min(fired_at) filter (where is_over and has_history) over ahead as fired_at,
            min(local_day) filter (where is_over and not has_history) over ahead as doubtful_day,
            min(fired_at) filter (where is_over and not has_history) over ahead as doubtful_at
        from {{ judged }}
        window ahead as (
            partition by subject_key order by started_at range between current row and interval '{{ reach }}' following
        )
    ) as {{ rule_code }}_windows
    where coalesce(fired_day, doubtful_day) is not null
{%- endmacro %}

{#- How much of a number the lists look at, '+' included: no prefix of theirs is longer. -#}
{% macro fraud_start_length() -%}8{%- endmacro %}

{#- The exact median: the middle value, or half-way between the two; percentile_cont would make it a float. -#}
{% macro fraud_median(value) -%}
    (
        percentile_disc(0.5) within group (order by {{ value }} asc)
        + percentile_disc(0.5) within group (order by {{ value }} desc)
    ) / 2
{%- endmacro %}
