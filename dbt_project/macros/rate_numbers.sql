{#- An E.164 number as 15 digits, padded before it is ever cut, or a short one meets no prefix; null for anything else. -#}
{% macro rate_number_key(called_number) -%}
    case
        when {{ called_number }} like '+%' and {{ is_digits('substr(' ~ called_number ~ ', 2)') }}
            and substr({{ called_number }}, 2, 1) <> '0'
            then cast(rpad(substr({{ called_number }}, 2), 15, '0') as bigint)
    end
{%- endmacro %}

{#- A short number (15, 3919, 118218) as an integer; null for anything else. It is matched whole, never as a prefix. -#}
{% macro rate_short_number(called_number) -%}
    case
        when length({{ called_number }}) <= 6 and {{ is_digits(called_number) }} and left({{ called_number }}, 1) <> '0'
            then cast({{ called_number }} as bigint)
    end
{%- endmacro %}

{#- One bigint that names a deck and a key of at most 9 digits: one column to join on. -#}
{% macro rate_deck_key(deck_number, key) -%}
    cast({{ deck_number }} as bigint) * 1000000000 + {{ key }}
{%- endmacro %}
