{#- Whole division of whole numbers: PostgreSQL's `/`, Spark's `div`. -#}
{% macro integer_divide(dividend, divisor) -%}
    (({{ dividend }}) {{ 'div' if on_spark() else '/' }} ({{ divisor }}))
{%- endmacro %}

{#- A relation of one column `n`: 0 to 10^digit_count - 1. Neither engine's own series generator suits the other. -#}
{% macro counting(digit_count) -%}
    select
    {%- for place in range(digit_count) %} {{ '+ ' if place }}{{ 10 ** place }} * d{{ place }}.n{% endfor %} as n
    from
    {%- for place in range(digit_count) %}
    {{ 'cross join ' if place }}(
        {%- for digit in range(10) %}select {{ digit }} as n{{ ' union all ' if not loop.last }}{% endfor -%}
    ) as d{{ place }}
    {%- endfor %}
{%- endmacro %}

{#- True when a text is made of digits only and is not empty. -#}
{% macro is_digits(text) -%}
    (length({{ text }}) > 0 and length(translate({{ text }}, '0123456789', '')) = 0)
{%- endmacro %}
