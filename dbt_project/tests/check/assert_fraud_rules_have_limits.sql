-- a rule that finds nothing because its default limits have ended is a watch asleep
select rules.rule_code
from (
    values
    ('velocity_1h'), ('velocity_24h'), ('velocity_month'), ('off_hours'), ('first_country'), ('overlap_foreign'),
    ('overlap_channels'), ('talk_time'), ('wangiri'), ('premium'), ('short_calls'), ('sequential'), ('long_call'),
    ('test_number'), ('unknown_range'), ('satellite'), ('high_risk'), ('drip'), ('baseline')
) as rules (rule_code)
left join {{ ref('stg_watch__thresholds') }} as thresholds
    on
        rules.rule_code = thresholds.rule_code
        and thresholds.customer_code is null
        and thresholds.valid_until = 'infinity'
where thresholds.rule_code is null
