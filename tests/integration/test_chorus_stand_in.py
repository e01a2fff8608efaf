"""ChorusHook against the stand-in, over real HTTP: what the protocol promises, and what it does when it goes wrong."""

import asyncio
import json
import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from airflow.sdk import Connection

from billing.hooks.chorus import (
    AnswerLost,
    ChorusHook,
    ChorusRefused,
    ChorusSettings,
    ChorusUnauthorised,
    ChorusUnavailable,
)
from billing.triggers.chorus import ChorusFlowTrigger
from demo.stand_ins.chorus_protocol import DEVELOPMENT_CREDENTIALS
from demo.stand_ins.chorus_reading import Receiver
from invoicing.chorus import FlowOutcome
from invoicing.documents.cii import build_xml
from invoicing.documents.pdf import embed, render_pdf
from invoicing.invoice import BuyerKind
from tests.integration.deposits import SUPPLIER, RunningStandIn, a_factur_x, running_stand_in
from tests.unit.invoicing.documents.samples import for_buyer

NUMBER = "FA-2026-000001"
REPOSITORY = Path(__file__).resolve().parents[2]


def outcome(stand_in: RunningStandIn, content: bytes, number: str = NUMBER) -> tuple[FlowOutcome, str]:
    hook = stand_in.hook()
    report = hook.flow(hook.deposit("facture.pdf", content), number)
    return report.outcome, report.text


def test_a_flow_passes_through_its_states_with_time():
    with running_stand_in(processing_seconds=100) as chorus:
        hook = chorus.hook()
        flow_number = hook.deposit("facture.pdf", a_factur_x())
        states = []
        for _ in range(4):
            states.append(hook.flow(flow_number, NUMBER).state)
            chorus.advance(34)
        assert states == [
            "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP", "IN_RECU", "IN_EN_COURS_TRAITEMENT_CPP", "IN_INTEGRE",
        ]  # fmt: skip


def test_an_invoice_is_found_once_it_is_integrated_and_not_before():
    with running_stand_in(processing_seconds=100) as chorus:
        hook = chorus.hook()
        flow_number = hook.deposit("facture.pdf", a_factur_x())
        assert hook.find_invoice(NUMBER, SUPPLIER) is None
        chorus.advance(101)
        found = hook.find_invoice(NUMBER, SUPPLIER)
        assert found is not None and found.flow_number == flow_number and found.chorus_id is not None
        assert hook.invoice_status(found.chorus_id) == "DEPOSEE"
        chorus.advance(1000)
        assert hook.invoice_status(found.chorus_id) == "MISE_EN_PAIEMENT"


def test_a_search_reads_every_page():
    """61 numbers contain 000001; ours stands on the second page of 50."""
    with running_stand_in() as chorus:
        hook = chorus.hook()
        for position in range(60):
            hook.deposit("facture.pdf", a_factur_x(f"{NUMBER}{position:02d}"))
        hook.deposit("facture.pdf", a_factur_x(NUMBER))
        found = hook.find_invoice(NUMBER, SUPPLIER)
        assert found is not None and found.flow_number == chorus.flows()[-1]["flow_number"]


@pytest.mark.parametrize(
    ("terms", "label"),
    [
        ({"number": "FA-2026-0000000000001"}, "20 caractères"),
        ({"process": "S1"}, "cadre de facturation S1"),
        ({"supplier": "000102608"}, "fournisseur"),
        ({"means": ""}, "TypeCode.value est obligatoire"),
        ({"receiver": "12345678299999"}, "12345678299999 n'est pas référencé"),
        ({"receiver": "12345678200028"}, "code service est obligatoire"),
        ({"receiver": "12345678200028", "service": "SERVICE_FERME"}, "SERVICE_FERME est inconnu ou inactif"),
        ({"receiver": "12345678200036"}, "engagement est obligatoire"),
    ],
)
def test_a_wrong_term_is_rejected_with_its_label(terms: dict[str, str], label: str):
    with running_stand_in() as chorus:
        number = terms.get("number", NUMBER)
        what, text = outcome(chorus, a_factur_x(**{"number": number, **terms}), number)
        assert what is FlowOutcome.REJECTED and label in text


def test_a_document_that_we_issue_is_integrated():
    """The stand-in reads it with code of its own."""
    invoice = for_buyer(BuyerKind.PUBLIC)
    buyer = invoice.buyer
    document = embed(render_pdf(invoice), build_xml(invoice), invoice)
    with running_stand_in() as chorus:
        services = {str(buyer.buyer_reference): True}
        chorus.server.stand_in.flows.receivers[str(buyer.siret)] = Receiver(
            str(buyer.siret), buyer.legal_name, needs_service=True, needs_engagement=True, services=services
        )
        assert outcome(chorus, document, invoice.number) == (FlowOutcome.ACCEPTED, "IN_INTEGRE")
        found = chorus.hook().find_invoice(invoice.number, invoice.seller.siret)
        assert found is not None and found.gross_amount == invoice.gross_amount


