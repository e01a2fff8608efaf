"""A person repairs a cause and replays: through the operator, on a real database, a real archive and real descriptions."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException
from psycopg.rows import dict_row

from billing.hooks.replays import ReplayStore, Scope
from tests.integration.drafts import connector
from tests.integration.usage_lines import a_call, messidor

REPOSITORY = Path(__file__).parents[2]
GOOD = (REPOSITORY / "sources" / "messidor.yml").read_text(encoding="utf-8")
WRONG = GOOD.replace("writing: 1 h 02mn05", "writing: seconds")
CALLS = (a_call(1, time="10:15:30"), a_call(2, time="10:20:30", duration="02mn00"))
Replay = Callable[..., dict[str, int]]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The descriptions that landing and replaying know; a test repairs them."""
    folder = tmp_path / "sources"
    folder.mkdir()
    monkeypatch.setattr("billing.operators.land.SOURCES_FOLDER", folder)
    monkeypatch.setattr("billing.operators.replay.SOURCES_FOLDER", folder)
    return folder


@pytest.fixture
def land(
    warehouse_dsn: str, tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, bytes], str]:
    """Drop a file and land it through the operator; gives its file_id."""
    from billing.operators.land import LandUsageOperator

    drop, archive, numbers = tmp_path / "drop", tmp_path / "archive", itertools.count()
    (drop / "usage").mkdir(parents=True)
    archive.mkdir()
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", warehouse_dsn.replace("postgresql://", "postgres://"))
    for name, folder in (("USAGE_DROP", drop), ("ARCHIVE", archive)):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", f'{{"conn_type": "fs", "extra": {{"path": "{folder}"}}}}')

    def landed(name: str, content: bytes) -> str:
        (drop / "usage" / name).write_bytes(content)
        return str(LandUsageOperator(task_id=f"land_{next(numbers)}", path=f"usage/{name}").execute({})["file_id"])

    return landed


@pytest.fixture
def replay() -> Replay:
    from billing.operators.replay import ReplayHeldOperator

    numbers = itertools.count()

    def replayed(**scope: Any) -> dict[str, int]:
        return ReplayHeldOperator(task_id=f"replay_{next(numbers)}", **{"replayed_by": "Ana", **scope}).execute({})

    return replayed


@pytest.fixture
def query(warehouse_dsn: str) -> Callable[[str], list[dict[str, Any]]]:
    def rows(statement: str) -> list[dict[str, Any]]:
        with psycopg.connect(warehouse_dsn, row_factory=dict_row) as conn:
            return conn.execute(statement).fetchall()

    return rows


def describe(sources: Path, text: str) -> None:
    (sources / "messidor.yml").write_text(text, encoding="utf-8")


def without_totals(text: str) -> str:
    """The same layout, without control lines that prove it."""
    return text[: text.index("control_lines:")] + "control_lines: null\n"


def lines(*calls: str) -> bytes:
    return "".join(f"{call}\r\n" for call in calls).encode("cp1252")


def test_refused_lines_are_read_by_the_repaired_description(land, replay: Replay, query, sources: Path) -> None:
    describe(sources, without_totals(WRONG))
    land("messidor_1.csv", lines(*CALLS, "not a call"))
    describe(sources, without_totals(GOOD))

    done = replay(source_code="messidor")

    assert {"records": 2, "readable": 2, "held_at_rating": 0} == done
    assert [(1, 74, None), (2, 120, None), (3, None, "wrong_column_count")] == [
        (row["source_line"], row["duration_seconds"], row["code"])
        for row in query(
            "select source_line, duration_seconds, split_part(reject_reason, ':', 1) as code"
            " from landing.usage_records order by 1"
        )
    ]
    [told] = query("select replayed_by, scope, record_count, readable_count from landing.replays")
    assert {"replayed_by": "Ana", "scope": "source messidor", "record_count": 2, "readable_count": 2} == told
    assert [1, 2] == [
        row["source_line"] for row in query("select * from landing.replayed_records order by source_line")
    ]


