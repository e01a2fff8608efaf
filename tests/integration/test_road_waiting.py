"""Waiting for a delivery without a worker: the trigger on a real event loop and real servers, and what the DAG runs."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

import billing.operators.land_roads as land_roads
import billing.sensors.usage as sensors_usage
import billing.triggers.usage as triggers_usage
from billing.operators.land_roads import LandRoadOperator, fetched_sources, files_to_land
from billing.sensors.usage import UsageDeliverySensor
from billing.triggers.usage import UsageDeliveryTrigger
from tests.integration.road_api import ASKED, Api, a_road, connect_api, running_api
from tests.integration.road_servers import HOST, SSHD, Certificate, SftpServer, certificate, free_port, sftp_server
from tests.integration.road_visits import a_source, connect, visit

pytestmark = pytest.mark.skipif(SSHD is None, reason="sshd is absent: `make install` brings openssh-server")
SINCE = datetime(2026, 10, 4, 22, tzinfo=UTC)  # the end of the 4th in Paris
RHYTHM = {"every": "day", "lateness_hours": 24}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("sftp") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls") / "trusted")


@pytest.fixture
def api(trusted: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with running_api(trusted) as found:
        connect_api(monkeypatch, trusted, tmp_path / "drop", found.root)
        yield found


@pytest.fixture
def described(tmp_path: Path, server: SftpServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write the one description, of a source on the SFTP server unless told."""
    for path in server.folder.iterdir():
        path.unlink()
    for module in (land_roads, sensors_usage, triggers_usage):
        monkeypatch.setattr(module, "SOURCES_FOLDER", tmp_path)
    connect(monkeypatch, "usage_drop", conn_type="fs", extra={"path": str(tmp_path / "drop")})
    point(monkeypatch, server, server.port)

    def write(text: str) -> None:
        (tmp_path / "source.yml").write_text(text)

    write(on_sftp(server))
    return write


def point(monkeypatch: pytest.MonkeyPatch, server: SftpServer, port: int, **extra: Any) -> None:
    usual = {"host_key": server.host_key, "private_key": server.private_key}
    connect(monkeypatch, "supplier", conn_type="sftp", host=HOST, port=port, login=server.login, extra=usual | extra)


def on_sftp(server: SftpServer, **keys: Any) -> str:
    road = {"kind": "sftp", "connection": "supplier", "folder": str(server.folder), "settle_seconds": 0}
    return a_source(road, **{"rhythm": RHYTHM, **keys})


def put(server: SftpServer, sent_at: datetime) -> None:
    path = server.folder / ".messidor_1.csv"
    path.write_bytes(b"1;x\n")
    os.utime(path, (sent_at.timestamp(), sent_at.timestamp()))
    path.rename(server.folder / "messidor_1.csv")


def a_trigger(silent_in: float, source: str = "messidor") -> UsageDeliveryTrigger:
    silent_at = datetime.now(UTC) + timedelta(seconds=silent_in)
    return UsageDeliveryTrigger(source, SINCE.isoformat(), silent_at.isoformat(), poll_seconds=1)


def event_of(trigger: UsageDeliveryTrigger) -> Any:
    async def first() -> Any:
        async for event in trigger.run():
            return event.payload

    return asyncio.run(asyncio.wait_for(first(), 60))


def test_the_trigger_sees_a_delivery_that_comes_while_it_waits(described, server: SftpServer):
    put(server, SINCE - timedelta(hours=1))  # of the day before: it is not the awaited one
    awaited = threading.Timer(1.5, put, (server, SINCE + timedelta(hours=3)))
    awaited.start()

    assert event_of(a_trigger(60)) == {"state": "delivered"}
    awaited.join()


def test_the_loop_goes_on_while_the_trigger_talks_to_a_server(described, monkeypatch: pytest.MonkeyPatch):
    """A look that takes its time in the thread: other triggers of the loop are served meanwhile."""
    is_served = threading.Event()

    def look(*_: Any) -> list[str]:
        assert is_served.wait(10), "the loop was held"
        return ["messidor_1.csv"]

    monkeypatch.setattr(UsageDeliveryTrigger, "_look", look)

    async def both() -> Any:
        waiting = asyncio.create_task(anext(a_trigger(60).run()))
        for _ in range(50):
            await asyncio.sleep(0)
        is_served.set()  # only a free loop comes here
        return (await waiting).payload

    assert asyncio.run(both()) == {"state": "delivered"}


def test_a_source_that_says_nothing_is_silent(described):
    assert event_of(a_trigger(0.1)) == {"state": "silent"}


