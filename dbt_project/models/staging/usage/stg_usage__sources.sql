-- one row per described source: its rhythm, and what its silence means; the present description, whatever the `as_of`
select
    source_code,
    expected_every,
    coalesce(lateness_hours, 24) as lateness_hours,
    is_sequence_continuous,
    is_empty_day_a_file,
    known_at
from {{ source('landing', 'sources') }}
