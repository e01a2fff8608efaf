-- Cases that a person decides before anything is issued: a draft below zero (wants a credit note), goods sold to a
-- business of another EU country (not handled), usage of a service that nobody invoices.
select
    exclusion_reason,
    customer_code,
    billing_node_code,
    service_code,
    price_component,
    net_amount
from {{ ref('fct_draft_exclusions') }}
where exclusion_reason in ('negative_total', 'goods_to_eu_business', 'no_billing_node')
