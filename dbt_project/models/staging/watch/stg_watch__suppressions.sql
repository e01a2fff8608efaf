-- one row per silence and span of valid days, as known when the run looked
select
    rule_code,
    line_id,
    customer_code,
    author,
    reason,
    valid_from,
    valid_until
from {{ source('watch', 'suppressions') }}
where {{ known() }}
