-- A draft's net is the sum of its lines and of its VAT bands, its gross adds the bands' VAT, its lines count from 1.
with lines as (
    select
        draft_id,
        sum(net_amount) as net_amount,
        count(*) as line_count,
        max(line_position) as last_position,
        count(distinct line_position) as position_count
    from {{ ref('fct_draft_lines') }}
    group by draft_id
),

bands as (
    select
        draft_id,
        sum(net_amount) as net_amount,
        sum(vat_amount) as vat_amount
    from {{ ref('fct_draft_vat') }}
    group by draft_id
)

select
    drafts.draft_id,
    drafts.net_amount,
    drafts.gross_amount,
    lines.net_amount as lines_net_amount,
    bands.net_amount as bands_net_amount
from {{ ref('fct_drafts') }} as drafts
full outer join lines on drafts.draft_id = lines.draft_id
full outer join bands on drafts.draft_id = bands.draft_id
where
    drafts.net_amount is distinct from lines.net_amount
    or drafts.net_amount is distinct from bands.net_amount
    or drafts.vat_amount is distinct from bands.vat_amount
    or drafts.gross_amount is distinct from drafts.net_amount + drafts.vat_amount
    or drafts.line_count is distinct from lines.line_count
    or lines.last_position is distinct from lines.line_count
    or lines.position_count is distinct from lines.line_count
