-- One row per service: its node, the billing node and sections above it, its seller, its product and its VAT.
with services as (
    {{ latest_version(ref('stg_master__services'), 'service_code') }}
),

products as (
    {{ latest_version(ref('stg_master__products'), 'product_code') }}
),

customers as (
    {{ latest_version(ref('stg_master__customers'), 'customer_code') }}
),

paths as (select * from {{ ref('int_tree__paths') }}),

placed as (
    select
        services.service_code,
        services.service_name,
        services.charge_kind,
        services.valid_from,
        services.valid_until,
        services.node_code,
        paths.customer_code,
        customers.customer_name,
        customers.seller_code,
        paths.billing_node_code,
        paths.section_codes,
        paths.section_names,
        services.product_code,
        products.is_goods,
        products.sales_account,
        case
            when coalesce(paths.buyer_kind, 'unknown') <> 'eu_business' then 'S'
            when products.is_goods then 'K' -- an intra-Community supply of goods: refused further on
            else 'AE' -- services: the buyer owes the VAT in its country
        end as vat_category,
        cast(case when paths.buyer_kind = 'eu_business' then 0 else products.vat_rate end as numeric(5, 4)) as vat_rate
    from services
    left join paths on services.node_code = paths.node_code
    left join customers on paths.customer_code = customers.customer_code
    left join products on services.product_code = products.product_code
)

select * from placed
