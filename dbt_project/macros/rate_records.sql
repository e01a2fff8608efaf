{#- Text, as each engine calls it. -#}
{% macro text_type() -%}
    {{ 'string' if on_spark() else 'text' }}
{%- endmacro %}

{#- Whole seconds of an instant since 1970, fractions cut: differences of instants, never of wall clocks. -#}
{% macro epoch_seconds(instant) -%}
    {% if on_spark() %}unix_timestamp({{ instant }}){% else %}cast(floor(extract('epoch' from {{ instant }})) as bigint){% endif %}
{%- endmacro %}

{#- What two copies of a record must share: all that prices it or explains it. -#}
{% macro rate_content_columns() -%}
    {{ return([
        'usage_type', 'line_id', 'called_number', 'direction', 'zone', 'started_at', 'duration_seconds', 'page_count',
        'event_count', 'byte_count', 'unit_count', 'supplier_label', 'supplier_amount', 'not_billable_reason',
    ]) }}
{%- endmacro %}

{#- A digest of it. It costs where it is read: only records whose identity repeats are compared. -#}
{% macro rate_content_key(relation) -%}
    md5(concat_ws(
        '|'
        {%- for column in rate_content_columns() -%}
        , coalesce(cast({{ relation }}.{{ column }} as {{ text_type() }}), '<null>')
        {%- endfor -%}
    ))
{%- endmacro %}

{#- The same columns by their names; PostgreSQL's own, for a report. -#}
{% macro rate_content_json(relation) -%}
    jsonb_build_object(
        {%- for column in rate_content_columns() -%}
        '{{ column }}', {{ relation }}.{{ column }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}
