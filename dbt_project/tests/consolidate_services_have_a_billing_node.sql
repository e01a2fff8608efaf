-- A service in use that no node invoices would be given away: flag a node above it as billing, or mend the tree.
{{ config(severity='warn') }}

select
    service_code,
    service_name,
    node_code,
    customer_code
from {{ ref('int_services__placed') }}
where billing_node_code is null and valid_until > {{ run_period_start() }}
