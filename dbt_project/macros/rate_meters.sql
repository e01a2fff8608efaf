{#- A serial number as it compares: 'fic-00 0005' and 'FIC000005' are one machine. Leading zeros count. -#}
{% macro rate_serial_key(serial) -%}
    translate(upper({{ serial }}), ' {{ "\u00a0\u202f" }}-_./', '')
{%- endmacro %}

{#- One row per name in a document of counters; both engines allow a row generator among the columns. -#}
{% macro rate_counter_names(counters) -%}
    {% if on_spark() %}explode(json_object_keys({{ counters }})){% else %}jsonb_object_keys({{ counters }}){% endif %}
{%- endmacro %}

{#- What a counter showed, as text; null where the machine has no such counter. -#}
{% macro rate_counter_text(counters, name) -%}
    {% if on_spark() %}get_json_object({{ counters }}, concat('$.', {{ name }})){% else %}({{ counters }} ->> {{ name }}){% endif %}
{%- endmacro %}

{#- Days from one Paris day to another. -#}
{% macro rate_days_between(first_day, last_day) -%}
    {% if on_spark() %}datediff({{ last_day }}, {{ first_day }}){% else %}({{ last_day }} - {{ first_day }}){% endif %}
{%- endmacro %}

{#- A reading within so many days before the end of a period, or on the day after it, closes the period. -#}
{% macro meter_closing_days() -%}3{%- endmacro %}