def test_what_is_no_factur_x_is_rejected():
    with running_stand_in() as chorus:
        what, text = outcome(chorus, b"%PDF-1.7 nothing else")
        assert what is FlowOutcome.REJECTED and "PDF" in text


def test_the_same_number_of_the_same_supplier_is_rejected_the_second_time():
    with running_stand_in() as chorus:
        assert outcome(chorus, a_factur_x())[0] is FlowOutcome.ACCEPTED
        assert outcome(chorus, a_factur_x())[0] is FlowOutcome.REJECTED
        assert outcome(chorus, a_factur_x(supplier="00010260800023"))[0] is FlowOutcome.ACCEPTED


def test_a_number_may_be_used_again_after_its_rejection():
    with running_stand_in() as chorus:
        assert outcome(chorus, a_factur_x(process="S1"))[0] is FlowOutcome.REJECTED
        assert outcome(chorus, a_factur_x())[0] is FlowOutcome.ACCEPTED


def test_a_token_is_renewed_ahead_of_its_end():
    with running_stand_in(token_seconds=0.3) as chorus:
        hook = chorus.hook()
        for _ in range(4):
            assert hook.find_invoice(NUMBER, SUPPLIER) is None
            time.sleep(0.12)
        assert 2 <= len(chorus.server.stand_in.tokens) <= 4


def test_a_token_that_was_forgotten_is_renewed_once_and_the_deposit_goes_on():
    with running_stand_in() as chorus:
        hook = chorus.hook()
        hook.get_conn()
        chorus.fault(kind="forget_tokens")
        hook.deposit("facture.pdf", a_factur_x())
        assert len(chorus.flows()) == 1


