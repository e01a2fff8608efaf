-- One row per draft invoice: a billing node, a seller, a currency and a VAT that may meet on one page.
with lines as (select * from {{ ref('fct_draft_lines') }}),

bands as (select * from {{ ref('fct_draft_vat') }}),

charges as (select * from {{ ref('int_charges__placed') }}),

paths as (select * from {{ ref('int_tree__paths') }}),

keys as (
    select distinct
        draft_id,
        customer_code,
        billing_node_code,
        seller_code,
        currency_code,
        stands_alone,
        period_start,
        period_end
    from charges
    where draft_id is not null
),

-- Why a node gets several invoices, said in the report of the bill run.
split as (
    select
        *,
        nullif(concat_ws(
            ', ',
            case when min(currency_code) over node <> max(currency_code) over node then 'devise ' || currency_code end,
            case when min(seller_code) over node <> max(seller_code) over node then 'vendeur ' || seller_code end,
            case
                when bool_or(stands_alone) over node and not bool_and(stands_alone) over node
                    then case when stands_alone then 'hors TVA' else 'avec TVA' end
            end
        ), '') as split_reason
    from keys
    window node as (partition by billing_node_code)
),

line_counts as (
    select
        draft_id,
        count(*) as line_count
    from lines
    group by draft_id
),

totals as (
    select
        draft_id,
        sum(net_amount) as net_amount,
        sum(vat_amount) as vat_amount
    from bands
    group by draft_id
),

drafted as (
    select
        split.draft_id,
        '{{ var("bill_run_id") }}' as bill_run_id,
        split.seller_code,
        split.customer_code,
        split.billing_node_code as node_code,
        '380' as type_code,
        -- the buyer decides: a public body reads Chorus Pro only, and nobody else can
        case
            when paths.buyer_kind = 'public' then 'chorus'
            else coalesce(nullif(paths.channel, 'chorus'), 'email')
        end as channel,
        case when paths.buyer_kind = 'public' then '30' else coalesce(paths.payment_means, '30') end as payment_means,
        cast('{{ var("issued_on") }}' as date) as issued_on,
        coalesce(paths.payment_days, 30) as payment_days, -- the Code de commerce's term when nothing was agreed
        split.period_start,
        split.period_end,
        split.currency_code,
        totals.net_amount,
        totals.vat_amount,
        paths.buyer_kind,
        paths.legal_name,
        paths.siren,
        paths.siret,
        paths.vat_number,
        paths.street,
        paths.postcode,
        paths.city,
        paths.country_code,
        paths.electronic_address,
        paths.email,
        paths.order_reference,
        paths.buyer_reference,
        paths.contract_reference,
        coalesce(paths.has_usage_annex, false) as has_usage_annex,
        split.split_reason,
        line_counts.line_count
    from split
    inner join totals on split.draft_id = totals.draft_id
    inner join line_counts on split.draft_id = line_counts.draft_id
    inner join paths on split.billing_node_code = paths.node_code
)

select
    draft_id,
    bill_run_id,
    seller_code,
    customer_code,
    node_code,
    type_code,
    case when channel = 'chorus' then 'chorus' else 'ctc' end as rendering,
    channel,
    payment_means,
    issued_on,
    issued_on + payment_days as due_on,
    period_start,
    period_end,
    currency_code,
    cast(net_amount as numeric(18, 2)) as net_amount,
    cast(vat_amount as numeric(18, 2)) as vat_amount,
    cast(net_amount + vat_amount as numeric(18, 2)) as gross_amount,
    buyer_kind,
    legal_name,
    siren,
    siret,
    vat_number,
    street,
    postcode,
    city,
    country_code,
    electronic_address,
    email,
    order_reference,
    buyer_reference,
    contract_reference,
    has_usage_annex,
    split_reason,
    cast(line_count as integer) as line_count
from drafted
