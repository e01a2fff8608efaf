-- one row per call that may draw on an allowance: how many of its billed seconds the allowance pays
{{ config(post_hook="{{ rate_analyze() }}") }}

with calls as (select * from {{ ref('int_usage__priced') }}),

allowances as (select * from {{ ref('stg_master__allowances') }}),

-- narrow: the window sorts these rows, and nothing else does
eligible as (
    select
        calls.usage_id,
        calls.line_id,
        calls.allowance_code,
        calls.period_start,
        calls.started_at,
        calls.billed_seconds,
        allowances.included_seconds
    from calls
    inner join allowances
        on
            calls.allowance_code = allowances.allowance_code
            and calls.price_component = allowances.price_component
    where calls.billed_seconds > 0
),

-- by line and code, not by service: a line that changes service inside a period does not get its share twice
in_order as (
    select
        usage_id,
        billed_seconds,
        included_seconds,
        sum(billed_seconds) over (
            partition by line_id, allowance_code, period_start
            order by started_at, usage_id
            rows between unbounded preceding and current row
        ) - billed_seconds as seconds_before
    from eligible
)

select
    usage_id,
    cast(greatest(least(billed_seconds, included_seconds - seconds_before), 0) as integer) as allowance_seconds
from in_order
