"""Our own, stricter checks of an invoice value: what no official rule looks at, before a number is spent on it.

Each fault is one sentence that names the term, what it says, what it should say and where to mend it.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from invoicing.documents import mentions
from invoicing.documents.own_rules_parties import party_faults
from invoicing.invoice import BuyerKind, Invoice
from invoicing.money import round_cents, vat_breakdown

RULES_VERSION = "1"

NUMBER_PATTERN = re.compile(r"[A-Z0-9-]{1,20}")  # narrower than BR-FR-01, and no longer than Chorus Pro reads
TRANSFERS = ("30", "58")  # BT-81 that this value can carry; a direct debit needs a mandate
FORTY_EUROS = re.compile(r"\b40(,00|\.00)?\s*(€|EUR|euros)", re.IGNORECASE)
QUANTITY_DECIMALS = 4  # BR-FR-DEC-02
PRICE_DECIMALS = 6  # BR-FR-DEC-03
UNTAXED = {"AE": "reverse charge", "E": "exempt", "G": "export", "K": "intra-community supply", "O": "outside VAT"}
LONGEST_SHOWN_NUMBER = 6  # short numbers are printed whole when chargeable


def faults(invoice: Invoice) -> list[str]:
    """Everything wrong with the invoice; [] when it may leave.

    Source: EN 16931-1 (arithmetic), C. com. L441-9 (mentions), CGI ann. II 242 nonies A, CPCE R10-14 (masking).
    """
    return [
        *_header(invoice),
        *_lines(invoice),
        *_vat(invoice),
        *_totals(invoice),
        *party_faults(invoice),
        *_notes(invoice),
        *_annex(invoice),
    ]


def _header(invoice: Invoice) -> Iterator[str]:
    if not NUMBER_PATTERN.fullmatch(invoice.number):
        yield f"BT-1 number {invoice.number!r}: 1 to 20 signs of A-Z, 0-9 and '-'; change the series' prefix"
    if invoice.type_code != "380":
        yield f"BT-3 type {invoice.type_code}: only 380 is issued"
    if invoice.currency_code != "EUR":
        yield f"BT-5 currency {invoice.currency_code}: VAT would be owed in EUR too (BT-111), which is not computed yet"
    if invoice.due_on is None:
        yield "BT-9 due date: missing; give the customer a payment term"
    elif invoice.due_on < invoice.issued_on:
        yield f"BT-9 due date {invoice.due_on}: before the issue date {invoice.issued_on}"
    if invoice.period_start >= invoice.period_end:
        yield f"BG-14 period {invoice.period_start} to {invoice.period_end} (excluded): empty or backwards"
    if invoice.payment_means not in TRANSFERS:
        yield f"BT-81 payment means {invoice.payment_means}: 30 or 58; a direct debit needs its mandate"


def _lines(invoice: Invoice) -> Iterator[str]:
    if not invoice.lines:
        yield "BG-25: the invoice has no line"
    positions = [line.position for line in invoice.lines]
    if len(set(positions)) != len(positions):
        yield "BT-126: two lines have the same position"
    for line in invoice.lines:
        where = f"line {line.position}"
        if not line.name.strip():
            yield f"BT-153 {where}: no name"
        if line.currency_code != invoice.currency_code:
            yield f"BT-5 {where}: {line.currency_code} on an invoice in {invoice.currency_code}"
        if line.unit_price < 0:
            yield f"BT-146 {where}: negative price {line.unit_price}; negate the quantity instead (BR-27)"
        if _decimals(line.quantity) > QUANTITY_DECIMALS:
            yield f"BT-129 {where}: {line.quantity} has more than {QUANTITY_DECIMALS} decimals"
        if _decimals(line.unit_price) > PRICE_DECIMALS:
            yield f"BT-146 {where}: {line.unit_price} has more than {PRICE_DECIMALS} decimals"
        expected = round_cents(line.quantity * line.unit_price)
        if line.net_amount != expected:
            yield f"BT-131 {where}: {line.quantity} × {line.unit_price} makes {expected}, not {line.net_amount}"
        if line.period_start >= line.period_end:
            yield f"BG-26 {where}: period {line.period_start} to {line.period_end} (excluded) is empty or backwards"


def _vat(invoice: Invoice) -> Iterator[str]:
    expected = [
        (band.vat_category, band.vat_rate, band.net_amount, band.vat_amount)
        for band in vat_breakdown([line for line in invoice.lines if line.currency_code == invoice.currency_code])
    ]
    written = sorted((band.vat_category, band.vat_rate, band.net_amount, band.vat_amount) for band in invoice.vat)
    for category, rate, net, vat in written:
        if (category, rate, net, vat) not in expected:
            yield f"BG-23 {category} {rate}: {net} and VAT {vat} are not what the lines add up to, to the cent"
    for category, rate, net, vat in expected:
        if (category, rate, net, vat) not in written:
            yield f"BG-23 {category} {rate}: the lines make {net} and VAT {vat}, and no band says so"

    categories = {line.vat_category for line in invoice.lines}
    if "O" in categories and len(categories) > 1:
        others = ", ".join(sorted(categories - {"O"}))
        yield f"BT-151: category O stands alone, here beside {others}; split the draft (BR-O-11)"
    for band in invoice.vat:
        if band.vat_category == "S" and band.vat_rate <= 0:
            yield "BT-119 category S: a standard rate is above zero"
        if band.vat_category in UNTAXED and band.vat_rate != 0:
            yield f"BT-119 category {band.vat_category}: {UNTAXED[band.vat_category]} has no rate, got {band.vat_rate}"
        if band.vat_category in UNTAXED and not ((band.exemption_reason or "").strip() and band.exemption_code):
            yield f"BT-120, BT-121 category {band.vat_category}: the reason for no VAT is not said, in words and code"
    if "AE" in categories and not (invoice.seller.vat_number and invoice.buyer.vat_number):
        yield "BT-31, BT-48: a reverse charge names both VAT numbers; fill the buyer's"


def _totals(invoice: Invoice) -> Iterator[str]:
    for term, written, expected in (
        ("BT-106 total before VAT", invoice.net_amount, sum((line.net_amount for line in invoice.lines), Decimal(0))),
        ("BT-110 total VAT", invoice.vat_amount, sum((band.vat_amount for band in invoice.vat), Decimal(0))),
        ("BT-112 total with VAT", invoice.gross_amount, invoice.net_amount + invoice.vat_amount),
    ):
        if written != expected:
            yield f"{term}: {written}, its parts make {expected}"
    if invoice.gross_amount < 0:
        yield f"BT-112 total with VAT: {invoice.gross_amount}; a negative invoice is a credit note (381)"


def _notes(invoice: Invoice) -> Iterator[str]:
    texts = {
        "PMT (recovery)": mentions.recovery(invoice),
        "PMD (late penalties)": mentions.late_penalty(invoice),
        "AAB (discount)": mentions.discount(invoice),
    }
    for subject, text in texts.items():
        if not text.strip():
            yield f"BT-22 note {subject}: void; word it in the seller's terms"
    mentions_forty_euros = any(FORTY_EUROS.search(text) for text in texts.values())
    is_consumer = invoice.buyer.kind is BuyerKind.CONSUMER
    if is_consumer and mentions_forty_euros:
        yield "BT-22 notes: the 40 EUR of recovery are owed between professionals, never by a consumer"
    if not is_consumer and not mentions_forty_euros:
        yield "BT-22 note PMT (recovery): the 40 EUR of C. com. D441-5 are not mentioned; word it in the seller's terms"


def _annex(invoice: Invoice) -> Iterator[str]:
    for index, row in enumerate(invoice.usage, start=1):  # the number itself is private: only its row is told
        dialled = "".join(row.called_number.split()).lstrip("+")
        if len(dialled) > LONGEST_SHOWN_NUMBER and any(sign.isdigit() for sign in dialled[-4:]):
            yield f"usage annex, row {index}: the last four digits of the called number are not masked"


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
