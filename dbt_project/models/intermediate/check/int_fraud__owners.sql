-- one row per line and day with calls: whose line it is, and since when the line and the customer are seen calling
{{ config(post_hook="{{ rate_analyze() }}") }}

with line_days as (
    select distinct
        line_id,
        local_day
    from {{ ref('int_fraud__usage') }}
),

lines as (select * from {{ ref('stg_master__lines') }}),

services as (select * from {{ ref('stg_master__services') }}),

nodes as (select * from {{ ref('stg_master__nodes') }}),

-- grouped: master data that names two owners must not double a call; left: a line that nobody owns is watched too
owned as (
    select
        line_days.line_id,
        line_days.local_day,
        min(nodes.customer_code) as customer_code
    from line_days
    left join lines
        on
            line_days.line_id = lines.line_id
            and line_days.local_day >= lines.valid_from
            and line_days.local_day < lines.valid_until
    left join services
        on
            lines.service_code = services.service_code
            and line_days.local_day >= services.valid_from
            and line_days.local_day < services.valid_until
    left join nodes
        on
            services.node_code = nodes.node_code
            and line_days.local_day >= nodes.valid_from
            and line_days.local_day < nodes.valid_until
    group by line_days.line_id, line_days.local_day
)

select
    line_id,
    local_day,
    customer_code,
    coalesce(customer_code, 'line ' || line_id) as customer_key,
    min(local_day) over (partition by line_id) as line_first_day,
    min(local_day) over (partition by coalesce(customer_code, 'line ' || line_id)) as customer_first_day
from owned
