-- A hidden number on two rows of the same days would rate its calls twice; a range of another length would meet none.
with hidden as (select * from {{ ref('int_numbers__hidden') }})

select
    earlier.called_text,
    earlier.valid_from,
    earlier.valid_until
from hidden as earlier
inner join hidden as later
    on
        earlier.called_text = later.called_text
        and earlier.valid_from <= later.valid_from
        and earlier.valid_until > later.valid_from
group by earlier.called_text, earlier.valid_from, earlier.valid_until
having count(*) > 1

union all

select
    called_text,
    valid_from,
    valid_until
from hidden
where not is_whole and length(called_text) <> 6
