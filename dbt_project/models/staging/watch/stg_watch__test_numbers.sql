-- one row per advertised test number, or start of numbers, as known when the run looked
select
    called_prefix,
    list_name,
    valid_from,
    valid_until
from {{ source('watch', 'test_numbers') }}
where {{ known() }}
