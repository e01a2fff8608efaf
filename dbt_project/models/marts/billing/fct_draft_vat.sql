-- One row per draft, VAT category and rate: the VAT is computed once there, never per line.
with lines as (select * from {{ ref('fct_draft_lines') }}),

summed as (
    select
        draft_id,
        vat_category,
        vat_rate,
        sum(net_amount) as net_amount
    from lines
    group by draft_id, vat_category, vat_rate
)

select
    draft_id,
    vat_category,
    vat_rate,
    cast(net_amount as numeric(18, 2)) as net_amount,
    cast(round(net_amount * vat_rate, 2) as numeric(18, 2)) as vat_amount, -- BR-CO-17; ties go away from zero
    case when vat_category = 'AE' then 'VATEX-EU-AE' end as exemption_code,
    case
        when vat_category = 'AE'
            then 'Autoliquidation – article{{ nbsp() }}283-2 du CGI, article{{ nbsp() }}196 de la directive{{ nbsp() }}2006/112/CE'
    end as exemption_reason
from summed
