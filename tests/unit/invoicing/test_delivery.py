"""Routing by the law, words of the mails, and what Chorus Pro's answers mean."""

import base64
import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.chorus import FlowOutcome, deposit_body, find_invoice, read_flow, service_codes
from invoicing.delivery import (
    Channel,
    InvoiceMail,
    ReceiverRules,
    RouteRefused,
    addressing_faults,
    chorus_file_name,
    delivery_id,
    mail_body,
    mail_subject,
    message_id,
    poll_delay,
    route,
)
from invoicing.invoice import BuyerKind, Rendering

DUTY = date(2027, 9, 1)
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2030, 12, 31))

MAIL = InvoiceMail(
    invoice_number="FA-2026-000001",
    type_code="380",
    issued_on=date(2026, 11, 2),
    due_on=date(2026, 12, 2),
    period_start=date(2026, 10, 1),
    period_end=date(2026, 11, 1),
    gross_amount=Decimal("1234.50"),
    currency_code="EUR",
    seller_name="Brumaire Télécom",
    seller_email="facturation@brumaire-telecom.example",
    seller_phone="04 65 71 00 10",
    seller_website="www.brumaire-telecom.example",
)


def rules(**changes: object) -> ReceiverRules:
    usual = ReceiverRules("12345678200051", False, False, False, frozenset({"TELECOM"}))
    return dataclasses.replace(usual, **changes)


@given(DAYS, DAYS, st.sampled_from(Channel))
def test_a_public_body_is_always_reached_through_chorus_pro(duty: date, day: date, wanted: Channel):
    way = route(duty, day, BuyerKind.PUBLIC, wanted)
    assert (way.channel, way.rendering) == (Channel.CHORUS, Rendering.CHORUS)


@given(DAYS)
def test_a_french_business_may_be_invoiced_by_email_alone_until_the_eve_of_the_sellers_duty(duty: date):
    way = route(duty, duty - timedelta(days=1), BuyerKind.BUSINESS, "email")
    assert (way.channel, way.rendering) == (Channel.EMAIL, Rendering.CTC)
    for day in (duty, duty + timedelta(days=1)):
        with pytest.raises(RouteRefused, match="approved platform"):
            route(duty, day, BuyerKind.BUSINESS, "email")


@given(DAYS, DAYS, st.sampled_from([BuyerKind.CONSUMER, BuyerKind.EU_BUSINESS]))
def test_consumers_and_businesses_abroad_are_invoiced_by_email_on_any_day(duty: date, day: date, kind: BuyerKind):
    assert route(duty, day, kind, "email").channel is Channel.EMAIL


@pytest.mark.parametrize("kind", [BuyerKind.BUSINESS, BuyerKind.CONSUMER, BuyerKind.EU_BUSINESS])
def test_chorus_pro_is_refused_to_those_who_are_no_public_body(kind: BuyerKind):
    with pytest.raises(RouteRefused, match="public bodies only"):
        route(DUTY, date(2026, 11, 2), kind, "chorus")


def test_a_channel_that_does_not_exist_is_named():
    with pytest.raises(RouteRefused, match="'fax'"):
        route(DUTY, date(2026, 11, 2), BuyerKind.PUBLIC, "fax")


def test_the_same_bytes_on_the_same_channel_are_the_same_delivery():
    assert delivery_id("FA-2026-000001", "email", "ab") == "FA-2026-000001:email:ab"
    assert delivery_id("FA-2026-000001", "email", "ab") != delivery_id("FA-2026-000001", "chorus", "ab")


@given(st.text(), st.integers(1, 9))
def test_a_message_id_depends_on_delivery_and_attempt_only(delivery: str, attempt: int):
    identity = message_id(delivery, attempt, "brumaire-telecom.example")
    assert identity == message_id(delivery, attempt, "brumaire-telecom.example")
    assert identity != message_id(delivery, attempt + 1, "brumaire-telecom.example")
    assert identity.isascii() and identity.startswith("<") and identity.endswith("@brumaire-telecom.example>")


def test_the_subject_names_the_seller_and_the_invoice():
    assert mail_subject(MAIL) == ("Brumaire Télécom\u00a0: votre facture FA-2026-000001 du 2\u00a0novembre\u00a02026")


def test_the_body_says_number_period_amount_and_due_date_with_french_spaces():
    body = mail_body(MAIL)
    assert "votre facture n°\u00a0FA-2026-000001 du 2\u00a0novembre\u00a02026, pour la période du 1er au " in body
    assert "31\u00a0octobre\u00a02026." in body
    assert "Montant à payer\u00a0: 1\u202f234,50\u00a0€" in body
    assert "Date d’échéance\u00a0: 2\u00a0décembre\u00a02026" in body
    assert "Brumaire Télécom\n04\u00a065\u00a071\u00a000\u00a010\nwww.brumaire-telecom.example\n" in body
    assert " :" not in body and " ?" not in body and " €" not in body


