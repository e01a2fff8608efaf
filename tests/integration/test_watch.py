"""The watch task against a real database, mail server and webhook: told once, told again when doubled, never in the way."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from structlog.testing import capture_logs

from billing.hooks.watch import AnswerRefused, WatchListRefused, WatchStore
from billing.operators.watch import AnswerFraudAlertOperator, LandWatchListsOperator, WatchOperator
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.home import free_port
from ops.migrate import migrate
from tests.integration.dbt_build import build
from tests.integration.deliver_world import World, use_mail_server
from tests.integration.drafts import connector
from tests.integration.fraud_cases import FIXED, NOON, call, line, number
from tests.integration.fraud_sample import SELECTION, insert_owners, rows
from tests.integration.rate_rows import insert, insert_file

pytest_plugins = ["tests.integration.deliver_world"]
TEMPLATE = "fraud_to_tell"
WHO = "fraude@brumaire-telecom.example, astreinte@brumaire-telecom.example"


@pytest.fixture(scope="module")
def _told_template(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two lines over their hour, one of a customer whose suspected usage is held."""
    dsn = embedded_postgres.create_database(postgres_server, TEMPLATE)
    migrate(dsn)
    with psycopg.connect(dsn) as conn:
        calls = [
            call("small/1", 1, number(FIXED, 1), NOON, 600, "21"),
            call("dear/1", 2, number(FIXED, 2), NOON, 600, "40"),
        ]
        insert_file(conn, "calls", calls)
        insert_owners(conn, [line(1), line(2)], 1)
        limit = {"rule_code": "velocity_1h", "customer_code": "C001", "holds_usage": True, "known_from": "2026-01-01"}
        insert(conn, "watch.thresholds", [limit])
    build(dsn, tmp_path_factory.mktemp("dbt"), *SELECTION)
    yield TEMPLATE
    embedded_postgres.drop_database(postgres_server, TEMPLATE)


