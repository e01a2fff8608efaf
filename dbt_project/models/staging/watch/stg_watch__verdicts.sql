-- one row per alert that somebody answered, with the last word when the run looked
with words as (
    select
        alert_key,
        status,
        verdict,
        decided_by,
        decided_at,
        reason,
        row_number() over (partition by alert_key order by decided_at desc, decision_id desc) as word_position
    from {{ source('watch', 'decisions') }}
    where decided_at <= {{ as_of() }}
)

select
    alert_key,
    status,
    verdict,
    decided_by,
    decided_at,
    reason
from words
where word_position = 1
