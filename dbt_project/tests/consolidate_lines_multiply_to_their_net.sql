-- BT-131: quantity × price gives the net to the cent. No official rule checks it, so this one does.
select
    draft_id,
    line_position,
    quantity,
    unit_price,
    net_amount
from {{ ref('fct_draft_lines') }}
where round(quantity * unit_price, 2) <> net_amount or unit_price < 0
