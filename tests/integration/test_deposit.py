"""Deposits at Chorus Pro against a real register and a real HTTP server: one each, whatever is killed or lost."""

import asyncio
import json
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

from billing.hooks.deliveries import DeliveryMoved
from billing.operators.deliver import (
    DepositChorusOperator,
    plan_deliveries,
)
from billing.sensors.chorus import ChorusFlowSensor
from billing.triggers.chorus import ChorusFlowTrigger
from invoicing.delivery import Channel, DeliveryState
from tests.integration.deliver_world import RUN, World, killed
from tests.integration.deposits import RunningStandIn, a_factur_x

pytest_plugins = ["tests.integration.deliver_world"]


def run(operator: DepositChorusOperator | ChorusFlowSensor) -> str:
    """Run a deferrable task to its end, as scheduler and triggerer do."""
    event, kwargs = None, {}
    for _ in range(50):
        try:
            return operator.resume({}, event=event, **kwargs)  # type: ignore[typeddict-item]
        except TaskDeferred as deferred:
            kwargs = deferred.kwargs or {}
            if isinstance(deferred.trigger, ChorusFlowTrigger):
                trigger = ChorusFlowTrigger(**deferred.trigger.serialize()[1])
                event = asyncio.run(_first(trigger))
            else:
                event = deferred.trigger.moment
                time.sleep(max(0.0, (event - datetime.now(UTC)).total_seconds()))
    raise AssertionError("deferred for ever")


async def _first(trigger: ChorusFlowTrigger) -> Any:
    return (await asyncio.wait_for(anext(trigger.run()), 20)).payload


def deposit(number: str) -> str:
    return run(DepositChorusOperator(task_id="deposit", invoice_number=number))


def follow(number: str) -> str:
    return run(ChorusFlowSensor(task_id="follow", invoice_number=number))


