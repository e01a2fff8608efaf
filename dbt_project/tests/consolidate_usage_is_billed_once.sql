-- Every rated record that the run bills, late ones included, is on exactly one draft line, on an issued invoice, in a charge that is kept off
-- the drafts with its reason, or in a billed charge that shows its difference.
with rated_usage as (
    select
        usage_id,
        file_id,
        source_line,
        {{ charge_key(run_period_start(), run_period_end(), 'charge_kind', 'period_start') }} as charge_id
    from {{ ref('int_usage__charged') }}
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
