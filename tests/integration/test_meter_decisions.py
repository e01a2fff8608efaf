"""A person answers tasks about meters, and rating reads the answers: a database rated before, after, and as it was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from billing.hooks.meters import Answer, AnswerRefused, MeterStore
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build
from tests.integration.drafts import connector
from tests.integration.meter_rows import MASTER, READINGS, a_reading, on
from tests.integration.rate_rows import insert_file, insert_master

SELECT = ("--select", "+rpt_file_conservation", "+rpt_meter_tasks", "--exclude-resource-type", "unit_test")
ASKED, ANSWERED, LATE = "2026-11-10 08:00:00+00", "2026-11-12 08:00:00+00", "2026-11-14 08:00:00+00"
DECIDED_AT = datetime(2026, 11, 11, 9, tzinfo=UTC)
AUGUST_READING = on(8, 30)
AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 30), date(2026, 9, 30), date(2026, 10, 30)

# machine and kind of task → what the person says of it
ANSWERS: dict[tuple[str, str], dict[str, Any]] = {
    ("PLAIN", "start"): {"answer": "enter", "quantity": 900, "read_at": on(8, 1)},
    ("RESET", "negative"): {"answer": "replace", "quantity": 250},
    ("TWO", "conflict"): {"answer": "enter", "quantity": 1550},
    ("LATE", "start"): {"answer": "accept"},
    ("GUESS", "estimated"): {"answer": "accept"},
    ("HIGH", "below_estimate"): {"answer": "accept"},
    ("SILENT", "missing"): {"answer": "enter", "quantity": 1080},
    ("OLD", "final"): {"answer": "accept"},
    ("JUMP", "jump"): {"answer": "discard"},
    ("WILD", "jump"): {"answer": "accept"},
    ("PASSED", "moved"): {"answer": "enter", "quantity": 1350, "read_at": on(10, 14)},
    ("MUTE", "no_counter"): {"answer": "discard"},
}


@dataclass(frozen=True)
class Seen:
    """What is billed and asked of each machine at one `as_of`."""

    usage: dict[str, list[tuple[date, int]]]
    tasks: dict[str, list[tuple[str, date]]]
    outcomes: dict[tuple[str, int], tuple[str, str]]


def look(dsn: str) -> Seen:
    seen = Seen({}, {}, {})
    with psycopg.connect(dsn) as conn:
        for line_id, day, pages in conn.execute(
            "select line_id, local_day, page_count from rate.int_meters__usage order by started_at"
        ):
            seen.usage.setdefault(line_id, []).append((day, pages))
        for line_id, kind, day in conn.execute(
            "select line_id, task_kind, local_day from watch_reports.rpt_meter_tasks order by read_at, task_kind"
        ):
            seen.tasks.setdefault(line_id, []).append((kind, day))
        for file_id, line, outcome, reason in conn.execute(
            "select file_id, source_line, outcome, reason from rate.int_meters__outcomes"
        ):
            seen.outcomes[file_id, line] = (outcome, reason)
    return seen


def task_key(dsn: str, line_id: str, task_kind: str) -> str:
    query = "select task_key from watch_reports.rpt_meter_tasks where line_id = %s and task_kind = %s"
    with psycopg.connect(dsn) as conn:
        [key] = conn.execute(query, (line_id, task_kind)).fetchone() or [""]
    return key


@dataclass(frozen=True)
class History:
    dsn: str
    asked: Seen
    answered: Seen
    rated: list[dict[str, Any]]
    late: Seen
    as_it_was: Seen
    refusals: dict[str, str]


@pytest.fixture(scope="module")
def history(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    dsn = embedded_postgres.create_database(postgres_server, "meter_decisions")
    migrate(dsn)
    store = MeterStore(connector(dsn))

    def seen_at(as_of: str) -> Seen:
        dbt_build.build(dsn, tmp_path_factory.mktemp("dbt"), *SELECT, as_of=as_of)
        return look(dsn)

    with psycopg.connect(dsn) as conn:
        for table, rows in MASTER.items():
            insert_master(conn, table, rows)
        insert_file(conn, "readings", READINGS, source_code="relevés")
    asked = seen_at(ASKED)
    refusals = {name: refusal(attempt) for name, attempt in attempts(dsn, store).items()}
    for (line_id, kind), given in ANSWERS.items():
        counter = {"usage_type": "page_black"} if "quantity" in given else {}
        answer = Answer(reason="vu sur place", task_key=task_key(dsn, line_id, kind), **counter, **given)
        assert store.decide(answer, decided_by="a.martin") is not None
        assert store.decide(answer, decided_by="a.martin") is None  # a retry
    store.decide(
        Answer(answer="withdraw", reason="erreur de machine", line_id="high", read_at=on(10, 30)), decided_by="a.martin"
    )
    with psycopg.connect(dsn) as conn:
        conn.execute("update landing.meter_decisions set decided_at = %s", (DECIDED_AT,))
        between = [a_reading("RESET", on(9, 15), 1300), a_reading("WILD", AUGUST_READING, 1000)]
        insert_file(conn, "sent-later", between, source_code="relevés", landed_at=datetime(2026, 11, 13, tzinfo=UTC))
    answered = seen_at(ANSWERED)
    with psycopg.connect(dsn, row_factory=dict_row) as conn:
        rated = conn.execute("select * from rate.fct_rated_usage").fetchall()
    yield History(dsn, asked, answered, rated, seen_at(LATE), seen_at(ASKED), refusals)
    embedded_postgres.drop_database(postgres_server, "meter_decisions")


def attempts(dsn: str, store: MeterStore) -> dict[str, Callable[[], Any]]:
    def decide(line_id: str, kind: str, **given: Any) -> Callable[[], Any]:
        key = task_key(dsn, line_id, kind)
        return lambda: store.decide(Answer(reason="essai", task_key=key, **given), decided_by="a.martin")

    entered = {"answer": "enter", "quantity": 0, "usage_type": "page_black"}
    return {
        "a negative difference accepted": decide("RESET", "negative", answer="accept"),
        "a start at the first reading": decide("PLAIN", "start", **entered),
        "no such task": lambda: store.decide(Answer("accept", "essai", task_key="none"), decided_by="a.martin"),
        "no reason": lambda: Answer("accept", " ", task_key="none"),
        "no quantity": lambda: Answer("replace", "essai", usage_type="page_black", task_key="none"),
        "no counter": lambda: Answer("replace", "essai", quantity=3, task_key="none"),
        "below zero": lambda: Answer("replace", "essai", usage_type="page_black", quantity=-3, task_key="none"),
        "no machine": lambda: Answer("withdraw", "essai"),
        "no offset": lambda: Answer("accept", "essai", line_id="PLAIN", read_at=datetime(2026, 10, 1)),
        "unknown answer": lambda: Answer("forget", "essai", task_key="none"),
    }


def refusal(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except AnswerRefused as refused:
        return str(refused)
    return ""


AFTER = {
    "PLAIN": ([(AUGUST, 100), (SEPTEMBER, 500), (OCTOBER, 200)], []),
    "RESET": ([(SEPTEMBER, 250), (OCTOBER, 700), (date(2026, 11, 5), 50)], [("start", AUGUST)]),
    "TWO": ([(SEPTEMBER, 550), (OCTOBER, 150)], [("start", AUGUST)]),
    "LATE": ([(date(2026, 10, 4), 300), (OCTOBER, 100)], [("late", date(2026, 10, 4))]),
    "GUESS": ([(OCTOBER, 600), (date(2026, 11, 5), 100)], [("start", AUGUST), ("late", OCTOBER)]),
    "HIGH": ([], [("start", AUGUST), ("below_estimate", OCTOBER)]),
    "SILENT": ([(date(2026, 10, 31), 80)], [("start", AUGUST), ("late", date(2026, 10, 31))]),
    "OLD": ([], [("start", AUGUST)]),
    "WILD": ([(SEPTEMBER, 1_000_000)], [("start", AUGUST), ("missing", date(2026, 10, 31))]),
    "PASSED": ([(SEPTEMBER, 200), (date(2026, 10, 14), 150), (OCTOBER, 150)], [("start", AUGUST)]),
    "MUTE": ([], []),
}


@pytest.mark.parametrize("line_id", AFTER)
def test_an_answer_bills_what_it_says_and_ends_its_task(history: History, line_id: str) -> None:
    usage, tasks = AFTER[line_id]

    assert usage == history.answered.usage.get(line_id, [])
    assert tasks == history.answered.tasks.get(line_id, [])


def test_a_reading_that_a_person_discards_takes_no_part_and_is_not_lost(history: History) -> None:
    lines = {reading["line_id"]: line for line, reading in enumerate(READINGS, start=2)}  # the last line of each

    assert history.asked.usage["JUMP"] == history.answered.usage["JUMP"]
    assert ("not_billable", "reading_discarded") == history.answered.outcomes["readings", lines["JUMP"]]
    assert ("not_billable", "reading_discarded") == history.answered.outcomes["readings", lines["MUTE"]]


def test_what_a_person_entered_is_rated_and_names_its_decision(history: History) -> None:
    [entered] = [row for row in history.rated if row["line_id"] == "SILENT"]

    assert entered["file_id"].startswith("meter_decision_")
    assert (80, "S-SILENT") == (entered["page_count"], entered["service_code"])
    assert {"S-PLAIN", "S-LATE"} == {row["service_code"] for row in history.rated if row["line_id"] == "PASSED"}


def test_an_answer_lapses_when_a_reading_comes_inside_the_difference_that_it_spoke_of(history: History) -> None:
    """250 pages were given for the whole of September, before anybody knew that the counter stood at 1300 on the 15th."""
    assert [("start", AUGUST), ("negative", SEPTEMBER), ("follows", OCTOBER)] == history.late.tasks["RESET"]
    assert [(date(2026, 9, 15), 300), (date(2026, 11, 5), 50)] == history.late.usage["RESET"]


def test_an_answer_stands_when_a_reading_that_it_knew_is_delivered_again(history: History) -> None:
    assert ("duplicate", "reading_repeated") == history.late.outcomes["sent-later", 3]
    assert history.answered.usage["WILD"] == history.late.usage["WILD"]


def test_the_same_as_of_gives_the_same_pages_and_tasks_whatever_was_answered_since(history: History) -> None:
    assert history.asked == history.as_it_was
    assert history.asked != history.answered


def test_an_answer_that_does_not_fit_is_refused_with_the_way_out(history: History) -> None:
    assert "" not in history.refusals.values(), history.refusals
    assert "give the pages with 'replace'" in history.refusals["a negative difference accepted"]
    assert "read_at" in history.refusals["a start at the first reading"]
    assert "rpt_meter_tasks" in history.refusals["no such task"]
