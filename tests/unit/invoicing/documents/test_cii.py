from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from invoicing.documents.cii import UnsupportedDocument, build_xml
from invoicing.documents.cii_elements import NAMESPACES, UnwritableText
from invoicing.invoice import BuyerKind, Rendering
from tests.unit.invoicing.documents import samples


def texts(invoice, path):
    """Texts of every element at that path of the invoice's XML."""
    root = etree.fromstring(build_xml(invoice))
    return [element.text for element in root.iterfind(f".//{path}", NAMESPACES)]


def note(invoice, subject):
    root = etree.fromstring(build_xml(invoice))
    return [
        found.findtext("ram:Content", namespaces=NAMESPACES)
        for found in root.iterfind("rsm:ExchangedDocument/ram:IncludedNote", NAMESPACES)
        if found.findtext("ram:SubjectCode", namespaces=NAMESPACES) == subject
    ]


PROCESS = "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"
LEGAL_ID = "ram:SpecifiedLegalOrganization/ram:ID"
VAT_DUE = "ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:DueDateTypeCode"


@pytest.mark.parametrize(("kinds", "process"), [([False], "S1"), ([True], "B1"), ([True, False], "M1")])
def test_the_process_tells_goods_from_services(kinds, process):
    lines = [samples.a_line(position=index, is_goods=is_goods) for index, is_goods in enumerate(kinds, start=1)]

    assert texts(samples.an_invoice(lines), PROCESS) == [process]


def test_the_reform_reads_sirens_and_chorus_reads_sirets():
    ctc = samples.an_invoice(buyer=samples.PUBLIC_BODY)
    chorus = replace(ctc, rendering=Rendering.CHORUS)

    assert texts(ctc, LEGAL_ID) == [samples.SELLER.siren, samples.PUBLIC_BODY.siren]
    assert texts(chorus, LEGAL_ID) == [samples.SELLER.siret, samples.PUBLIC_BODY.siret]
    assert texts(chorus, PROCESS) == ["A1"]


def test_both_renderings_say_the_same_amounts():
    ctc = samples.an_invoice(buyer=samples.PUBLIC_BODY)
    chorus = replace(ctc, rendering=Rendering.CHORUS)
    totals = "ram:SpecifiedTradeSettlementHeaderMonetarySummation/*"

    assert texts(ctc, totals) == texts(chorus, totals) == ["49.90", "49.90", "9.98", "59.88", "59.88"]


@pytest.mark.parametrize(
    ("kind", "treatment"),
    [
        (BuyerKind.BUSINESS, ["B2B"]),
        (BuyerKind.EU_BUSINESS, ["B2BINT"]),
        (BuyerKind.CONSUMER, ["B2C"]),
        (BuyerKind.PUBLIC, []),
    ],
)
def test_the_treatment_follows_who_buys(kind, treatment):
    assert note(samples.for_buyer(kind), "BAR") == treatment


def test_a_consumer_is_never_asked_for_forty_euros():
    invoice = samples.for_buyer(BuyerKind.CONSUMER)

    assert note(invoice, "PMT") == ["Sans objet\u00a0: client non professionnel"]
    assert "40" not in build_xml(invoice).decode().split("IncludedSupplyChainTradeLineItem")[0]


def test_a_public_body_owes_the_interest_of_the_procurement_code():
    [late_penalty] = note(samples.for_buyer(BuyerKind.PUBLIC), "PMD")

    assert "R2192-31" in late_penalty


@pytest.mark.parametrize(
    ("is_on_debits", "is_goods", "code"), [(True, False, "5"), (False, False, "72"), (False, True, "29")]
)
def test_vat_falls_due_at_invoice_payment_or_delivery(is_on_debits, is_goods, code):
    seller = replace(samples.SELLER, is_vat_on_debits=is_on_debits)

    assert texts(samples.an_invoice([samples.a_line(is_goods=is_goods)], seller=seller), VAT_DUE) == [code]


def test_a_period_ends_the_day_before_ours():
    days = texts(samples.an_invoice(), "ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString")

    assert days == ["20261031", "20261031"]


def test_the_site_travels_with_each_line():
    line = samples.a_line(section=("Lyon", "Téléphonie"), note="Lignes 01 99 00 10 08")
    invoice = samples.an_invoice([line])

    assert texts(invoice, "ram:ApplicableProductCharacteristic/ram:Value") == ["Lyon / Téléphonie"]
    assert texts(invoice, "ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content") == [
        "Lignes 01 99 00 10 08"
    ]


def test_references_of_a_public_body_are_where_chorus_looks():
    invoice = samples.for_buyer(BuyerKind.PUBLIC)

    assert texts(invoice, "ram:BuyerReference") == ["SERV-INFO"]
    assert texts(invoice, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID") == ["EJ-4500012345"]
    assert texts(invoice, "ram:ContractReferencedDocument/ram:IssuerAssignedID") == ["2026-MAPA-07"]


def test_a_reverse_charge_says_why_in_code_and_words():
    invoice = samples.for_buyer(BuyerKind.EU_BUSINESS)

    assert texts(invoice, "ram:ExemptionReasonCode") == ["VATEX-EU-AE"]
    assert texts(invoice, "ram:ExemptionReason") == ["Autoliquidation"]
    assert texts(invoice, "ram:RateApplicablePercent") == ["0.00", "0.00"]


def test_outside_vat_neither_rate_nor_vat_number_is_written():
    lines = [samples.a_line(vat_category="O", vat_rate=Decimal(0))]
    invoice = samples.an_invoice(lines)

    assert texts(invoice, "ram:RateApplicablePercent") == []
    assert texts(invoice, "ram:SpecifiedTaxRegistration/ram:ID") == []


def test_small_prices_keep_their_decimals_and_big_quantities_have_no_exponent():
    line = samples.a_line(quantity=Decimal("10000"), unit_price=Decimal("0.006200"))
    invoice = samples.an_invoice([line])

    assert texts(invoice, "ram:NetPriceProductTradePrice/ram:ChargeAmount") == ["0.0062"]
    assert texts(invoice, "ram:BilledQuantity") == ["10000"]


def test_the_same_invoice_gives_the_same_bytes():
    assert build_xml(samples.with_sites()) == build_xml(samples.with_sites())


def test_markup_in_a_name_stays_a_text():
    line = samples.a_line(name="<!ENTITY x> & Co <b>")

    assert texts(samples.an_invoice([line]), "ram:SpecifiedTradeProduct/ram:Name") == ["<!ENTITY x> & Co <b>"]


def test_a_credit_note_is_refused_with_the_reason():
    with pytest.raises(UnsupportedDocument, match="BG-3"):
        build_xml(samples.an_invoice(type_code="381"))


def test_a_control_character_is_refused_where_it_stands():
    with pytest.raises(UnwritableText, match="ram:Name"):
        build_xml(samples.an_invoice([samples.a_line(name="Fibre\x07")]))
