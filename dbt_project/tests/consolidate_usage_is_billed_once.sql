-- Every rated record of the period is on exactly one draft line, on an issued invoice, in a charge that is kept off
-- the drafts with its reason, or in a billed charge that shows its difference.
with rated_usage as (
    select
        usage_id,
        file_id,
        source_line,
        {{ charge_key('period_start', 'period_end') }} as charge_id
    from {{ ref('fct_rated_usage') }}
    where period_start = {{ run_period_start() }} and period_end = {{ run_period_end() }}
),

billed as (select usage_id from {{ ref('stg_register__invoiced_usage') }}),

places as (
    select usage_id from {{ ref('fct_draft_usage') }}
    union all
    select usage_id from billed
    union all
    select rated_usage.usage_id
    from rated_usage
    inner join {{ ref('fct_draft_exclusions') }} as excluded on rated_usage.charge_id = excluded.charge_id
    union all
    select rated_usage.usage_id
    from rated_usage
    inner join {{ ref('fct_charge_differences') }} as differing on rated_usage.charge_id = differing.charge_id
    left join billed on rated_usage.usage_id = billed.usage_id
    where billed.usage_id is null
),

counted as (
    select
        usage_id,
        count(*) as place_count
    from places
    group by usage_id
)

select
    rated_usage.usage_id,
    rated_usage.file_id,
    rated_usage.source_line,
    coalesce(counted.place_count, 0) as place_count
from rated_usage
left join counted on rated_usage.usage_id = counted.usage_id
where coalesce(counted.place_count, 0) <> 1
