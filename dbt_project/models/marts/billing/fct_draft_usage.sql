-- One row per rated record that a draft line bills: what the annex prints and what the register will freeze.
-- A free helpline keeps its seconds here and loses all that would name it.
with rated_usage as (select * from {{ ref('int_usage__charged') }}),

lines as (
    select * from {{ ref('fct_draft_lines') }}
    where charge_kind in ('usage', 'late_usage')
)

select
    lines.draft_id,
    lines.draft_line_id,
    lines.section_codes,
    lines.section_names,
    rated_usage.file_id,
    rated_usage.source_line,
    rated_usage.usage_id,
    rated_usage.line_id,
    case when not rated_usage.is_hidden then rated_usage.called_masked end as called_masked,
    rated_usage.is_hidden,
    case when rated_usage.is_hidden then '' else rated_usage.destination end as destination,
    rated_usage.started_at,
    rated_usage.started_local,
    rated_usage.local_day,
    rated_usage.duration_seconds,
    rated_usage.page_count,
    rated_usage.billed_seconds,
    rated_usage.allowance_seconds,
    rated_usage.grid_version_id,
    case when rated_usage.is_hidden then '' else rated_usage.prefix end as prefix, -- a short number's prefix is the number
    rated_usage.rated_amount,
    rated_usage.supplier_amount
from rated_usage
inner join lines
    on
        rated_usage.charge_kind = lines.charge_kind
        and rated_usage.period_start = lines.period_start
        and rated_usage.service_code = lines.service_code
        and rated_usage.price_component = lines.price_component
        and rated_usage.currency_code = lines.currency_code
