"""Deliveries by e-mail against a real register and a real mail server: once each, whatever is killed."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException

from billing.hooks.deliveries import NoSuchDelivery
from billing.operators.deliver import (
    PlanDeliveriesOperator,
    SendInvoicesOperator,
    plan_deliveries,
)
from demo.stand_ins.mail_catcher import catcher
from invoicing.delivery import Channel, DeliveryState
from ops.home import free_port
from tests.integration.deliver_world import RUN, World, killed, use_mail_server
from tests.integration.deposits import RECEIVER

pytest_plugins = ["tests.integration.deliver_world"]


def send(**arguments: Any) -> dict[str, int]:
    return SendInvoicesOperator(task_id="send", bill_run_id=RUN, **arguments).execute({})  # type: ignore[typeddict-item]


def test_each_invoice_is_planned_on_its_channel_once(world: World):
    by_mail = world.issue(1)
    public = world.issue(2, "public", "chorus", siret=RECEIVER)
    planned = [PlanDeliveriesOperator(task_id="plan", bill_run_id=RUN).execute({}) for _ in range(2)]  # type: ignore[typeddict-item]
    assert planned == [{"email": [by_mail], "chorus": [public]}] * 2
    assert world.store.counts(RUN) == {("chorus", "requested"): 1, ("email", "requested"): 1}
    assert world.store.delivery(public, Channel.CHORUS).recipient == RECEIVER


def test_an_invoice_that_may_not_take_its_channel_is_recorded_and_holds_no_other(world: World):
    refused = world.issue(1, channel="chorus")
    without_address = world.issue(2, email=None)
    fine = world.issue(3)
    plan_deliveries(world.store, RUN)
    assert "public bodies only" in str(world.store.delivery(refused, Channel.CHORUS).status_text)
    assert "has no email" in str(world.store.delivery(without_address, Channel.EMAIL).status_text)
    assert world.state(fine, Channel.EMAIL) is DeliveryState.REQUESTED


def test_an_invoice_carries_its_archived_bytes_to_the_customer_once(world: World, mail_server: int):
    numbers = [world.issue(1), world.issue(2, "eu_business")]
    plan_deliveries(world.store, RUN)
    assert send() == {"sent": 2}
    assert send() == {"sent": 2}
    first, second = world.received()
    assert first["To"] == "client1@client.example"
    assert first["From"] == "Brumaire Télécom <facturation@brumaire-telecom.example>"
    assert first["Subject"] == "Brumaire Télécom\u00a0: votre facture FA-2026-000001 du 2\u00a0novembre\u00a02026"
    assert "Montant à payer\u00a0: 120,00\u00a0€" in first.get_body().get_content()  # type: ignore[union-attr]
    [attachment] = first.iter_attachments()
    assert attachment.get_filename() == "FA-2026-000001.pdf"
    assert attachment.get_content() == (world.archive / "FA-2026-000001.pdf").read_bytes()
    identities = [world.store.delivery(number, Channel.EMAIL).message_id for number in numbers]
    assert identities == [first["Message-ID"], second["Message-ID"]]
    assert len(set(identities)) == 2


def test_a_refused_address_fails_with_the_servers_words_and_the_others_go_on(world: World, mail_server: int):
    refused = world.issue(1, email="refused@client.example")
    world.issue(2)
    plan_deliveries(world.store, RUN)
    assert send() == {"failed": 1, "sent": 1}
    assert "550 5.1.1 no such mailbox" in str(world.store.delivery(refused, Channel.EMAIL).status_text)
    world.store.request_again(refused, Channel.EMAIL, recipient="right@client.example")
    assert send() == {"sent": 2}
    assert world.received()[-1]["To"] == "right@client.example"


def test_a_postponed_email_is_tried_again_by_the_retry(world: World, mail_server: int):
    number = world.issue(1, email="postponed@client.example")
    world.issue(2)
    plan_deliveries(world.store, RUN)
    with pytest.raises(AirflowException, match=number):
        send()
    assert world.store.counts(RUN) == {("email", "requested"): 1, ("email", "sent"): 1}


def test_an_email_is_not_marked_before_the_server_is_reached(world: World, monkeypatch: pytest.MonkeyPatch):
    number = world.issue(1)
    plan_deliveries(world.store, RUN)
    use_mail_server(monkeypatch, free_port())
    with pytest.raises(OSError):
        send()
    assert world.state(number, Channel.EMAIL) is DeliveryState.REQUESTED


def test_a_task_killed_while_it_hands_an_email_over_never_sends_it_twice(world: World, monkeypatch: pytest.MonkeyPatch):
    port = free_port()
    controller = catcher("127.0.0.1", port, world.mails, answer_delay=3.0)
    controller.start()
    use_mail_server(monkeypatch, port)
    number = world.issue(1)
    plan_deliveries(world.store, RUN)
    killed(
        f"SendInvoicesOperator(task_id='send', bill_run_id='{RUN}').execute({{}})",
        when=lambda: len(world.received()) == 1,
    )
    assert world.state(number, Channel.EMAIL) is DeliveryState.SENDING

    assert send() == {"in_doubt": 1}
    assert send() == {"in_doubt": 1}
    assert len(world.received()) == 1

    assert send(resend_in_doubt=[number]) == {"sent": 1}
    first, again = world.received()
    assert first["Message-ID"] != again["Message-ID"]
    controller.stop()


def test_a_person_may_confirm_a_doubtful_email_instead(world: World, mail_server: int):
    number = world.issue(1)
    plan_deliveries(world.store, RUN)
    planned = world.store.delivery(number, Channel.EMAIL)
    world.store.move(planned, DeliveryState.SENDING, new_attempt=True)
    assert send() == {"in_doubt": 1}
    confirmed = world.store.confirm_sent(number, said_by="accounting")
    assert confirmed.state is DeliveryState.SENT and "accounting" in str(confirmed.status_text)
    with pytest.raises(NoSuchDelivery, match="nothing waits"):
        world.store.confirm_sent(number, said_by="accounting")
    assert world.received() == []


def test_a_document_that_is_no_longer_the_issued_one_is_not_sent(world: World, mail_server: int):
    number = world.issue(1)
    plan_deliveries(world.store, RUN)
    path = world.archive / f"{number}.pdf"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(AirflowException, match=number):
        send()
    assert world.received() == []
    assert world.state(number, Channel.EMAIL) is DeliveryState.REQUESTED
