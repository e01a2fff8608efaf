-- The components of an allowance share one quantity; two quantities under one code have no meaning.
select
    allowance_code,
    min(included_seconds) as smallest,
    max(included_seconds) as largest
from {{ ref('stg_master__allowances') }}
group by allowance_code
having
    min(included_seconds) <> max(included_seconds)
    or min(included_seconds) < 0
    or count(*) <> count(distinct price_component)
