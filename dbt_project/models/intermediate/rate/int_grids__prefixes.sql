{{ config(post_hook="{{ rate_analyze() }}") }}
-- one row per key that a number may meet: E.164 prefixes expanded to 3, 5, 7 or 9 digits, short numbers whole (length 0)
with prices as (
    select
        price_id,
        deck_number,
        is_short_number,
        match_digits,
        length(match_digits) as prefix_length,
        case
            when is_short_number then 0
            when length(match_digits) <= 3 then 3
            when length(match_digits) <= 5 then 5
            when length(match_digits) <= 7 then 7
            when length(match_digits) <= 9 then 9
        end as match_length
    from {{ ref('int_grids__prices') }}
    where {{ is_digits('match_digits') }}
),

endings as (
    {{ counting(2) }}
),

expanded as (
    select
        prices.price_id,
        prices.deck_number,
        prices.match_length,
        prices.prefix_length,
        cast(rpad(prices.match_digits, greatest(prices.match_length, prices.prefix_length), '0') as bigint)
        + endings.n as prefix_key
    from prices
    inner join endings
        on
            (prices.match_length <= prices.prefix_length and endings.n = 0)
            or (prices.match_length = prices.prefix_length + 1 and endings.n < 10)
            or prices.match_length = prices.prefix_length + 2
),

ranked as (
    select
        *,
        row_number() over (
            partition by deck_number, match_length, prefix_key
            order by prefix_length desc, price_id asc
        ) as length_position
    from expanded
)

select
    match_length,
    {{ rate_deck_key('deck_number', 'prefix_key') }} as deck_key,
    price_id
from ranked
where length_position = 1
