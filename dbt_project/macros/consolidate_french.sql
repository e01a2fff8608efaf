{#- What the customer reads in a line's note, spaced as invoicing/documents/french.py spaces the rest of the page. -#}
{% macro nbsp() -%}{{ "\u00a0" }}{%- endmacro %}

{#- Between thousands, and before ; ? ! -#}
{% macro narrow_nbsp() -%}{{ "\u202f" }}{%- endmacro %}

{#- '1 234,5': a quantity, without useless zeros. -#}
{% macro french_quantity(number) -%}
    translate(rtrim(to_char({{ number }}, 'FM999,999,999,999,990.9999'), '.'), ',.-', '{{ narrow_nbsp() }},−')
{%- endmacro %}

{#- '30,00 €', '0,0085 €': at least two decimals, and as many as the price has. -#}
{% macro french_price(amount) -%}
    translate(to_char({{ amount }}, 'FM999,999,999,990.0099999999'), ',.-', '{{ narrow_nbsp() }},−') || '{{ nbsp() }}€'
{%- endmacro %}

{#- '1 jour', '20 jours', '0 appel': French counts from two up. -#}
{% macro french_count(number, noun) -%}
    {{ french_quantity(number) }} || '{{ nbsp() }}{{ noun }}' || case when abs({{ number }}) >= 2 then 's' else '' end
{%- endmacro %}

{% macro french_day_of_month(day) -%}
    case when extract(day from {{ day }}) = 1 then '1er' else to_char({{ day }}, 'FMDD') end
{%- endmacro %}

{% macro french_month(day) -%}
    (array[
        'janvier', 'février', 'mars', 'avril', 'mai', 'juin',
        'juillet', 'août', 'septembre', 'octobre', 'novembre', 'décembre'
    ])[cast(extract(month from {{ day }}) as integer)]
{%- endmacro %}

{% macro french_date(day) -%}
    {{ french_day_of_month(day) }} || '{{ nbsp() }}' || {{ french_month(day) }} || '{{ nbsp() }}' || to_char({{ day }}, 'FMYYYY')
{%- endmacro %}

{#- 'du 12 au 31 octobre 2026', from a first day and an excluded end. What both days share is said once. -#}
{% macro french_days(first_day, end_day) -%}
{%- set last_day = "(" ~ end_day ~ " - 1)" -%}
    case
        when {{ first_day }} = {{ last_day }} then 'le ' || {{ french_date(first_day) }}
        else 'du ' || case
            when date_trunc('month', {{ first_day }}) = date_trunc('month', {{ last_day }})
                then {{ french_day_of_month(first_day) }}
            when date_trunc('year', {{ first_day }}) = date_trunc('year', {{ last_day }})
                then {{ french_day_of_month(first_day) }} || '{{ nbsp() }}' || {{ french_month(first_day) }}
            else {{ french_date(first_day) }}
        end || ' au ' || {{ french_date(last_day) }}
    end
{%- endmacro %}

{#- '4 h 12 min 35 s', '35 s': smaller units keep two digits below a larger one. -#}
{% macro french_duration(seconds) -%}
    case
        when {{ seconds }} >= 3600
            then {{ french_quantity(seconds ~ ' / 3600') }} || '{{ nbsp() }}h{{ nbsp() }}'
                || to_char({{ seconds }} / 60 % 60, 'FM00') || '{{ nbsp() }}min{{ nbsp() }}'
                || to_char({{ seconds }} % 60, 'FM00') || '{{ nbsp() }}s'
        when {{ seconds }} >= 60
            then to_char({{ seconds }} / 60, 'FM90') || '{{ nbsp() }}min{{ nbsp() }}'
                || to_char({{ seconds }} % 60, 'FM00') || '{{ nbsp() }}s'
        else to_char({{ seconds }}, 'FM90') || '{{ nbsp() }}s'
    end
{%- endmacro %}

{#- 'd’octobre 2026', 'de mai 2026': the month of a day, after a noun. -#}
{% macro french_of_month(day) -%}
    case when extract(month from {{ day }}) in (4, 8, 10) then 'd’' else 'de ' end
    || {{ french_month(day) }} || '{{ nbsp() }}' || to_char({{ day }}, 'FMYYYY')
{%- endmacro %}
