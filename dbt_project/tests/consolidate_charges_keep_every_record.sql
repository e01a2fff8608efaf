-- The run's rated records, late ones included, seconds, pages and amounts are all in the charges: nothing is lost before the tree.
with rated_usage as (
    select
        count(*) as record_count,
        coalesce(sum(duration_seconds), 0) as duration_seconds,
        coalesce(sum(page_count), 0) as page_count,
        coalesce(sum(rated_amount), 0) as amount
    from {{ ref('int_usage__charged') }}
),

charges as (
    select
        coalesce(sum(record_count), 0) as record_count,
        coalesce(sum(duration_seconds), 0) as duration_seconds,
        coalesce(sum(page_count), 0) as page_count,
        coalesce(sum(net_amount), 0) as net_amount,
        count(*) as charge_count
    from {{ ref('fct_charges') }}
    where charge_kind in ('usage', 'late_usage')
)

select
    rated_usage.record_count as rated_count,
    charges.record_count as charged_count,
    rated_usage.duration_seconds as rated_seconds,
    charges.duration_seconds as charged_seconds,
    rated_usage.amount as rated_amount,
    charges.net_amount as charged_amount
from rated_usage
cross join charges
where
    rated_usage.record_count <> charges.record_count
    or rated_usage.duration_seconds <> charges.duration_seconds
    or rated_usage.page_count <> charges.page_count
    or abs(rated_usage.amount - charges.net_amount) > 0.005 * charges.charge_count -- half a cent for each rounding
