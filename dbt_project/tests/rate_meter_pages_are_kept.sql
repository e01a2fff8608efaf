-- Each page count that readings give is rated or held once, with all its pages: none lost, none counted twice.
with given as (
    select
        usage_id,
        page_count
    from {{ ref('int_meters__usage') }}
),

found as (
    select
        usage_id,
        page_count
    from {{ ref('fct_rated_usage') }}
    union all
    select
        usage_id,
        page_count
    from {{ ref('int_usage__matched') }}
    where hold_reason is not null
),

counted as (
    select
        found.usage_id,
        count(*) as row_count,
        sum(found.page_count) as page_count
    from found
    inner join given on found.usage_id = given.usage_id
    group by found.usage_id
)

select
    given.usage_id,
    given.page_count,
    counted.row_count,
    counted.page_count as found_pages
from given
left join counted on given.usage_id = counted.usage_id
where
    coalesce(counted.row_count, 0) <> 1
    or given.page_count <> coalesce(counted.page_count, 0)
