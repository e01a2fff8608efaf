-- Prices that rating could not read as meant: another writing of the prefix, more than 9 digits, a step of no seconds,
-- a prefix twice. Mend the row in the grid: a shorter prefix must not price its calls meanwhile.
with prices as (select * from {{ ref('int_grids__prices') }}),

repeated as (
    select
        deck_number,
        is_short_number,
        match_digits
    from prices
    group by deck_number, is_short_number, match_digits
    having count(*) > 1
)

select
    prices.grid_version_id,
    prices.usage_type,
    prices.prefix,
    prices.first_increment,
    prices.next_increment,
    repeated.match_digits is not null as is_repeated
from prices
left join repeated
    on
        prices.deck_number = repeated.deck_number
        and prices.is_short_number = repeated.is_short_number
        and prices.match_digits = repeated.match_digits
where
    repeated.match_digits is not null
    or not ({{ is_digits('prices.match_digits') }} or prices.match_digits = '')
    or length(prices.match_digits) > 9
    or (prices.is_short_number and length(prices.match_digits) > 6)
    or (prices.usage_type <> 'voice' and prices.prefix <> '')
    or prices.first_increment < 1
    or prices.next_increment < 1
