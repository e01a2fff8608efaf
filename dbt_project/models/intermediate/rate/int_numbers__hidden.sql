-- one row per number, or start of numbers, that a bill must not show, with the days it holds for
with listed as (select * from {{ ref('hidden_numbers') }}),

endings as (
    {{ counting(3) }}
),

-- 116 of 6 digits is 116000 to 116999: short numbers are compared whole
short_numbers as (
    select
        listed.called_prefix
        || right('00' || endings.n, listed.digit_count - length(listed.called_prefix)) as called_text,
        true as is_whole,
        listed.valid_from,
        coalesce(listed.valid_until, cast('9999-12-31' as date)) as valid_until
    from listed
    inner join endings
        on
            (listed.digit_count = length(listed.called_prefix) and endings.n = 0)
            or (listed.digit_count = length(listed.called_prefix) + 1 and endings.n < 10)
            or (listed.digit_count = length(listed.called_prefix) + 2 and endings.n < 100)
            or listed.digit_count = length(listed.called_prefix) + 3
    where left(listed.called_prefix, 1) <> '+'
),

ranges as (
    select
        called_prefix as called_text,
        false as is_whole,
        valid_from,
        coalesce(valid_until, cast('9999-12-31' as date)) as valid_until
    from listed
    where left(called_prefix, 1) = '+'
)

select
    called_text,
    is_whole,
    valid_from,
    valid_until
from short_numbers

union all

select
    called_text,
    is_whole,
    valid_from,
    valid_until
from ranges
