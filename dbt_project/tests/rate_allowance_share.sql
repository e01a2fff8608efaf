-- A line draws its included seconds once each period: all of them before any is paid, never more.
with allowances as (select * from {{ ref('stg_master__allowances') }}),

drawn as (
    select
        usage.line_id,
        usage.allowance_code,
        usage.period_start,
        max(allowances.included_seconds) as included_seconds,
        sum(usage.billed_seconds) as billed_seconds,
        sum(usage.allowance_seconds) as allowance_seconds
    from {{ ref('fct_rated_usage') }} as usage
    inner join allowances
        on
            usage.allowance_code = allowances.allowance_code
            and usage.price_component = allowances.price_component
    group by usage.line_id, usage.allowance_code, usage.period_start
)

select * from drawn
where allowance_seconds <> least(included_seconds, billed_seconds)
