"""The operator of the DAG `decide_meter_task`: the form of a person becomes one kept answer."""

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException
from psycopg.conninfo import conninfo_to_dict

from billing.operators.meters import DecideMeterTaskOperator

FORM: dict[str, Any] = {
    "task_key": None,
    "answer": "enter",
    "usage_type": "page_black",
    "quantity": 0,
    "read_at": "2026-10-01T09:00:00+02:00",
    "line_id": "CP-1",
    "reason": "mise en place",
}


@pytest.fixture
def warehouse(warehouse_dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    parts = conninfo_to_dict(warehouse_dsn)
    connection = {
        "conn_type": "postgres",
        "host": parts["host"],
        "port": int(str(parts["port"])),
        "login": parts["user"],
        "password": parts["password"],
        "schema": parts["dbname"],
    }
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(connection))
    return warehouse_dsn


def decide(decided_by: str = "a.martin", **changes: Any) -> int | None:
    operator = DecideMeterTaskOperator(task_id="decide", decided_by=decided_by)
    return operator.execute({"params": {**FORM, **changes}})  # type: ignore[arg-type]


def decisions(dsn: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "select line_id, read_at, usage_type, answer, quantity, reason, decided_by"
            " from landing.meter_decisions order by decision_id"
        ).fetchall()


def test_the_form_is_kept_once_with_who_answered_and_why(warehouse: str) -> None:
    assert decide() is not None
    assert decide() is None  # the task, retried

    read_at = datetime(2026, 10, 1, 7, tzinfo=UTC)
    assert [("CP-1", read_at, "page_black", "enter", 0, "mise en place", "a.martin")] == decisions(warehouse)


def test_an_answer_taken_back_is_another_row(warehouse: str) -> None:
    decide()
    decide(answer="withdraw", quantity=None)

    assert ["enter", "withdraw"] == [row[3] for row in decisions(warehouse)]


@pytest.mark.parametrize(
    ("who", "changes", "words"),
    [
        ("", {}, "a person's"),
        ("a.martin", {"quantity": None}, "need a quantity"),
        ("a.martin", {"read_at": "hier"}, "hier"),
        ("a.martin", {"line_id": ""}, "task_key"),
        ("a.martin", {"task_key": "none"}, "rpt_meter_tasks"),
    ],
)
def test_an_answer_that_cannot_be_kept_fails_at_once_and_writes_nothing(
    warehouse: str, who: str, changes: dict[str, Any], words: str
) -> None:
    """Before the first rating there is no list of tasks either: the message is the same."""
    with pytest.raises(AirflowFailException, match=words):
        decide(who, **changes)

    assert [] == decisions(warehouse)
