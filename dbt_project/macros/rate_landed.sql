{#- The moment at which the run looks. -#}
{% macro as_of() -%}
    cast('{{ var("as_of") }}' as {{ 'timestamp' if on_spark() else 'timestamptz' }})
{%- endmacro %}

{#- Files and records that had landed when the run looked: its `as_of`. -#}
{% macro landed(relation=none) -%}
    {{ relation ~ '.' if relation }}landed_at <= {{ as_of() }}
{%- endmacro %}
