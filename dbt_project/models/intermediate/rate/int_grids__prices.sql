-- one row per price of a grid version, numbered, with its prefix told apart: E.164, short number, or none
with grid_prices as (select * from {{ ref('stg_master__grid_prices') }}),

free_short_numbers as (
    select distinct called_text
    from {{ ref('int_numbers__hidden') }}
    where is_whole
),

-- 3919 is a helpline, and also where Italian numbers +39 19… begin. A leading 0 (03919) says short number; so does
-- 10… or 11…, where no E.164 number begins; and so does a price of zero for a number that is free by law
told_apart as (
    select
        grid_prices.*,
        case
            when grid_prices.usage_type <> 'voice' then false
            when left(grid_prices.prefix, 1) = '0' then true
            when left(grid_prices.prefix, 2) in ('10', '11') then true
            else
                free_short_numbers.called_text is not null
                and grid_prices.connection_fee = 0
                and grid_prices.unit_price = 0
        end as is_short_number
    from grid_prices
    left join free_short_numbers on grid_prices.prefix = free_short_numbers.called_text
)

select
    row_number() over (order by grid_version_id, usage_type, prefix) as price_id,
    dense_rank() over (order by grid_version_id, usage_type) as deck_number,
    is_short_number,
    case
        when is_short_number and left(prefix, 1) = '0' then substr(prefix, 2)
        else prefix
    end as match_digits,
    grid_version_id,
    usage_type,
    prefix,
    destination,
    price_component,
    component_label,
    connection_fee,
    unit_price,
    first_increment,
    next_increment
from told_apart