def test_a_credit_note_is_called_so_and_asks_for_nothing():
    body = mail_body(dataclasses.replace(MAIL, type_code="381"))
    assert "votre avoir n°" in body and "Montant de l’avoir" in body
    assert "échéance" not in body and "à payer" not in body


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP", FlowOutcome.PENDING),
        ("IN_EN_ATTENTE_RETRAITEMENT_CPP", FlowOutcome.PENDING),
        ("IN_INTEGRE", FlowOutcome.ACCEPTED),
        ("IN_REJETE", FlowOutcome.REJECTED),
        ("IN_INCIDENTE", FlowOutcome.INCIDENT),
        ("IN_INTEGRE_AUTREMENT", FlowOutcome.UNKNOWN),
        (None, FlowOutcome.UNKNOWN),
    ],
)
def test_a_state_of_a_flow_is_understood_or_unknown(state: str | None, outcome: FlowOutcome):
    assert read_flow({"etatCourantDepotFlux": state}, "FA-2026-000001").outcome is outcome


@given(st.text().filter(lambda text: text not in ("IN_INTEGRE", "IN_INTEGRE_PARTIEL")))
def test_no_other_word_ever_means_success(state: str):
    assert read_flow({"etatCourantDepotFlux": state}, "FA-2026-000001").outcome is not FlowOutcome.ACCEPTED


def test_a_partial_integration_rejects_the_invoices_that_it_names():
    answer = {
        "etatCourantDepotFlux": "IN_INTEGRE_PARTIEL",
        "listeErreurDP": [{"numeroDP": "FA-2026-000002", "libelleErreurDP": "Code service inconnu"}],
    }
    assert read_flow(answer, "FA-2026-000001").outcome is FlowOutcome.ACCEPTED
    assert read_flow(answer, "FA-2026-000002").outcome is FlowOutcome.REJECTED


def test_the_labels_of_a_rejection_are_kept():
    answer = {
        "etatCourantDepotFlux": "IN_REJETE",
        "listeErreurDP": [{"libelleErreurDP": "Code service inconnu"}, {"libelleErreurDP": None}],
        "listeErreurTechnique": [{"libelleErreur": "Format"}],
    }
    assert read_flow(answer, "FA-2026-000001").text == "IN_REJETE · Code service inconnu · Format"


def test_only_our_exact_number_is_found():
    rows = [
        {"numeroFacture": "FA-2026-0000010", "codeFournisseur": "00010260800015", "numeroFluxDepot": "CPP1"},
        {"numeroFacture": "FA-2026-000001", "codeFournisseur": "00020001400017", "numeroFluxDepot": "CPP2"},
    ]
    assert find_invoice(rows, "FA-2026-000001", "00010260800015") is None
    ours = {"numeroFacture": "FA-2026-000001", "codeFournisseur": "00010260800015", "numeroFluxDepot": "CPP3"}
    found = find_invoice([*rows, {**ours, "montantTTC": 1234.5}], "FA-2026-000001", "00010260800015")
    assert found is not None and found.flow_number == "CPP3" and found.gross_amount == Decimal("1234.5")


def test_a_suppliers_code_that_is_no_siret_does_not_hide_our_invoice():
    """Taking it for a stranger's would deposit it twice."""
    rows = [{"numeroFacture": "FA-2026-000001", "codeFournisseur": "F42", "statut": "DEPOSEE"}]
    found = find_invoice(rows, "FA-2026-000001", "00010260800015")
    assert found is not None and found.flow_number is None and found.status == "DEPOSEE"


@pytest.mark.parametrize(
    ("receiver", "service", "engagement", "words"),
    [
        (None, "TELECOM", "EJ1", "does not know this SIRET"),
        (rules(needs_service=True), None, "EJ1", "demands a service code"),
        (rules(needs_service=True), "VOIRIE", None, "VOIRIE is no active service"),
        (rules(needs_engagement=True), "TELECOM", None, "demands an engagement number"),
        (rules(needs_either=True), None, None, "service code or an engagement number"),
    ],
)
def test_what_a_receiver_would_reject_is_said_before_the_deposit(
    receiver: ReceiverRules | None, service: str | None, engagement: str | None, words: str
):
    [fault] = addressing_faults(receiver, service_code=service, engagement_number=engagement)
    assert words in fault


def test_a_complete_address_has_no_fault():
    demanding = rules(needs_service=True, needs_engagement=True, needs_either=True)
    assert addressing_faults(demanding, service_code="TELECOM", engagement_number="EJ1") == []
    assert addressing_faults(rules(), service_code=None, engagement_number=None) == []


def test_closed_services_and_the_catch_all_are_no_addressees():
    rows = [
        {"codeService": "TELECOM", "estActif": True}, {"codeService": "VOIRIE", "estActif": False},
        {"codeService": "FACTURES_PUBLIQUES", "estActif": True}, {"codeService": None, "estActif": True},
    ]  # fmt: skip
    assert service_codes(rows) == {"TELECOM"}


@given(st.binary())
def test_a_deposit_carries_the_exact_bytes(content: bytes):
    assert base64.b64decode(deposit_body("facture.pdf", content)["fichierFlux"]) == content


@given(st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True))
def test_a_deposited_file_has_a_name_that_chorus_pro_takes(number: str):
    name = chorus_file_name(number)
    assert name.isascii() and len(name) <= 50 and name.endswith(".pdf")


@given(st.lists(st.floats(0.1, 1e6), min_size=1), st.integers(0, 50))
def test_the_last_delay_repeats_for_ever(delays: list[float], polls: int):
    assert poll_delay(polls, delays) == (delays[polls] if polls < len(delays) else delays[-1])