def test_a_server_that_is_down_is_waited_out(described, server: SftpServer, monkeypatch: pytest.MonkeyPatch):
    put(server, SINCE)
    point(monkeypatch, server, free_port())
    repaired = threading.Timer(1.5, point, (monkeypatch, server, server.port))
    repaired.start()

    assert event_of(a_trigger(60)) == {"state": "delivered"}
    repaired.join()


def test_a_connection_that_a_person_must_repair_ends_the_wait(described, server: SftpServer, monkeypatch):
    point(monkeypatch, server, server.port, host_key="")

    assert "connection supplier has no host_key" in event_of(a_trigger(60))["error"]


def test_a_delivery_that_was_taken_and_moved_counts(described, server: SftpServer):
    put(server, SINCE)
    visit(on_sftp(server))
    (server.folder / "messidor_1.csv").unlink()

    assert event_of(a_trigger(0.1)) == {"state": "delivered"}


@pytest.mark.parametrize(("body", "state"), [('[{"id": 1}]', "delivered"), ("[]", "silent")])
def test_an_api_has_delivered_once_its_day_has_a_record(described, api: Api, body: str, state: str):
    described(a_road())
    api.says(ASKED, body)

    assert event_of(a_trigger(0.1, "ovh")) == {"state": state}


def test_the_drop_itself_is_waited_on(described, tmp_path: Path):
    described(a_source(None, rhythm=RHYTHM))
    assert event_of(a_trigger(0.1)) == {"state": "silent"}

    (tmp_path / "drop" / "usage").mkdir(parents=True)
    path = tmp_path / "drop" / "usage" / "messidor_1.csv"
    path.write_bytes(b"1;x\n")
    os.utime(path, (SINCE.timestamp(), SINCE.timestamp()))

    assert event_of(a_trigger(0.1)) == {"state": "delivered"}


def test_the_trigger_comes_back_the_same_after_a_restart():
    trigger = a_trigger(60)
    path, words = trigger.serialize()

    assert path == f"{UsageDeliveryTrigger.__module__}.{UsageDeliveryTrigger.__qualname__}"
    assert UsageDeliveryTrigger(**words).serialize() == (path, words)


def a_sensor(over_at: datetime = SINCE + timedelta(hours=4), **words: Any) -> UsageDeliverySensor:
    return UsageDeliverySensor(task_id="wait", source="messidor", day_is_over_at=over_at.isoformat(), **words)


def today() -> datetime:
    return datetime.now(UTC)


def test_the_sensor_gives_its_worker_back_and_ends_as_the_trigger_saw(described):
    described(a_source(None, rhythm={"every": "day", "lateness_hours": 48}))
    sensor = a_sensor(today())

    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute({})

    assert isinstance(deferred.value.trigger, UsageDeliveryTrigger)
    assert getattr(sensor, deferred.value.method_name)({}, {"state": "delivered"}) == "delivered"
    with pytest.raises(AirflowFailException, match="no host_key"):
        sensor.resume({}, {"error": "connection supplier has no host_key"})


def test_a_silent_source_ends_the_wait_and_fails_it_only_on_demand(described):
    long_ago = today() - timedelta(days=3)
    assert a_sensor(long_ago).execute({}) == "silent"
    with pytest.raises(AirflowFailException, match="source messidor is silent: nothing came within its lateness"):
        a_sensor(long_ago, is_silence_failure=True).execute({})


def test_a_day_that_the_rhythm_does_not_promise_is_not_waited_for(described, server: SftpServer):
    described(on_sftp(server, rhythm={"every": "weekday", "lateness_hours": 24}))

    assert a_sensor().execute({}) == "not_expected"  # the 4th was a Sunday


def test_a_sensor_with_a_worker_of_its_own_sees_the_same(described, server: SftpServer):
    put(server, SINCE)

    assert a_sensor(deferrable=False).execute({}) == "delivered"


def test_the_operator_brings_what_the_dag_then_lands(described, server: SftpServer):
    put(server, SINCE)

    assert fetched_sources() == ["messidor"]
    assert LandRoadOperator(task_id="land", source="messidor").execute({}) == {
        "source": "messidor", "brought": 1, "left": 0,
    }  # fmt: skip
    assert files_to_land() == ["usage/messidor/sftp/20261004T220000Z/messidor_1.csv"]


def test_what_a_person_must_repair_is_not_tried_again(described, server: SftpServer, monkeypatch: pytest.MonkeyPatch):
    point(monkeypatch, server, server.port, host_key="")

    with pytest.raises(AirflowFailException, match="connection supplier has no host_key"):
        LandRoadOperator(task_id="land", source="messidor").execute({})
