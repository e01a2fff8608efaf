"""The register's statements. Drafts come from dbt (`billing.*`), the register is written here and never changed."""

OPEN_BILL_RUN = """
with known as (
    select bill_run_id from register.bill_runs where run_key = %(run_key)s
),

opened as (
    insert into register.bill_runs (
        bill_run_id, run_key, seller_code, period_start, period_end, as_of, issued_on, code_version
    )
    select
        concat_ws('-', %(seller_code)s::text, %(period_start)s::date, (
            select count(*) + 1 from register.bill_runs
            where seller_code = %(seller_code)s and period_start = %(period_start)s
        )),
        %(run_key)s, %(seller_code)s, %(period_start)s, %(period_end)s, %(as_of)s, %(issued_on)s, %(code_version)s
    where not exists (select 1 from known)
    returning bill_run_id
)

select bill_run_id from known union all select bill_run_id from opened
"""

# The seller as it was known when the run looked, and the buyer of the draft, as one value that never changes again.
PARTIES = """
jsonb_build_object(
    'seller', (
        select to_jsonb(seller) - '{known_from,known_until,valid_from,valid_until}'::text[]
        from master.sellers as seller
        where seller.seller_code = draft.seller_code
            and seller.valid_from <= draft.issued_on and draft.issued_on < seller.valid_until
            and seller.known_from <= run.as_of and run.as_of < seller.known_until
    ),
    'buyer', jsonb_build_object(
        'buyer_kind', draft.buyer_kind, 'legal_name', draft.legal_name, 'siren', draft.siren, 'siret', draft.siret,
        'vat_number', draft.vat_number, 'street', draft.street, 'postcode', draft.postcode, 'city', draft.city,
        'country_code', draft.country_code, 'electronic_address', draft.electronic_address, 'email', draft.email,
        'order_reference', draft.order_reference, 'buyer_reference', draft.buyer_reference,
        'contract_reference', draft.contract_reference, 'payment_means', draft.payment_means,
        'has_usage_annex', draft.has_usage_annex
    )
)
"""

# Drafts of the run that nothing holds and that no invoice has taken.
OPEN_DRAFTS = """
billing.fct_drafts as draft
inner join register.bill_runs as run on draft.bill_run_id = run.bill_run_id
where run.bill_run_id = %(bill_run_id)s
    and draft.seller_code = run.seller_code -- a series is one seller's
    and not exists (select 1 from register.invoices as issued where issued.draft_id = draft.draft_id)
"""
NOT_HELD = """
and not exists (
    select 1 from register.draft_holds as hold
    where hold.bill_run_id = run.bill_run_id and hold.draft_id = draft.draft_id
)
"""

DRAFT_HEADS = f"""
select draft.*, %(number)s as invoice_number, {PARTIES} as parties
from {OPEN_DRAFTS} order by draft.customer_code, draft.node_code, draft.draft_id
"""

DRAFT_LINES = f"""
select line.* from billing.fct_draft_lines as line
inner join (select draft.draft_id from {OPEN_DRAFTS}) as draft on line.draft_id = draft.draft_id
"""

DRAFT_VAT = f"""
select band.* from billing.fct_draft_vat as band
inner join (select draft.draft_id from {OPEN_DRAFTS}) as draft on band.draft_id = draft.draft_id
"""

# SHA-256 over every draft, line, band and line's usage: whatever the approver could have seen otherwise.
DRAFTS_DIGEST = f"""
with draft as materialized (select draft.* from {OPEN_DRAFTS} {NOT_HELD}),

texts as (
    select to_jsonb(draft)::text as t from draft
    union all
    select to_jsonb(line)::text from billing.fct_draft_lines as line
    inner join draft on line.draft_id = draft.draft_id
    union all
    select to_jsonb(band)::text from billing.fct_draft_vat as band
    inner join draft on band.draft_id = draft.draft_id
    union all
    select concat_ws('|', usage.draft_line_id, count(*), sum(usage.rated_amount))
    from billing.fct_draft_usage as usage
    inner join billing.fct_draft_lines as line on usage.draft_line_id = line.draft_line_id
    inner join draft on line.draft_id = draft.draft_id
    group by usage.draft_line_id
)

select
    encode(sha256(convert_to(coalesce(string_agg(t, E'\\n' order by t collate "C"), ''), 'UTF8')), 'hex') as digest,
    (select count(*) from draft) as draft_count
from texts
"""

CLOSE_DRAFTS = f"""
update register.bill_runs as run set
    drafts_digest = sealed.digest,
    draft_count = sealed.draft_count,
    state = case when sealed.draft_count = 0 then 'empty' else 'checked' end
from ({DRAFTS_DIGEST}) as sealed
where run.bill_run_id = %(bill_run_id)s and run.state in ('computed', 'checked', 'empty')
returning run.*
"""

