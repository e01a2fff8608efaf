{#- Rows of a two-times table as they were known when the run looked: its `as_of`. -#}
{% macro known() -%}
    known_from <= cast('{{ var("as_of") }}' as timestamptz) and known_until > cast('{{ var("as_of") }}' as timestamptz)
{%- endmacro %}