def test_a_second_replay_changes_nothing(land, replay: Replay, query, sources: Path) -> None:
    describe(sources, without_totals(WRONG))
    land("messidor_1.csv", lines(*CALLS, "not a call"))
    describe(sources, without_totals(GOOD))
    replay()
    tables = ("usage_files", "usage_records", "replays", "replayed_records")
    once = [query(f"select * from landing.{table} order by 1, 2") for table in tables]

    assert {"records": 0, "readable": 0, "held_at_rating": 0} == replay()
    assert once == [query(f"select * from landing.{table} order by 1, 2") for table in tables]


def test_a_file_held_whole_is_read_again_once_its_description_fits(land, replay: Replay, query, sources: Path) -> None:
    describe(sources, WRONG)
    land("messidor_1.csv", messidor(*CALLS))
    assert {"records": 0, "readable": 0, "held_at_rating": 0} == replay(reason="file_held")
    describe(sources, GOOD)

    assert {"records": 2, "readable": 2, "held_at_rating": 0} == replay(reason="file_held")

    [usage_file] = query("select * from landing.usage_files")
    assert (None, 4, 2, 2) == tuple(
        usage_file[name] for name in ("hold_reason", "line_count", "control_line_count", "record_count")
    )
    assert [74, 120] == [
        row["duration_seconds"] for row in query("select * from landing.usage_records order by source_line")
    ]


def test_a_file_that_nobody_described_is_read_once_somebody_did(land, replay: Replay, query, sources: Path) -> None:
    land("messidor_1.csv", messidor(*CALLS))
    describe(sources, GOOD)

    assert {"records": 2, "readable": 2, "held_at_rating": 0} == replay()
    assert ["messidor"] == [row["source_code"] for row in query("select source_code from landing.usage_files")]


def test_only_what_was_asked_for_is_read(land, replay: Replay, sources: Path) -> None:
    describe(sources, without_totals(WRONG))
    first, _ = land("messidor_1.csv", lines(CALLS[0])), land("messidor_2.csv", lines(CALLS[1]))
    describe(sources, without_totals(GOOD))

    assert 0 == replay(source_code="other")["records"]
    assert 0 == replay(reason="impossible_date")["records"]
    assert 1 == replay(file_id=first)["records"]
    assert 1 == replay(reason="unreadable_duration")["records"]


def test_a_file_without_its_copy_leaves_the_others_to_be_read(
    land, replay: Replay, sources: Path, tmp_path: Path
) -> None:
    describe(sources, without_totals(WRONG))
    lost = land("messidor_1.csv", lines(CALLS[0]))
    land("messidor_2.csv", lines(CALLS[1]))
    [copy] = (tmp_path / "archive").rglob(lost)
    copy.unlink()
    describe(sources, without_totals(GOOD))

    assert {"records": 1, "readable": 1, "held_at_rating": 0} == replay()


def test_a_replay_that_breaks_halfway_changes_nothing(land, query, sources: Path, warehouse_dsn: str) -> None:
    describe(sources, without_totals(WRONG))
    land("messidor_1.csv", lines(*CALLS))
    before = query("select * from landing.usage_records order by source_line")
    store = ReplayStore(connector(warehouse_dsn))
    [held] = store.held_files(Scope())

    def broken():
        yield f"{held.file_number}\t1\tcall\n"
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        store.replace_rejects(
            held.file_number,
            broken(),
            columns=("file_number", "source_line", "raw_text"),
            replayed_by="Ana",
            scope="all",
        )
    assert before == query("select * from landing.usage_records order by source_line")
    assert [] == query("select * from landing.replays")


def test_a_held_file_is_accepted_by_a_person_who_says_why(land, replay: Replay, query, sources: Path) -> None:
    describe(sources, GOOD)
    file_id = land("messidor_1.csv", messidor(*CALLS, trailer="9;FIN;3;194"))
    with pytest.raises(AirflowFailException, match="why it may pass"):
        replay(accept_file=True, file_id=file_id)

    replay(accept_file="True", file_id=file_id, reason_text="trailer counted itself, says the supplier")

    [usage_file] = query("select * from landing.usage_files")
    assert ("Ana", "trailer counted itself, says the supplier") == (
        usage_file["released_by"],
        usage_file["release_reason"],
    )
    assert usage_file["released_at"] is not None
    assert usage_file["hold_reason"].startswith("trailer")


def test_a_replay_is_a_persons(replay: Replay) -> None:
    with pytest.raises(AirflowFailException, match="trigger it by hand"):
        replay(replayed_by="")
