-- one row per line and Paris day with usage to rate: who pays and by which grid version, or why nobody can say
{{ config(post_hook="{{ rate_analyze() }}") }}

with days as (
    select distinct
        line_id,
        local_day
    from {{ ref('int_usage__to_rate') }}
),

lines as (select * from {{ ref('stg_master__lines') }}),

services as (select * from {{ ref('stg_master__services') }}),

grid_versions as (select * from {{ ref('stg_master__grid_versions') }}),

-- grouped: two spans of the master data may cover the same day, and a call must not be billed twice for that
tied as (
    select
        days.line_id,
        days.local_day,
        count(*) as match_count,
        min(lines.line_id) as known_line_id,
        min(services.service_code) as service_code,
        min(services.allowance_code) as allowance_code,
        min(grid_versions.grid_version_id) as grid_version_id,
        min(grid_versions.currency_code) as currency_code
    from days
    left join lines
        on
            days.line_id = lines.line_id
            and days.local_day >= lines.valid_from
            and days.local_day < lines.valid_until
    left join services
        on
            lines.service_code = services.service_code
            and days.local_day >= services.valid_from
            and days.local_day < services.valid_until
    left join grid_versions
        on
            services.grid_code = grid_versions.grid_code
            and days.local_day >= grid_versions.valid_from
            and days.local_day < grid_versions.valid_until
    group by days.line_id, days.local_day
)

select
    line_id,
    local_day,
    service_code,
    allowance_code,
    grid_version_id,
    currency_code,
    {{ period_start_of('local_day') }} as period_start,
    {{ period_end_of('local_day') }} as period_end,
    case
        when match_count > 1 then 'ambiguous_master'
        when known_line_id is null then 'unknown_line'
        when service_code is null then 'service_not_active'
        when grid_version_id is null then 'no_grid'
    end as hold_reason
from tied
