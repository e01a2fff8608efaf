-- two prices of a prefix on one day would leave the estimate to chance
with listed as (
    select
        'estimated_prices' as list_name,
        called_prefix,
        valid_from,
        valid_until
    from {{ ref('estimated_prices') }}

    union all

    select
        'watched_prefixes' as list_name,
        called_prefix,
        valid_from,
        valid_until
    from {{ ref('watched_prefixes') }}
)

select
    list_name,
    called_prefix,
    count(*) as row_count
from (
    select
        *,
        lead(valid_from) over (partition by list_name, called_prefix order by valid_from) as next_from
    from listed
) as spans
where next_from < coalesce(valid_until, 'infinity')
group by list_name, called_prefix
