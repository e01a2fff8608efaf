{#- Files and records that had landed when the run looked: its `as_of`. -#}
{% macro landed() -%}
    landed_at <= cast('{{ var("as_of") }}' as {{ 'timestamp' if on_spark() else 'timestamptz' }})
{%- endmacro %}
