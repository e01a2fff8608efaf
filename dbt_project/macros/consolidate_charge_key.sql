{#-
What a charge is billed once by: service, price component and period, and the currency when it is not the euro. A late
charge or a correction also says what it is, and of which earlier period.
-#}
{% macro charge_key(period_start, period_end, charge_kind="'usage'", charged_from="null") -%}
    md5(concat_ws(
        '|', service_code, price_component, cast({{ period_start }} as text), cast({{ period_end }} as text),
        nullif(currency_code, 'EUR'),
        case when {{ charge_kind }} in ('late_usage', 'correction') then {{ charge_kind }} || ' ' || {{ charged_from }} end
    ))
{%- endmacro %}
