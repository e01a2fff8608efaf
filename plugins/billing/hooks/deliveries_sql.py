"""Statements of `register.deliveries`."""

FACTS = ("flow_number", "message_id", "status_text")

DELIVERY = """
delivery_id, invoice_number, channel, sha256, state, attempt_count, recipient, flow_number, message_id, status_text,
extract(epoch from clock_timestamp() - changed_at)::float8 as age_seconds
"""

# Parties as they were when the invoice was issued. A seller without a date yet may have written 'infinity'.
ISSUED = """
select
    invoice.invoice_number, invoice.type_code, invoice.rendering, invoice.channel, invoice.issued_on, invoice.due_on,
    invoice.period_start, invoice.period_end, invoice.gross_amount, invoice.currency_code,
    least((invoice.parties #>> '{seller,ctc_emission_from}')::date, '9999-12-31'::date) as ctc_emission_from,
    invoice.parties #>> '{seller,siret}' as seller_siret,
    invoice.parties #>> '{seller,legal_name}' as seller_name,
    invoice.parties #>> '{seller,email}' as seller_email,
    invoice.parties #>> '{seller,phone}' as seller_phone,
    invoice.parties #>> '{seller,website}' as seller_website,
    invoice.parties #>> '{buyer,buyer_kind}' as buyer_kind,
    invoice.parties #>> '{buyer,email}' as buyer_email,
    invoice.parties #>> '{buyer,siret}' as buyer_siret,
    invoice.parties #>> '{buyer,buyer_reference}' as service_code,
    invoice.parties #>> '{buyer,order_reference}' as engagement_number,
    document.file_name, document.archive_path, document.sha256
from register.invoices as invoice
left join register.documents as document
    on invoice.invoice_number = document.invoice_number and document.kind = 'factur-x'
"""
ISSUED_OF_RUN = f"{ISSUED} where invoice.bill_run_id = %(bill_run_id)s order by invoice.invoice_number"
ISSUED_INVOICE = f"{ISSUED} where invoice.invoice_number = %(invoice_number)s"

# Neither the same bytes again, nor anything while another delivery of the invoice is live.
PLAN = """
insert into register.deliveries (delivery_id, invoice_number, channel, sha256, recipient, state, status_text)
values (
    %(delivery_id)s, %(invoice_number)s, %(channel)s, %(sha256)s, %(recipient)s, %(state)s, %(status_text)s
)
on conflict do nothing
"""

LIVE_FIRST = "(state in ('rejected', 'failed')), requested_at desc"

LATEST_OF_INVOICE = f"""
select {DELIVERY} from register.deliveries
where invoice_number = %(invoice_number)s and channel = %(channel)s
order by {LIVE_FIRST} limit 1
"""

LATEST_OF_RUN = f"""
select {DELIVERY} from (
    select distinct on (invoice_number) * from register.deliveries
    where channel = %(channel)s and invoice_number in (
        select invoice_number from register.invoices where bill_run_id = %(bill_run_id)s
    )
    order by invoice_number, {LIVE_FIRST}
) as latest
order by invoice_number
"""

MOVE = f"""
update register.deliveries set
    state = %(state)s,
    attempt_count = %(attempt_count)s,
    flow_number = %(flow_number)s,
    message_id = %(message_id)s,
    status_text = %(status_text)s,
    changed_at = clock_timestamp()
where delivery_id = %(delivery_id)s and state = %(from_state)s and attempt_count = %(from_attempt)s
returning {DELIVERY}
"""

REQUEST_AGAIN = f"""
update register.deliveries set
    state = 'requested',
    recipient = coalesce(%(recipient)s, recipient),
    flow_number = null,
    changed_at = clock_timestamp()
where delivery_id = %(delivery_id)s and state in ('rejected', 'failed', 'in_doubt')
returning {DELIVERY}
"""

CONFIRM_SENT = f"""
update register.deliveries set state = 'sent', status_text = %(status_text)s, changed_at = clock_timestamp()
where delivery_id = %(delivery_id)s and state = 'in_doubt'
returning {DELIVERY}
"""

COUNTS = """
select delivery.channel, delivery.state, count(*) as delivery_count
from register.deliveries as delivery
inner join register.invoices as invoice on delivery.invoice_number = invoice.invoice_number
where %(bill_run_id)s::text is null or invoice.bill_run_id = %(bill_run_id)s
group by delivery.channel, delivery.state
order by delivery.channel, delivery.state
"""
