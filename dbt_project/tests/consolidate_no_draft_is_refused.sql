-- Cases that a person decides: a draft below zero (wants a credit note), goods sold to a business of another EU country
-- (not handled), a service that nobody invoices, a master that contradicts itself. They wait; the others are billed.
{{ config(severity='warn') }}

select
    exclusion_reason,
    customer_code,
    billing_node_code,
    service_code,
    price_component,
    net_amount
from {{ ref('fct_draft_exclusions') }}
where exclusion_reason not in ('hidden_calls_only', 'zero_total')
