{#-
A number as a bill prints it: French '06 39 98 XX XX', abroad '+44 7700 90 XXXX', at most 6 digits whole.
The last four digits never show; how the others are grouped is for the eye only.
-#}
{% macro rate_called_masked(called_number) -%}
    case
        when {{ called_number }} not like '+%' and length({{ called_number }}) <= 6 then {{ called_number }}
        when {{ called_number }} not like '+%'
            then left({{ called_number }}, length({{ called_number }}) - 4) || 'XXXX'
        when {{ called_number }} like '+33_________' -- 9 digits after it
            then '0' || substr({{ called_number }}, 4, 1) || ' ' || substr({{ called_number }}, 5, 2)
                || ' ' || substr({{ called_number }}, 7, 2) || ' XX XX'
        when {{ called_number }} like '+1__________' -- area code, exchange
            then '+1 ' || substr({{ called_number }}, 3, 3) || ' ' || substr({{ called_number }}, 6, 3) || ' XXXX'
        else {{ rate_masked_abroad(called_number, rate_country_code_length(called_number)) }}
    end
{%- endmacro %}

{#- Country code, what remains before the last four digits with its last pair apart, XXXX. -#}
{% macro rate_masked_abroad(called_number, code_length) -%}
    {%- set shown_length = 'greatest(length(' ~ called_number ~ ') - 5 - (' ~ code_length ~ '), 0)' -%}
    left({{ called_number }}, 1 + ({{ code_length }}))
    || case
        when {{ shown_length }} > 3
            then ' ' || substr({{ called_number }}, 2 + ({{ code_length }}), {{ shown_length }} - 2)
                || ' ' || substr({{ called_number }}, length({{ called_number }}) - 5, 2)
        when {{ shown_length }} > 0 then ' ' || substr({{ called_number }}, 2 + ({{ code_length }}), {{ shown_length }})
        else ''
    end
    || ' XXXX'
{%- endmacro %}

{#- ITU-T E.164 country codes have 1 digit (1, 7), 2 (listed) or 3 (all others). -#}
{% macro rate_country_code_length(called_number) -%}
    case
        when substr({{ called_number }}, 2, 1) in ('1', '7') then 1
        when substr({{ called_number }}, 2, 2) in (
            '20', '27', '30', '31', '32', '33', '34', '36', '39', '40', '41', '43', '44', '45', '46', '47', '48', '49',
            '51', '52', '53', '54', '55', '56', '57', '58', '60', '61', '62', '63', '64', '65', '66',
            '81', '82', '84', '86', '90', '91', '92', '93', '94', '95', '98'
        ) then 2
        else 3
    end
{%- endmacro %}
