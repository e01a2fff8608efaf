{#- What a charge is billed once by: service, price component and period, and the currency when it is not the euro. -#}
{% macro charge_key(period_start, period_end) -%}
    md5(concat_ws(
        '|', service_code, price_component, cast({{ period_start }} as text), cast({{ period_end }} as text),
        nullif(currency_code, 'EUR')
    ))
{%- endmacro %}
