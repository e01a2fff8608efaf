{#- The billing period that holds a Paris day. The calendar month is the default cycle; models carry both ends, never a month. -#}
{% macro period_start_of(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{% macro period_end_of(day) -%}
    cast(date_trunc('month', {{ day }}) + interval '1 month' as date)
{%- endmacro %}
