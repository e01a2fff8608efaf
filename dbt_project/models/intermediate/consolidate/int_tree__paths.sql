-- One row per node of the customer tree: where it is invoiced, the sections below that, and the buyer named there.
-- A node that no root reaches (its parent is missing, or of another customer) has no row: its services are refused.
with recursive nodes as (
    {{ latest_version(ref('stg_master__nodes'), 'node_code') }}
),

tree as (
    select
        node_code,
        customer_code,
        node_name,
        case when is_billing then node_code end as billing_node_code,
        case when is_section and not is_billing then array[node_code] else array[]::text[] end as section_codes,
        case when is_section and not is_billing then array[node_name] else array[]::text[] end as section_names,
        case when legal_name is not null then node_code end as buyer_node_code,
        email,
        order_reference,
        buyer_reference,
        contract_reference,
        channel,
        payment_means,
        payment_days,
        has_usage_annex
    from nodes
    where parent_node_code is null
    union all
    select
        nodes.node_code,
        nodes.customer_code,
        nodes.node_name,
        case when nodes.is_billing then nodes.node_code else tree.billing_node_code end as billing_node_code,
        case
            when nodes.is_billing then array[]::text[]
            when nodes.is_section then tree.section_codes || nodes.node_code
            else tree.section_codes
        end as section_codes,
        case
            when nodes.is_billing then array[]::text[]
            when nodes.is_section then tree.section_names || nodes.node_name
            else tree.section_names
        end as section_names,
        case when nodes.legal_name is not null then nodes.node_code else tree.buyer_node_code end as buyer_node_code,
        coalesce(nodes.email, tree.email) as email,
        coalesce(nodes.order_reference, tree.order_reference) as order_reference,
        coalesce(nodes.buyer_reference, tree.buyer_reference) as buyer_reference,
        coalesce(nodes.contract_reference, tree.contract_reference) as contract_reference,
        coalesce(nodes.channel, tree.channel) as channel,
        coalesce(nodes.payment_means, tree.payment_means) as payment_means,
        coalesce(nodes.payment_days, tree.payment_days) as payment_days,
        coalesce(nodes.has_usage_annex, tree.has_usage_annex) as has_usage_annex
    from nodes
    inner join tree
        on
            nodes.parent_node_code = tree.node_code
            and nodes.customer_code = tree.customer_code
),

-- The buyer and the terms are those of the billing node, not of a site below it. The buyer comes as one block: a site
-- never mixes its own SIRET with the group's name.
invoiced as (
    select
        tree.node_code,
        tree.customer_code,
        tree.node_name,
        tree.billing_node_code,
        tree.section_codes,
        tree.section_names,
        buyers.buyer_kind,
        buyers.legal_name,
        buyers.siren,
        buyers.siret,
        buyers.vat_number,
        buyers.street,
        buyers.postcode,
        buyers.city,
        buyers.country_code,
        buyers.electronic_address,
        billing_nodes.email,
        billing_nodes.order_reference,
        billing_nodes.buyer_reference,
        billing_nodes.contract_reference,
        billing_nodes.channel,
        billing_nodes.payment_means,
        billing_nodes.payment_days,
        billing_nodes.has_usage_annex
    from tree
    left join tree as billing_nodes -- left: a node that nobody invoices is named by a test, not lost here
        on tree.billing_node_code = billing_nodes.node_code
    left join nodes as buyers on billing_nodes.buyer_node_code = buyers.node_code
)

select * from invoiced
