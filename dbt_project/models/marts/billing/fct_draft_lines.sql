-- One row per charge of a draft, in the order of the page: sections as in the tree, then subscriptions, usage, late usage, sales.
with charges as (
    select * from {{ ref('int_charges__placed') }}
    where exclusion_reason is null
),

placed as (
    select
        *,
        count(*) over (partition by draft_id, section_codes, price_component, charge_kind, charged_from) > 1 as is_name_shared,
        row_number() over (
            partition by draft_id
            order by
                section_codes collate "C",
                array_position(array['recurring', 'usage', 'late_usage', 'correction', 'one_off'], charge_kind),
                node_code collate "C",
                service_code collate "C",
                price_component collate "C",
                charged_from
        ) as line_position
    from charges
)

select
    draft_id,
    {{ surrogate_key(['draft_id', 'charge_id']) }} as draft_line_id,
    cast(line_position as integer) as line_position,
    section_codes,
    section_names,
    node_code,
    service_code,
    charge_kind,
    price_component,
    charge_id,
    -- calls of two services under one heading are told apart by the service
    case
        when charge_kind in ('usage', 'late_usage', 'correction') and is_name_shared then line_name || '{{ nbsp() }}– ' || service_name
        else line_name
    end as line_name,
    line_note,
    quantity,
    unit_code,
    unit_price,
    net_amount,
    vat_category,
    vat_rate,
    sales_account,
    is_goods,
    charged_from as period_start,
    charged_until as period_end,
    currency_code
from placed
