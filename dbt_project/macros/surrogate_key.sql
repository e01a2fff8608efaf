{#- One text key from several columns: md5 of their texts, a null told from an empty text. -#}
{% macro surrogate_key(columns) -%}
    md5(concat_ws('|', {% for column in columns %}coalesce(cast({{ column }} as text), '<null>'){% if not loop.last %}, {% endif %}{% endfor %}))
{%- endmacro %}
