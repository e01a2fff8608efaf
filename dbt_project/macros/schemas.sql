{#- A model lives in the schema of its step, `billing`, not `public_billing`: the ERP reads these names. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