@pytest.mark.parametrize("wrong", ["client_id", "client_secret", "login", "password"])
def test_wrong_credentials_are_told_apart_from_failures_and_never_shown(wrong: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with running_stand_in() as chorus:
        hook = chorus.hook(**{wrong: "not-the-right-one"})
        with pytest.raises(ChorusUnauthorised) as refusal:
            hook.deposit("facture.pdf", a_factur_x())
        assert chorus.flows() == []
    shown = f"{refusal.value} {hook.settings!r} {caplog.text}"
    secrets = [*DEVELOPMENT_CREDENTIALS.values(), "not-the-right-one", hook._token or "no token"]
    assert not [secret for secret in secrets if secret in shown]


def test_a_missing_field_of_the_connection_is_named():
    connection = Connection(
        conn_id="chorus_pro", conn_type="http", host="https://chorus.example/cpro", login="a", password="b",
        extra='{"oauth_url": "https://chorus.example/token", "client_id": "c"}',
    )  # fmt: skip
    with pytest.raises(ChorusUnauthorised, match="chorus_pro lacks client_secret"):
        ChorusSettings.from_connection(connection)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_gateway_error_during_a_deposit_leaves_a_doubt(status: int):
    with running_stand_in() as chorus:
        chorus.fault(kind="error_after", status=status)
        with pytest.raises(AnswerLost):
            chorus.hook().deposit("facture.pdf", a_factur_x())
        assert len(chorus.flows()) == 1


def test_a_refusal_by_the_gateway_leaves_no_doubt():
    with running_stand_in() as chorus:
        chorus.fault(kind="error", status=429)
        with pytest.raises(ChorusUnavailable) as failure:
            chorus.hook().deposit("facture.pdf", a_factur_x())
        assert not isinstance(failure.value, AnswerLost)


def test_a_time_out_and_a_broken_connection_leave_a_doubt():
    with running_stand_in() as chorus:
        chorus.fault(kind="late_answer", seconds=1)
        chorus.fault(kind="lose_answer")
        for _ in range(2):
            with pytest.raises(AnswerLost):
                chorus.hook(timeout_seconds=0.2).deposit("facture.pdf", a_factur_x())
        assert len(chorus.flows()) == 2


def test_a_server_that_is_not_there_leaves_no_doubt():
    with running_stand_in() as chorus:
        hook = chorus.hook()
        hook.get_conn().close()
    with pytest.raises(ChorusUnavailable) as failure:
        hook.deposit("facture.pdf", a_factur_x())
    assert not isinstance(failure.value, AnswerLost)


def test_a_refused_request_keeps_the_words_without_the_secrets():
    with running_stand_in() as chorus:
        chorus.fault(kind="refuse", libelle="Compte TECH_1_stand_in@cpro.example inconnu")
        with pytest.raises(ChorusRefused, match=r"Compte \*\*\* inconnu"):
            chorus.hook().deposit("facture.pdf", a_factur_x())


def test_a_route_outside_of_the_subscription_is_named():
    with running_stand_in() as chorus, pytest.raises(ChorusUnauthorised, match="subscription"):
        chorus.hook(api_url=f"{chorus.root}/cpro/elsewhere").find_invoice(NUMBER, SUPPLIER)


def test_the_directory_says_what_a_receiver_demands():
    with running_stand_in() as chorus:
        hook = chorus.hook()
        rules = hook.receiver("12345678200028")
        assert rules is not None and rules.needs_service and not rules.needs_engagement
        assert rules.active_services == {"SERVICE_DEST_SERV_OBL"}
        assert hook.receiver("99999999900000") is None


def test_flows_survive_a_restart(tmp_path: Path):
    state_file = tmp_path / "chorus.json"
    with running_stand_in(state_file=state_file) as chorus:
        before = chorus.hook().deposit("facture.pdf", a_factur_x())
    with running_stand_in(state_file=state_file) as chorus:
        hook = chorus.hook()
        assert hook.flow(before, NUMBER).outcome is FlowOutcome.ACCEPTED
        assert hook.deposit("facture.pdf", a_factur_x("FA-2026-000002")) != before


def test_the_command_serves_and_prints_no_credential(tmp_path: Path):
    credentials = {name: f"own-{name}" for name in DEVELOPMENT_CREDENTIALS}
    (tmp_path / "credentials.json").write_text(json.dumps(credentials))
    command = [sys.executable, "-m", "demo.stand_ins.chorus", "--port", "0", "--processing-seconds", "0"]
    command += ["--state-file", str(tmp_path / "state.json"), "--credentials", str(tmp_path / "credentials.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            root = first.split()[-1].removesuffix("/cpro")
            hook = ChorusHook(settings=ChorusSettings(f"{root}/cpro", f"{root}/api/oauth/token", **credentials))
            assert hook.flow(hook.deposit("facture.pdf", a_factur_x()), NUMBER).outcome is FlowOutcome.ACCEPTED
            assert requests.get(f"{root}/stand-in/flows", timeout=10).json()["flows"][0]["state"] == "IN_INTEGRE"
        finally:
            process.terminate()
        printed = first + process.stdout.read()
    assert "POST /cpro/factures/v1/deposer/flux 200" in printed
    assert not [secret for secret in credentials.values() if secret in printed]
    assert not [secret for secret in credentials.values() if secret in (tmp_path / "state.json").read_text()]


def followed(chorus: RunningStandIn, flow_number: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the trigger, rebuilt from its serialised form, ends with."""
    monkeypatch.setenv("AIRFLOW_CONN_CHORUS_PRO", json.dumps(chorus.connection()))
    path, arguments = ChorusFlowTrigger(flow_number, NUMBER).serialize()
    assert path == f"{ChorusFlowTrigger.__module__}.{ChorusFlowTrigger.__qualname__}"
    trigger = ChorusFlowTrigger(**json.loads(json.dumps(arguments)))

    async def first_event() -> dict[str, str]:
        return (await anext(trigger.run())).payload

    return asyncio.run(asyncio.wait_for(first_event(), 20))


def test_the_trigger_follows_a_flow_through_unknown_states_and_failures(monkeypatch: pytest.MonkeyPatch):
    with running_stand_in(processing_seconds=0.6) as chorus:
        chorus.fault(kind="state", state="IN_VERIFICATION_CPP")
        flow_number = chorus.hook().deposit("facture.pdf", a_factur_x())
        chorus.fault(kind="error", route="consulterCRDetaille", times=2)
        event = followed(chorus, flow_number, monkeypatch)
        assert event == {"outcome": "accepted", "text": "IN_INTEGRE", "flow_number": flow_number}


def test_the_trigger_reports_a_rejection_with_its_labels(monkeypatch: pytest.MonkeyPatch):
    with running_stand_in() as chorus:
        event = followed(chorus, chorus.hook().deposit("facture.pdf", a_factur_x(means="")), monkeypatch)
        assert event["outcome"] == "rejected" and "TypeCode.value est obligatoire" in event["text"]


def test_the_trigger_gives_up_on_refused_credentials(monkeypatch: pytest.MonkeyPatch):
    with running_stand_in() as chorus:
        flow_number = chorus.hook().deposit("facture.pdf", a_factur_x())
        chorus.server.stand_in.credentials["password"] = "changed meanwhile"
        assert "credentials refused" in followed(chorus, flow_number, monkeypatch)["error"]