@pytest.fixture
def warehouse_dsn(postgres_server: ServerInfo, _told_template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A copy of it for each test, in place of the empty warehouse."""
    name = f"watch_{abs(hash(request.node.nodeid))}"
    yield embedded_postgres.create_database(postgres_server, name, _told_template)
    embedded_postgres.drop_database(postgres_server, name)


@dataclass
class Webhook:
    """An HTTP server that answers as told, and keeps what it is sent."""

    status: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(kept.status)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = {"conn_type": "http", "host": "127.0.0.1", "port": server.server_port}
    monkeypatch.setenv("AIRFLOW_CONN_FRAUD_HOOK", json.dumps(connection))
    yield kept
    server.shutdown()
    server.server_close()


def watch(recipients: str = WHO, webhook_conn_id: str = "") -> dict[str, int]:
    operator = WatchOperator(task_id="watch_fraud", recipients=recipients, webhook_conn_id=webhook_conn_id)
    return operator.execute({})  # type: ignore[typeddict-item]


def raise_cost(dsn: str, line_id: str, factor: str) -> None:
    """As the next look would find it."""
    with psycopg.connect(dsn) as conn:
        conn.execute(
            "update watch_reports.fct_fraud_alerts set cost_so_far = cost_so_far * %s where line_id = %s",
            [Decimal(factor), line_id],
        )


def key(dsn: str, line_id: str) -> str:
    [row] = rows(dsn, "select alert_key from watch.alerts where line_id = %s", line_id)
    return str(row["alert_key"])


def test_one_mail_tells_all_alerts_dearest_first_and_only_once(world: World, mail_server: int):
    assert {"new": 2, "changed": 0, "email": 2} == watch()
    assert {"new": 0, "changed": 0, "email": 0} == watch()

    [mail] = world.received()
    text = mail.get_body().get_content()  # type: ignore[union-attr]
    assert "Fraude possible\u00a0: 2\u00a0alertes, 61,00\u00a0€" == mail["Subject"]
    assert WHO == mail["To"]
    assert text.index("Client C001 (C001)") < text.index("Client C000 (C000)")
    assert "Fournisseur à appeler\u00a0: messidor" in text
    assert "05 36 49 XX XX (1)" in text
    assert number(FIXED, 2) not in text


def test_an_alert_is_told_again_only_when_its_cost_has_doubled(world: World, mail_server: int):
    watch()
    raise_cost(world.dsn, line(1), "1.99")
    assert {"new": 0, "changed": 1, "email": 0} == watch()
    raise_cost(world.dsn, line(1), "1.01")
    assert {"new": 0, "changed": 1, "email": 1} == watch()
    assert "le coût a doublé depuis" in world.received()[-1].get_body().get_content()  # type: ignore[union-attr]


def test_a_mail_server_that_is_down_skips_the_task_and_the_next_run_tells(
    world: World, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    use_mail_server(monkeypatch, free_port())
    with capture_logs() as logs, pytest.raises(AirflowSkipException, match="2 by email"):
        watch()
    assert [entry for entry in logs if entry["log_level"] == "warning"]
    assert 2 == len(rows(world.dsn, "select 1 from watch.alerts"))

    request.getfixturevalue("mail_server")
    assert 2 == watch()["email"]


def test_a_webhook_gets_the_same_facts_and_its_failure_does_not_send_the_mail_twice(
    world: World, mail_server: int, webhook: Webhook
):
    webhook.status = 503
    with pytest.raises(AirflowSkipException, match="2 by webhook"):
        watch(webhook_conn_id="fraud_hook")
    webhook.status = 200
    assert {"new": 0, "changed": 0, "email": 0, "webhook": 2} == watch(webhook_conn_id="fraud_hook")

    assert 1 == len(world.received())
    first = webhook.bodies[-1]["alerts"][0]
    assert ("40.00", line(2), ["messidor"]) == (first["cost_so_far"], first["line"], first["suppliers"])
    assert number(FIXED, 2) not in json.dumps(webhook.bodies)


def test_alerts_that_nobody_is_told_are_said_by_the_task(world: World):
    with pytest.raises(AirflowSkipException, match="2 fraud alerts and nobody to tell"):
        watch(recipients="")


def test_an_answered_alert_is_not_told_and_a_doubled_one_says_who_answered(world: World, mail_server: int):
    store = WatchStore(connector(world.dsn))
    store.keep_alerts()
    store.decide(key(world.dsn, line(1)), "acknowledge", decided_by="a.martin", reason="vu au téléphone")
    assert 1 == watch()["email"]
    store.decide(key(world.dsn, line(2)), "honest", decided_by="a.martin", reason="campagne annoncée")
    raise_cost(world.dsn, line(2), "2")
    assert 1 == watch()["email"]
    text = world.received()[-1].get_body().get_content()  # type: ignore[union-attr]
    assert "close, appels légitimes (a.martin)" in text


def test_suspected_usage_is_held_until_a_person_calls_it_honest_and_an_earlier_as_of_still_holds_it(
    world: World, tmp_path: Path
):
    store = WatchStore(connector(world.dsn))
    store.keep_alerts()
    before = datetime.now(UTC) + timedelta(seconds=1)
    with psycopg.connect(world.dsn) as conn:
        conn.execute("select pg_sleep(1.1)")  # the two words must not share a second

    def held(**variables: str) -> list[str]:
        build(world.dsn, tmp_path, "--select", "+int_fraud__held", "--exclude-resource-type", "unit_test", **variables)
        return [row["usage_id"] for row in rows(world.dsn, "select usage_id from rate.int_fraud__held")]

    assert ["dear/1"] == held()
    store.decide(key(world.dsn, line(2)), "fraud", decided_by="a.martin", reason="client joint")
    assert ["dear/1"] == held()
    store.decide(key(world.dsn, line(2)), "honest", decided_by="a.martin", reason="le client confirme")
    assert [] == held()
    assert ["dear/1"] == held(as_of=before.isoformat())


def test_an_answer_has_an_author_a_reason_and_an_alert_and_is_kept_once(world: World):
    store = WatchStore(connector(world.dsn))
    store.keep_alerts()
    alert_key = key(world.dsn, line(1))
    answer = {"alert_key": alert_key, "answer": "fraud", "reason": "client joint", "decided_by": "a.martin"}

    def answered(**changes: str) -> bool:
        return AnswerFraudAlertOperator(task_id="answer", **{**answer, **changes}).execute({})  # type: ignore[typeddict-item]

    assert answered()
    assert not answered()
    for changes, words in (
        ({"decided_by": ""}, "author"), ({"reason": " "}, "reason"), ({"alert_key": "x"}, "no alert"), ({"answer": "yes"}, "not one of"),
    ):  # fmt: skip
        with pytest.raises(AirflowFailException, match=words):
            answered(**changes)
    assert 1 == len(rows(world.dsn, "select 1 from watch.decisions"))
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        conn.execute("update watch.decisions set verdict = 'honest'")


def test_limits_and_silences_come_from_files_and_the_shipped_defaults_stay(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "drop" / "watch"
    folder.mkdir(parents=True)
    monkeypatch.setenv(
        "AIRFLOW_CONN_USAGE_DROP", json.dumps({"conn_type": "fs", "extra": {"path": str(folder.parent)}})
    )
    (folder / "thresholds.csv").write_text("rule_code,customer_code,amount_limit\nvelocity_1h,C000,100\nwangiri,,2\n")
    (folder / "suppressions.csv").write_text(
        "line_id,author,reason,valid_from,valid_until\n+33199000002,A. Martin,télévente,2026-01-01,2027-01-01\n"
    )

    def landed() -> dict[str, int]:
        return LandWatchListsOperator(task_id="land_watch_lists").execute({})  # type: ignore[typeddict-item]

    assert {"thresholds": 2, "suppressions": 1} == landed()
    assert {"thresholds": 0, "suppressions": 0} == landed()
    known = rows(
        world.dsn,
        "select customer_code, rule_code, amount_limit from watch.thresholds where known_until = 'infinity' order by customer_code, rule_code",
    )
    assert 19 == len([row for row in known if row["customer_code"] is None])  # one replaced, none lost
    assert [("C000", 100)] == [(row["customer_code"], row["amount_limit"]) for row in known if row["customer_code"]]

    (folder / "thresholds.csv").write_text("rule,customer_code\nvelocity_1h,C000\n")
    with pytest.raises(WatchListRefused, match="unknown columns"):
        landed()


def test_a_silence_without_an_end_is_refused(world: World):
    content = b"line_id,author,reason,valid_from,valid_until\n+33199000002,A,B,2026-01-01,infinity\n"
    with pytest.raises(psycopg.errors.CheckViolation, match="ends_after_it_began"):
        WatchStore(connector(world.dsn)).replace_lists({"suppressions": content})


def test_an_unknown_answer_is_refused_before_the_database_is_asked():
    with pytest.raises(AnswerRefused, match="acknowledge, fraud, honest"):
        WatchStore(connector("nowhere")).decide("k", "maybe", decided_by="a", reason="b")
