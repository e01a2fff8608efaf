"""The held queue: every record that is not billed yet, why, where, and how it is repaired; and reading some of it again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from billing.hooks.replays import Replayed, ReplayRefused, ReplayStore, Scope
from tests.integration.dbt_build import build
from tests.integration.drafts import connector
from tests.integration.rate_cases import FIXED, LINE, MASTER
from tests.integration.rate_rows import LANDED_AT, a_call, a_reject, at, insert_file, insert_master

COLUMNS = (
    "file_number", "source_line", "raw_text", "reject_reason", "usage_id", "usage_type", "line_id", "called_number",
    "started_at", "local_day", "duration_seconds", "supplier_amount",
)  # fmt: skip
STRANGER = "+33199009999"
RECORDS = [
    a_call("good", LINE, FIXED, at(1)),
    {**a_reject("unreadable_number: 8x4"), "raw_text": "L;8x4;60", "line_id": LINE, "duration_seconds": 60},
    {**a_reject("impossible_date: 31/11/2026"), "raw_text": "L;31/11/2026"},
    a_call("stranger", STRANGER, FIXED, at(2), raw_text="stranger;60"),
    a_call("half", LINE, FIXED, at(31, 12), call_key="k", call_half="start", duration_seconds=None),
]
Rate = Callable[..., None]


@pytest.fixture
def store(warehouse_dsn: str) -> ReplayStore:
    with psycopg.connect(warehouse_dsn) as conn:
        for table, rows in MASTER.items():
            insert_master(conn, table, rows)
        insert_file(conn, "f1", RECORDS, source_code="one", pair_limit_hours=48)
        insert_file(conn, "f2", [a_call("kept", LINE, FIXED, at(3))], source_code="two", hold_reason="trailer: missing")
    return ReplayStore(connector(warehouse_dsn))


@pytest.fixture
def rate(warehouse_dsn: str, tmp_path: Path) -> Rate:
    """Rate with every data test of the step, as known at an instant."""

    def rated(as_of: datetime = datetime(2026, 11, 2, tzinfo=UTC)) -> None:
        arguments = ("--select", "tag:rate", "--exclude-resource-type", "unit_test")
        build(warehouse_dsn, tmp_path, *arguments, as_of=as_of.isoformat())

    return rated


@pytest.fixture
def query(warehouse_dsn: str) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    with psycopg.connect(warehouse_dsn, row_factory=dict_row, autocommit=True) as conn:
        yield lambda statement, *values: conn.execute(statement, values or None).fetchall()


def read_again(file_number: int, usage_id: str = "repaired") -> str:
    """Line 3 of the file as a repaired description reads it, and line 4 refused with the same words."""
    started_at = at(4).isoformat()
    rows = [
        (file_number, 3, "L;8x4;60", r"\N", usage_id, "voice", LINE, FIXED, started_at, "2026-10-04", 60, "0.01"),
        (file_number, 4, "L;31/11/2026", "impossible_date: 31/11/2026", *[r"\N"] * 8),
    ]
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def test_each_record_of_the_queue_says_why_where_and_what_to_do(store: ReplayStore, rate: Rate, query: Any) -> None:
    rate()

    queue = {(row["file_id"], row["source_line"]): row for row in query("select * from rate.rpt_held_usage")}

    assert {
        ("f1", 3): ("rejected", "unreadable_number", "8x4"),
        ("f1", 4): ("rejected", "impossible_date", "31/11/2026"),
        ("f1", 5): ("held", "unknown_line", STRANGER),
        ("f1", 6): ("waiting", "waiting_for_stop", None),
        ("f2", 2): ("held", "file_held", "trailer: missing"),
    } == {place: (row["outcome"], row["reason"], row["reason_detail"]) for place, row in queue.items()}
    reject = queue["f1", 3]
    assert ("L;8x4;60", "f1.csv", LINE, 60, LANDED_AT) == tuple(
        reject[name] for name in ("raw_text", "source_file", "line_id", "duration_seconds", "held_since")
    )
    assert "Affecter la ligne" in queue["f1", 5]["how_to_repair"]
    assert {(row["source_code"], row["reason"]): row["record_count"] for row in query("select * from rate.rpt_held_reasons")} == {
        ("one", "unreadable_number"): 1,
        ("one", "impossible_date"): 1,
        ("one", "unknown_line"): 1,
        ("one", "waiting_for_stop"): 1,
        ("two", "file_held"): 1,
    }  # fmt: skip


def test_a_replay_bills_what_it_can_read_now_and_an_earlier_as_of_does_not(
    store: ReplayStore, rate: Rate, query: Any
) -> None:
    [held] = store.held_files(Scope(source_code="one"))
    before = datetime.now(UTC)

    replayed = store.replace_rejects(
        held.file_number, [read_again(held.file_number)], columns=COLUMNS, replayed_by="Ana", scope="source one"
    )

    assert [3, 4] == sorted(held.source_lines)
    assert Replayed(1, 1) == replayed
    outcomes = "select source_line, outcome, reason from rate.fct_usage_outcomes where file_id = 'f1' order by 1"
    rate(datetime.now(UTC) + timedelta(hours=1))
    assert {"source_line": 3, "outcome": "rated", "reason": None} == query(outcomes)[1]
    rate(before)
    assert {"source_line": 3, "outcome": "rejected", "reason": "unreadable_number"} == query(outcomes)[1]
    assert 5 == len(query(outcomes))


def test_the_same_replay_twice_changes_nothing(store: ReplayStore, query: Any) -> None:
    [held] = store.held_files(Scope(source_code="one"))
    block = read_again(held.file_number)
    store.replace_rejects(held.file_number, [block], columns=COLUMNS, replayed_by="Ana", scope="source one")
    tables = ("usage_records", "replays", "replayed_records")
    once = [query(f"select * from landing.{table} order by 1, 2") for table in tables]

    again = store.replace_rejects(held.file_number, [block], columns=COLUMNS, replayed_by="Ana", scope="source one")

    assert Replayed(0, 0) == again
    assert once == [query(f"select * from landing.{table} order by 1, 2") for table in tables]


def test_a_replay_never_changes_a_record_that_was_readable(store: ReplayStore, query: Any) -> None:
    [held] = store.held_files(Scope(source_code="one"))
    block = read_again(held.file_number).replace("\t3\t", "\t2\t")

    assert Replayed(0, 0) == store.replace_rejects(
        held.file_number, [block], columns=COLUMNS, replayed_by="Ana", scope="all"
    )
    assert [{"usage_id": "good"}] == query("select usage_id from landing.usage_records where source_line = 2 and usage_id = 'good'")  # fmt: skip


def test_what_is_asked_for_is_what_is_read(store: ReplayStore) -> None:
    assert ["f1", "f2"] == [file.file_id for file in store.held_files(Scope())]
    assert [[4]] == [file.source_lines for file in store.held_files(Scope(reason="impossible_date"))]
    assert [("f2", "trailer: missing")] == [
        (file.file_id, file.hold_reason) for file in store.held_files(Scope(reason="file_held"))
    ]
    assert [] == store.held_files(Scope(source_code="three"))


def test_a_file_that_a_person_accepts_is_billed_from_then_on(store: ReplayStore, rate: Rate, query: Any) -> None:
    before = datetime.now(UTC)

    assert store.accept_file("f2", released_by="Ana", release_reason="trailer counted twice, says the supplier")
    assert not store.accept_file("f2", released_by="Ana", release_reason="again")

    outcome = "select outcome, reason from rate.fct_usage_outcomes where file_id = 'f2'"
    rate(datetime.now(UTC) + timedelta(hours=1))
    assert [{"outcome": "rated", "reason": None}] == query(outcome)
    rate(before)
    assert [{"outcome": "held", "reason": "file_held"}] == query(outcome)


@pytest.mark.parametrize(("file_id", "words"), [("f1", "is not held"), ("f3", "no file f3")])
def test_what_is_not_held_cannot_be_accepted(store: ReplayStore, file_id: str, words: str) -> None:
    with pytest.raises(ReplayRefused, match=words):
        store.accept_file(file_id, released_by="Ana", release_reason="why not")


def test_what_rating_holds_is_counted_as_what_rating_looks_at_again(store: ReplayStore, rate: Rate) -> None:
    assert {} == store.held_at_rating(Scope())
    rate()

    assert {"unknown_line": 1} == store.held_at_rating(Scope(source_code="one"))
    assert {} == store.held_at_rating(Scope(source_code="two"))
