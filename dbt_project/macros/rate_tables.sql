{#- Rating runs on PostgreSQL, and for the largest on Spark; these macros hold what differs. Linting knows no target; a
    test without a cluster asks for Spark's SQL by `engine`. -#}
{% macro on_spark() -%}
    {{ return((target is defined and target.type == 'spark') or var('engine', '') == 'spark') }}
{%- endmacro %}

{#- Statistics after a table is filled: dbt gathers none, and a plan made without them costs more than the step. -#}
{% macro rate_analyze() -%}
    analyze {{ 'table ' ~ this ~ ' compute statistics' if on_spark() else this }}
{%- endmacro %}

{#- The Paris wall clock of an instant. -#}
{% macro paris_time(instant) -%}
    {% if on_spark() %}from_utc_timestamp({{ instant }}, 'Europe/Paris'){% else %}({{ instant }} at time zone 'Europe/Paris'){% endif %}
{%- endmacro %}