def test_a_deposit_is_followed_until_chorus_pro_has_integrated_it(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.server.stand_in.flows.processing_seconds = 0.4
    assert deposit(number) == "deposited"
    assert deposit(number) == "deposited"
    assert follow(number) == "accepted"
    assert follow(number) == "accepted"
    [flow] = chorus.flows()
    after = world.store.delivery(number, Channel.CHORUS)
    assert (flow["flow_number"], flow["sha256"]) == (after.flow_number, after.sha256)
    assert after.attempt_count == 1


def test_a_rejection_is_recorded_with_its_labels_and_does_not_fail_the_task(world: World, chorus: RunningStandIn):
    number = world.issue_public(1)
    other = world.issue_public(2)
    wrong = a_factur_x(number, process="S1")
    (world.archive / f"{number}.pdf").write_bytes(wrong)
    with psycopg.connect(world.dsn) as conn:
        conn.execute(
            "update register.deliveries set sha256 = %s where invoice_number = %s",
            [sha256(wrong).hexdigest(), number],
        )
    assert [deposit(number), deposit(other)] == ["deposited", "deposited"]
    assert [follow(number), follow(other)] == ["rejected", "accepted"]
    assert "cadre de facturation S1" in str(world.store.delivery(number, Channel.CHORUS).status_text)


def test_a_missing_service_code_is_refused_before_any_deposit(world: World, chorus: RunningStandIn):
    number = world.issue(1, "public", "chorus", siret="12345678200028")
    plan_deliveries(world.store, RUN)
    assert deposit(number) == "failed"
    assert "demands a service code" in str(world.store.delivery(number, Channel.CHORUS).status_text)
    assert chorus.flows() == []


def test_a_time_out_after_the_deposit_was_taken_makes_one_deposit(
    world: World, chorus: RunningStandIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW_CONN_CHORUS_PRO", json.dumps(chorus.connection(timeout_seconds=0.3)))
    number = world.issue_public()
    chorus.fault(kind="late_answer", seconds=1)
    assert deposit(number) == "deposited"
    assert follow(number) == "accepted"
    assert len(chorus.flows()) == 1


@pytest.mark.parametrize("fault", [{"kind": "lose_answer"}, {"kind": "error_after", "status": 504}])
def test_an_answer_that_was_lost_makes_one_deposit(world: World, chorus: RunningStandIn, fault: dict[str, Any]):
    """The invoice turns up in the search later than the first look, within the doubt."""
    chorus.server.stand_in.flows.processing_seconds = 0.2
    number = world.issue_public()
    chorus.fault(**fault)
    assert deposit(number) == "deposited"
    assert follow(number) == "accepted"
    assert len(chorus.flows()) == 1


def test_a_deposit_that_never_arrived_is_made_again_after_the_doubt_and_not_before(
    world: World, chorus: RunningStandIn
):
    number = world.issue_public()
    chorus.fault(kind="error", status=502)
    before = time.monotonic()
    assert deposit(number) == "deposited"
    assert time.monotonic() - before >= 0.4
    assert len(chorus.flows()) == 1
    assert world.store.delivery(number, Channel.CHORUS).attempt_count == 2


def test_a_task_killed_between_request_and_answer_makes_one_deposit(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.fault(kind="late_answer", seconds=3)
    killed(
        f"DepositChorusOperator(task_id='deposit', invoice_number='{number}').resume({{}})",
        when=lambda: len(chorus.flows()) == 1,
    )
    assert world.state(number, Channel.CHORUS) is DeliveryState.SENDING
    assert deposit(number) == "deposited"
    assert follow(number) == "accepted"
    assert len(chorus.flows()) == 1


def test_a_task_killed_before_its_deposit_arrives_makes_one_deposit(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.fault(kind="delay", seconds=3, route="rechercher/fournisseur")
    killed(
        f"DepositChorusOperator(task_id='deposit', invoice_number='{number}').resume({{}})",
        when=lambda: not any(fault["times"] for fault in chorus.server.stand_in.faults),
    )
    assert world.state(number, Channel.CHORUS) is DeliveryState.REQUESTED
    assert deposit(number) == "deposited"
    assert len(chorus.flows()) == 1


def test_a_deposit_made_twice_after_all_is_accepted_once(world: World, chorus: RunningStandIn):
    """The doubt was too short: the second flow is rejected as a duplicate of the first, which went through."""
    chorus.server.stand_in.flows.processing_seconds = 1.5
    number = world.issue_public()
    chorus.fault(kind="lose_answer")
    assert deposit(number) == "deposited"
    assert follow(number) == "accepted"
    first, second = chorus.flows()
    assert [first["state"], second["state"]] == ["IN_INTEGRE", "IN_REJETE"]
    assert world.store.delivery(number, Channel.CHORUS).flow_number == first["flow_number"]


def test_an_incident_of_the_platform_deposits_the_same_file_again(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.fault(kind="incident")
    assert deposit(number) == "deposited"
    assert follow(number) == "accepted"
    assert [flow["state"] for flow in chorus.flows()] == ["IN_INCIDENTE", "IN_INTEGRE"]
    assert len({flow["sha256"] for flow in chorus.flows()}) == 1


def test_incidents_without_end_stop_after_a_few_deposits(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.fault(kind="incident", times=100)
    deposit(number)
    assert follow(number) == "failed"
    assert len(chorus.flows()) == 5


def test_a_number_that_chorus_pro_holds_with_another_total_is_not_deposited(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.hook().deposit("facture.pdf", a_factur_x(number, total="99.00"))
    assert deposit(number) == "failed"
    assert "another total, 99.0" in str(world.store.delivery(number, Channel.CHORUS).status_text)
    assert len(chorus.flows()) == 1


def test_a_refused_request_is_recorded_in_chorus_pros_words(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    chorus.fault(kind="refuse", libelle="Taille du fichier non admise")
    assert deposit(number) == "failed"
    assert "Taille du fichier non admise" in str(world.store.delivery(number, Channel.CHORUS).status_text)
    world.store.request_again(number, Channel.CHORUS)
    assert deposit(number) == "deposited"


def test_wrong_credentials_fail_the_task_and_leave_the_delivery_requested(
    world: World, chorus: RunningStandIn, monkeypatch: pytest.MonkeyPatch
):
    number = world.issue_public()
    connection = chorus.connection(client_secret="wrong-secret")
    monkeypatch.setenv("AIRFLOW_CONN_CHORUS_PRO", json.dumps(connection))
    with pytest.raises(AirflowFailException, match="client_id or client_secret") as failure:
        deposit(number)
    assert "wrong-secret" not in str(failure.value)
    assert world.state(number, Channel.CHORUS) is DeliveryState.REQUESTED
    assert chorus.flows() == []


def test_of_two_tasks_that_hold_one_delivery_one_wins(world: World):
    number = world.issue_public()
    read = world.store.delivery(number, Channel.CHORUS)
    world.store.move(read, DeliveryState.SENDING, new_attempt=True)
    with pytest.raises(DeliveryMoved, match=number):
        world.store.move(read, DeliveryState.SENDING, new_attempt=True)


def test_a_document_that_is_no_longer_the_issued_one_is_not_deposited(world: World, chorus: RunningStandIn):
    number = world.issue_public()
    path = world.archive / f"{number}.pdf"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(AirflowFailException, match="not the document that was issued"):
        deposit(number)
    assert chorus.flows() == []
    assert world.state(number, Channel.CHORUS) is DeliveryState.REQUESTED