RECORD_ANSWER = """
update register.bill_runs
set state = %(state)s, approved_by = %(by)s, approved_at = %(at)s, approved_digest = %(digest)s
where bill_run_id = %(bill_run_id)s and state = 'checked'
"""

SERIES_PREFIX = """
select seller.invoice_series
from master.sellers as seller
inner join register.bill_runs as run on run.bill_run_id = %(bill_run_id)s
where seller.seller_code = %(seller_code)s
    and seller.valid_from <= run.issued_on and run.issued_on < seller.valid_until
    and seller.known_from <= run.as_of and run.as_of < seller.known_until
"""

ENSURE_SERIES = """
insert into register.series (seller_code, series) values (%(seller_code)s, %(series)s) on conflict do nothing
"""

LAST_OF_SERIES = """
select last_number, last_issued_on from register.series where seller_code = %(seller_code)s and series = %(series)s
"""
LOCK_SERIES = f"{LAST_OF_SERIES} for update"

ADVANCE_SERIES = """
update register.series set last_number = %(last_number)s, last_issued_on = %(issued_on)s
where seller_code = %(seller_code)s and series = %(series)s
"""

DRAFTS_TO_NUMBER = f"""
select draft.draft_id from {OPEN_DRAFTS} {NOT_HELD} order by draft.customer_code, draft.node_code, draft.draft_id
"""

FREEZE_INVOICES = f"""
insert into register.invoices (
    invoice_number, draft_id, bill_run_id, seller_code, series, series_position, customer_code, node_code, type_code,
    rendering, channel, issued_on, due_on, period_start, period_end, currency_code, net_amount, vat_amount,
    gross_amount, parties
)
select
    drawn.invoice_number, draft.draft_id, run.bill_run_id, draft.seller_code, %(series)s, drawn.series_position,
    draft.customer_code, draft.node_code, draft.type_code, draft.rendering, draft.channel, run.issued_on, draft.due_on,
    draft.period_start, draft.period_end, draft.currency_code, draft.net_amount, draft.vat_amount, draft.gross_amount,
    {PARTIES}
from drawn
inner join billing.fct_drafts as draft on drawn.draft_id = draft.draft_id
inner join register.bill_runs as run on run.bill_run_id = %(bill_run_id)s
"""

FREEZE_LINES = """
insert into register.invoice_lines (
    invoice_line_id, invoice_number, line_position, section_codes, section_names, node_code, service_code,
    price_component, line_name, line_note, quantity, unit_code, unit_price, net_amount, vat_category, vat_rate,
    sales_account, is_goods, period_start, period_end
)
select
    line.draft_line_id, drawn.invoice_number, line.line_position, line.section_codes, line.section_names,
    line.node_code, line.service_code, line.price_component, line.line_name, line.line_note, line.quantity,
    line.unit_code, line.unit_price, line.net_amount, line.vat_category, line.vat_rate, line.sales_account,
    line.is_goods, line.period_start, line.period_end
from drawn
inner join billing.fct_draft_lines as line on drawn.draft_id = line.draft_id
"""

FREEZE_VAT = """
insert into register.invoice_vat (
    invoice_number, vat_category, vat_rate, net_amount, vat_amount, exemption_code, exemption_reason
)
select
    drawn.invoice_number, band.vat_category, band.vat_rate, band.net_amount, band.vat_amount, band.exemption_code,
    band.exemption_reason
from drawn
inner join billing.fct_draft_vat as band on drawn.draft_id = band.draft_id
"""

FREEZE_USAGE = """
insert into register.invoiced_usage (
    invoice_line_id, file_id, source_line, usage_id, line_id, called_masked, is_hidden, destination, started_at,
    local_day, duration_seconds, page_count, billed_seconds, allowance_seconds, grid_version_id, prefix, rated_amount,
    supplier_amount
)
select
    usage.draft_line_id, usage.file_id, usage.source_line, usage.usage_id, usage.line_id, usage.called_masked,
    usage.is_hidden, usage.destination, usage.started_at, usage.local_day, usage.duration_seconds, usage.page_count,
    usage.billed_seconds, usage.allowance_seconds, usage.grid_version_id, usage.prefix, usage.rated_amount,
    usage.supplier_amount
from drawn
inner join billing.fct_draft_lines as line on drawn.draft_id = line.draft_id
inner join billing.fct_draft_usage as usage on line.draft_line_id = usage.draft_line_id
"""

FREEZE_CORRECTIONS = """
insert into register.usage_corrections (invoice_line_id, usage_id, allowance_seconds, rated_amount)
select moved.draft_line_id, moved.usage_id, moved.allowance_seconds, moved.rated_amount
from drawn
inner join billing.fct_draft_corrections as moved on drawn.draft_id = moved.draft_id
"""

