"""Each own rule, broken once: the refusal names the term."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents.own_rules import faults
from invoicing.invoice import Address, BuyerKind, Rendering
from invoicing.money import round_cents
from tests.unit.invoicing.documents import samples

GOOD = samples.an_invoice()
[BAND] = GOOD.vat


def seller(**changes):
    return replace(GOOD, seller=replace(samples.SELLER, **changes))


def buyer(kind=BuyerKind.BUSINESS, **changes):
    invoice = samples.for_buyer(kind)
    return replace(invoice, buyer=replace(invoice.buyer, **changes))


def line(**changes):
    return samples.an_invoice([samples.a_line(**changes)])


def usage(number):
    [row] = samples.calls(1)
    return replace(GOOD, usage=(replace(row, called_number=number),))


@pytest.mark.parametrize("kind", list(BuyerKind))
def test_an_invoice_to_each_kind_of_buyer_is_right(kind):
    assert faults(samples.for_buyer(kind)) == []


def test_an_invoice_with_sites_and_usage_is_right():
    invoice = replace(samples.with_sites(), usage=samples.calls(12) + samples.pages())

    assert faults(invoice) == []


BROKEN = {
    "number with a space": (replace(GOOD, number="FA 2026"), "BT-1 "),
    "number of 21 signs": (replace(GOOD, number="FA-2026-0000000000042"), "BT-1 "),
    "credit note": (replace(GOOD, type_code="381"), "BT-3"),
    "dollars": (replace(GOOD, currency_code="USD"), "BT-5"),
    "no due date": (replace(GOOD, due_on=None), "BT-9"),
    "due before issue": (replace(GOOD, due_on=date(2026, 11, 1)), "BT-9"),
    "empty period": (replace(GOOD, period_end=GOOD.period_start), "BG-14"),
    "direct debit": (replace(GOOD, payment_means="59"), "BT-81"),
    "no line": (samples.an_invoice([]), "BG-25"),
    "two lines at one place": (samples.an_invoice([samples.a_line(), samples.a_line()]), "BT-126"),
    "line without a name": (line(name=" "), "BT-153"),
    "line in another currency": (line(currency_code="CHF"), "BT-5 line 1"),
    "negative price": (line(unit_price=Decimal("-1"), quantity=Decimal("-1")), "BT-146"),
    "price of 7 decimals": (line(unit_price=Decimal("0.0000001")), "BT-146"),
    "quantity of 5 decimals": (line(quantity=Decimal("1.00001")), "BT-129"),
    "line off by a cent": (line(net_amount=Decimal("49.91")), "BT-131 line 1"),
    "line backwards in time": (line(period_end=date(2026, 9, 1)), "BG-26"),
    "VAT off by a cent": (replace(GOOD, vat=(replace(BAND, vat_amount=Decimal("9.99")),)), "BG-23"),
    "band missing": (replace(GOOD, vat=()), "BG-23"),
    "band twice": (replace(GOOD, vat=(BAND, BAND)), "BT-110"),
    "standard rate of zero": (line(vat_rate=Decimal(0)), "BT-119"),
    "rate on a reverse charge": (line(vat_category="AE"), "BT-119"),
    "net total off": (replace(GOOD, net_amount=Decimal("49.00")), "BT-106"),
    "VAT total off": (replace(GOOD, vat_amount=Decimal("9.00")), "BT-110"),
    "gross total off": (replace(GOOD, gross_amount=Decimal("60.00")), "BT-112"),
    "negative total": (line(quantity=Decimal(-1)), "BT-112"),
    "seller without a form": (seller(legal_form=" "), "BT-33"),
    "seller without a capital": (seller(share_capital=""), "BT-33"),
    "seller without a register": (seller(rcs_city=""), "ABL"),
    "seller without an address for e-invoices": (seller(electronic_address=""), "BT-34"),
    "seller's SIREN key": (seller(siren="123456789"), "BT-30"),
    "seller's SIRET of another firm": (seller(siret=samples.BUSINESS.siret), "BT-29"),
    "seller's VAT key": (seller(vat_number="FR12123456782"), "BT-31"),
    "seller's IBAN key": (seller(iban="FR7730006000011234567890189"), "BT-84"),
    "seller's BIC": (seller(bic="FICT"), "BT-86"),
    "seller without a street": (seller(address=Address("", "38000", "Grenoble", "FR")), "BG-5"),
    "buyer without a name": (buyer(legal_name=""), "BT-44"),
    "buyer without a town": (buyer(address=Address("1 rue", "38000", " ", "FR")), "BG-8"),
    "French firm without SIREN": (buyer(siren=None, siret=None), "BT-47"),
    "buyer's SIREN key": (buyer(siren="123987654"), "BT-47"),
    "buyer's SIRET key": (buyer(siret="12398765300012"), "BT-46"),
    "buyer's VAT number of another firm": (buyer(vat_number=samples.SELLER.vat_number), "BT-48"),
    "buyer's address outside the directory": (buyer(electronic_address="999"), "BT-49"),
    "public body without SIRET": (buyer(BuyerKind.PUBLIC, siret=None), "BT-46"),
    "EU firm without VAT number": (buyer(BuyerKind.EU_BUSINESS, vat_number=None), "BT-31, BT-48"),
    "EU firm's VAT key": (buyer(BuyerKind.EU_BUSINESS, vat_number="DE111110001"), "BT-48"),
    "EU firm in France": (buyer(BuyerKind.EU_BUSINESS, address=samples.SELLER.address), "BT-55"),
    "consumer with a SIREN": (buyer(BuyerKind.CONSUMER, siren=samples.BUSINESS.siren), "BT-47"),
    "seller is buyer": (buyer(siren=samples.SELLER.siren), "BT-30, BT-47"),
    "no recovery terms": (seller(recovery_terms=" "), "PMT"),
    "no late penalties": (seller(late_penalty_terms=""), "PMD"),
    "no discount terms": (seller(discount_terms=""), "AAB"),
    "forty euros forgotten": (seller(recovery_terms="Indemnité : voir contrat."), "PMT"),
    "whole number in the annex": (usage("06 39 98 12 34"), "usage annex, row 1"),
    "whole foreign number in the annex": (usage("+44 7700 900123"), "usage annex, row 1"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_rule_refuses_and_names_the_term(case):
    invoice, term = BROKEN[case]

    found = faults(invoice)

    assert [fault for fault in found if term in fault], found


def test_the_reason_for_no_vat_is_said_in_words_and_code():
    invoice = samples.for_buyer(BuyerKind.EU_BUSINESS)
    [band] = invoice.vat

    for silent in (replace(band, exemption_code=None), replace(band, exemption_reason=" ")):
        assert any("BT-120" in fault for fault in faults(replace(invoice, vat=(silent,))))


def test_outside_vat_stands_alone():
    lines = [samples.a_line(), samples.a_line(position=2, vat_category="O", vat_rate=Decimal(0))]

    assert any("O stands alone" in fault for fault in faults(samples.an_invoice(lines)))


def test_a_consumer_is_not_asked_for_forty_euros_by_any_note():
    invoice = samples.for_buyer(BuyerKind.CONSUMER)
    asking = replace(invoice, seller=replace(samples.SELLER, discount_terms="Frais de recouvrement : 40\u00a0€."))

    assert any("consumer" in fault for fault in faults(asking))


def test_chorus_needs_the_siret_of_any_buyer():
    invoice = replace(GOOD, rendering=Rendering.CHORUS, buyer=replace(samples.BUSINESS, siret=None))

    assert any("BT-46" in fault for fault in faults(invoice))


def test_a_short_number_may_be_printed_whole():
    assert faults(usage("118 000")) == []


def test_the_refusal_of_a_whole_number_does_not_tell_it():
    assert all("12 34" not in fault for fault in faults(usage("06 39 98 12 34")))


quantities = st.decimals(min_value=-1000, max_value=1000, places=4, allow_nan=False)
prices = st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False)


@given(st.lists(st.tuples(quantities, prices, st.sampled_from(["0.20", "0.055"])), min_size=1, max_size=12))
def test_an_invoice_built_from_its_lines_adds_up_and_one_cent_more_does_not(drawn):
    lines = [
        samples.a_line(
            position=position,
            quantity=quantity,
            unit_price=price,
            net_amount=round_cents(quantity * price),
            vat_rate=Decimal(rate),
        )
        for position, (quantity, price, rate) in enumerate(drawn, start=1)
    ]
    invoice = samples.an_invoice(lines)
    moved = replace(invoice, net_amount=invoice.net_amount + Decimal("0.01"))

    assert [fault for fault in faults(invoice) if "negative invoice" not in fault] == []
    assert any("BT-106" in fault for fault in faults(moved))
    assert any("BT-112" in fault for fault in faults(moved))
