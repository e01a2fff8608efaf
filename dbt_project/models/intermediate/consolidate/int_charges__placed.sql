-- One row per charge that no issued invoice has billed: the draft that it goes to, or the reason why it goes to none.
{%- set draft_key = ["billing_node_code", "seller_code", "currency_code", "stands_alone"] %}
with charges as (select * from {{ ref('fct_charges') }}),

billed as (select charge_id from {{ ref('stg_register__charges') }}),

services as (select * from {{ ref('int_services__placed') }}),

placed as (
    select
        charges.*,
        services.service_name,
        services.node_code,
        services.customer_code,
        services.seller_code,
        services.billing_node_code,
        services.section_codes,
        services.section_names,
        services.is_goods,
        services.sales_account,
        services.vat_category,
        services.vat_rate,
        services.vat_category = 'O' as stands_alone, -- BR-O-11: what is outside VAT meets no other category
        case
            when services.billing_node_code is null then 'no_billing_node'
            when services.seller_code is null then 'unknown_customer'
            when services.sales_account is null then 'unknown_product'
            when charges.is_ambiguous then 'ambiguous_master'
            when services.vat_category = 'K' then 'goods_to_eu_business'
            when charges.record_count > 0 and charges.record_count = charges.hidden_count and charges.net_amount = 0
                then 'hidden_calls_only'
        end as charge_reason
    from charges
    left join services on charges.service_code = services.service_code
    left join billed on charges.charge_id = billed.charge_id
    where billed.charge_id is null -- billed once: a change since is a difference, not a line
),

totalled as (
    select
        *,
        sum(net_amount) filter (where charge_reason is null) over same_draft as draft_net_amount,
        string_agg(charge_id, ',') filter (where charge_reason is null) over same_draft as draft_charges
    from placed
    window same_draft as (
        partition by {{ draft_key | join(', ') }}
        order by charge_id
        rows between unbounded preceding and unbounded following
    )
),

decided as (
    select
        *,
        coalesce(
            charge_reason,
            case when draft_net_amount = 0 then 'zero_total' when draft_net_amount < 0 then 'negative_total' end
        ) as exclusion_reason
    from totalled
),

-- A draft is its node, its split and its charges: the same whichever run computes it, and another one when charges
-- arrive after the node was invoiced.
named as (
    select
        *,
        case
            when exclusion_reason is null
                then {{ surrogate_key(draft_key + ["period_start", "period_end", "draft_charges"]) }}
        end as draft_id
    from decided
)

select * from named
