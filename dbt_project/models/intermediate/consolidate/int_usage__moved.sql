-- One row per record billed by an earlier invoice that a late one has moved in their allowance, by how much since it was
-- last billed. Only where something came late, and only what the allowance moved: a price that changed is re-rated,
-- which a person sees first.
-- an invoiced record that is held or cancelled since still has its share: to move the others would grant it twice
with gone as (
    select distinct
        invoiced.line_id,
        {{ period_start_of('invoiced.local_day') }} as period_start
    from {{ ref('stg_register__invoiced_usage') }} as invoiced
    left join {{ ref('fct_rated_usage') }} as rated_usage on invoiced.usage_id = rated_usage.usage_id
    where rated_usage.usage_id is null
),

late_allowances as (
    select distinct
        late.line_id,
        late.allowance_code,
        late.period_start
    from {{ ref('int_usage__charged') }} as late
    left join gone on late.line_id = gone.line_id and late.period_start = gone.period_start
    where
        late.charge_kind = 'late_usage'
        and late.allowance_code is not null
        and gone.line_id is null
),

billed as (
    select * from {{ ref('stg_register__invoiced_usage') }}
    where invoiced_period_start <> {{ run_period_start() }}
),

corrected as (
    select
        usage_id,
        sum(allowance_seconds) as allowance_seconds,
        sum(rated_amount) as rated_amount
    from {{ ref('stg_register__usage_corrections') }}
    where invoiced_period_start <> {{ run_period_start() }}
    group by usage_id
),

compared as (
    select
        rated_usage.usage_id,
        rated_usage.service_code,
        rated_usage.price_component,
        rated_usage.component_label,
        rated_usage.currency_code,
        rated_usage.period_start,
        rated_usage.period_end,
        rated_usage.is_hidden,
        cast(
            rated_usage.allowance_seconds - billed.allowance_seconds - coalesce(corrected.allowance_seconds, 0)
            as integer
        ) as allowance_seconds,
        cast(
            rated_usage.rated_amount - billed.rated_amount - coalesce(corrected.rated_amount, 0) as numeric(38, 12)
        ) as rated_amount
    from {{ ref('fct_rated_usage') }} as rated_usage
    inner join late_allowances
        on
            rated_usage.line_id = late_allowances.line_id
            and rated_usage.allowance_code = late_allowances.allowance_code
            and rated_usage.period_start = late_allowances.period_start
    inner join billed
        on
            rated_usage.usage_id = billed.usage_id
            and rated_usage.grid_version_id = billed.grid_version_id
    left join corrected on rated_usage.usage_id = corrected.usage_id
)

select * from compared
where allowance_seconds <> 0
