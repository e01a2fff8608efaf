-- One row per record, invoiced before, that a draft's correction line settles: what the register will freeze beside it.
with moved as (select * from {{ ref('int_usage__moved') }}),

lines as (
    select * from {{ ref('fct_draft_lines') }}
    where charge_kind = 'correction'
)

select
    lines.draft_id,
    lines.draft_line_id,
    moved.usage_id,
    moved.allowance_seconds,
    moved.rated_amount
from moved
inner join lines
    on
        moved.service_code = lines.service_code
        and moved.price_component = lines.price_component
        and moved.currency_code = lines.currency_code
        and moved.period_start = lines.period_start
