{#- The run's billing period, end excluded. -#}
{% macro run_period_start() -%}
    cast('{{ var("period_start") }}' as date)
{%- endmacro %}

{% macro run_period_end() -%}
    cast('{{ var("period_end") }}' as date)
{%- endmacro %}

{#- One row per key: the version in force at the end of the run's period, or the last one before it when it has ended
    (a late call of a closed service still needs a node to be billed at). -#}
{% macro latest_version(relation, key) -%}
    select distinct on ({{ key }}) *
    from {{ relation }}
    where valid_from < {{ run_period_end() }}
    order by {{ key }}, valid_from desc
{%- endmacro %}