FREEZE_CHARGES = """
insert into register.charges (charge_id, invoice_line_id, net_amount)
select line.charge_id, line.draft_line_id, line.net_amount
from drawn
inner join billing.fct_draft_lines as line on drawn.draft_id = line.draft_id
"""

FREEZE = (FREEZE_INVOICES, FREEZE_LINES, FREEZE_VAT, FREEZE_USAGE, FREEZE_CORRECTIONS, FREEZE_CHARGES)

WITHOUT_DOCUMENT = """
select invoice.invoice_number from register.invoices as invoice
where invoice.bill_run_id = %(bill_run_id)s
    and not exists (
        select 1 from register.documents as document
        where document.invoice_number = invoice.invoice_number and document.kind = 'factur-x'
    )
order by invoice.series, invoice.series_position
"""

DOCUMENTS = """
select document.file_name, document.archive_path, invoice.period_start
from register.documents as document
inner join register.invoices as invoice on document.invoice_number = invoice.invoice_number
where invoice.bill_run_id = %(bill_run_id)s
order by document.document_position
"""

# Helplines are left out of every output; what they weigh is zero.
ANNEX = """
select usage.*, usage.started_at at time zone 'Europe/Paris' as started_local, line.section_names
from register.invoiced_usage as usage
inner join register.invoice_lines as line on usage.invoice_line_id = line.invoice_line_id
where line.invoice_number = %(invoice_number)s and not usage.is_hidden
order by line.section_codes, usage.line_id, usage.started_at, usage.usage_id
"""

LAST_OF_CHAIN = "select chain_sha256 from register.documents order by document_position desc limit 1"

REGISTER_DOCUMENT = """
insert into register.documents (
    invoice_number, kind, file_name, archive_path, byte_count, sha256, previous_sha256, chain_sha256, verdicts
)
values (
    %(invoice_number)s, %(kind)s, %(file_name)s, %(archive_path)s, %(byte_count)s, %(sha256)s, %(previous)s,
    %(chain)s, %(verdicts)s
)
on conflict (invoice_number, kind) do nothing
"""

REPORT = {
    "customers": f"""
        with draft as (
            select draft.customer_code, draft.currency_code, count(*) as draft_count,
                sum(draft.net_amount) as net_amount, sum(draft.gross_amount) as gross_amount
            from {OPEN_DRAFTS} {NOT_HELD}
            group by draft.customer_code, draft.currency_code
        )

        select
            customer.customer_code, customer.customer_name, customer.currency_code, customer.previous_net_amount,
            coalesce(draft.draft_count, 0) as draft_count, coalesce(draft.net_amount, 0) as net_amount,
            coalesce(draft.gross_amount, 0) as gross_amount,
            coalesce(draft.net_amount, 0) + customer.issued_net_amount - customer.previous_net_amount
                as difference_amount
        from billing.rpt_bill_run as customer
        left join draft
            on customer.customer_code = draft.customer_code and customer.currency_code = draft.currency_code
        order by customer.customer_code, customer.currency_code
    """,
    "held_drafts": """
        select draft.customer_code, draft.node_code, hold.reason
        from register.draft_holds as hold
        inner join billing.fct_drafts as draft on hold.draft_id = draft.draft_id
        where hold.bill_run_id = %(bill_run_id)s order by draft.customer_code, draft.node_code
    """,
    "held_usage": """
        select outcome, reason, sum(record_count) as record_count, sum(supplier_amount) as supplier_amount
        from rate.rpt_usage_outcomes
        inner join register.bill_runs as run on run.bill_run_id = %(bill_run_id)s
        where outcome in ('held', 'rejected')
            and (local_day is null or (local_day >= run.period_start and local_day < run.period_end))
        group by outcome, reason order by outcome, reason
    """,
    "excluded": """
        select customer_code, service_code, exclusion_reason, sum(net_amount) as net_amount
        from billing.fct_draft_exclusions
        where exclusion_reason not in ('hidden_calls_only', 'zero_total')
        group by customer_code, service_code, exclusion_reason order by customer_code, service_code
    """,
    "late_usage": """
        select draft.customer_code, line.service_code, line.line_name, line.line_note, line.net_amount,
            line.currency_code
        from billing.fct_draft_lines as line
        inner join billing.fct_drafts as draft on line.draft_id = draft.draft_id
        where line.charge_kind in ('late_usage', 'correction') and draft.bill_run_id = %(bill_run_id)s
        order by draft.customer_code, line.service_code, line.period_start, line.line_position
    """,
    "late": "select * from billing.rpt_late_charges order by customer_code, service_code, period_start, late_kind",
    "unbilled": "select * from billing.rpt_unbilled_services order by service_code",
}
