{#- The moment at which a watch looks: the run's `as_of`; a build that names none looks now. -#}
{% macro watched_at() -%}
    {% if var("as_of").startswith("9999") %}current_timestamp{% else %}{{ as_of() }}{% endif %}
{%- endmacro %}

{#- Its Paris day. -#}
{% macro watched_day() -%}
    cast({{ paris_time(watched_at()) }} as date)
{%- endmacro %}

{#- How far back the completeness reports go: eight months of a monthly source, and the quarter that they judge. -#}
{% macro completeness_first_day() -%}
    ({{ watched_day() }} - 400)
{%- endmacro %}

{#- The last day of the span that one delivery answers for: a day, the Sunday of a week, the last day of a month. -#}
{% macro completeness_span_end(expected_every, day) -%}
    case {{ expected_every }}
        when 'week' then cast(date_trunc('week', {{ day }}) as date) + 6
        when 'month' then cast(date_trunc('month', {{ day }}) + interval '1 month' as date) - 1
        else {{ day }}
    end
{%- endmacro %}

{#- How far a count may be from its median before it is a drift: 6 MAD, where a MAD under 1 or 5 % of the median is noise. -#}
{% macro completeness_band(median, mad) -%}
    6 * greatest({{ mad }}, 1, 0.05 * {{ median }})
{%- endmacro %}

{#- '02/11/2026', for the people who read a watch. -#}
{% macro watch_date(day) -%}
    to_char({{ day }}, 'DD/MM/YYYY')
{%- endmacro %}
