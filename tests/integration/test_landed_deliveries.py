"""What the warehouse keeps of each delivery, and of the descriptions that read them."""

import os
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from billing.hooks.file_store import FileStoreHook
from billing.hooks.warehouse import WarehouseHook
from billing.operators.land import SOURCES_FOLDER, LandUsageOperator
from invoicing.usage.layout import Rhythm
from invoicing.usage.sealing import SealedFile
from invoicing.usage.source import source_coded
from invoicing.usage.source_reader import load_sources
from tests.described_usage import a_call, described

SOURCES = load_sources(SOURCES_FOLDER)
SENT_AT = 1790985600  # 2026-10-03 00:00 UTC
EMPTY_DAY = b""


@pytest.fixture
def query(warehouse_dsn: str) -> Callable[[str], list[tuple[Any, ...]]]:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(warehouse_dsn, options="-c timezone=UTC") as conn:
            return conn.execute(sql).fetchall()  # type: ignore[arg-type]

    return rows


@pytest.fixture
def drop(warehouse_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", warehouse_dsn.replace("postgresql://", "postgres://"))
    for name, folder in (("USAGE_DROP", "drop"), ("ARCHIVE", "archive")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", f'{{"conn_type": "fs", "extra": {{"path": "{path}"}}}}')
    return tmp_path / "drop"


def land(drop: Path, name: str, content: bytes, run_id: str = "run_1") -> dict[str, Any]:
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (SENT_AT, SENT_AT))
    return LandUsageOperator(task_id="land", path=name).execute({"run_id": run_id})  # type: ignore[typeddict-item]


def test_the_same_bytes_of_two_sources_are_one_file_and_a_delivery_of_each(drop: Path, query):
    """Each day's empty file has the same bytes."""
    land(drop, "usage/noa24/noa24_20261003.csv", EMPTY_DAY)
    land(drop, "usage/fructidor/sftp/20261004T053000Z/fructidor_20261004.csv", EMPTY_DAY, run_id="run_2")
    land(drop, "usage/fructidor/sftp/20261004T053000Z/fructidor_20261004.csv", EMPTY_DAY, run_id="run_3")

    assert query("select source_code, source_file, landing_run_id, record_count from landing.usage_files") == [
        ("noa24", "noa24_20261003.csv", "run_1", 0)
    ]
    assert query(
        "select source_code, source_file, delivered_at, road, landing_run_id from landing.file_deliveries order by 1"
    ) == [
        ("fructidor", "fructidor_20261004.csv", datetime(2026, 10, 4, 5, 30, tzinfo=UTC), "sftp", "run_2"),
        ("noa24", "noa24_20261003.csv", datetime(2026, 10, 3, tzinfo=UTC), "folder", "run_1"),
    ]


def test_a_file_that_a_road_brought_leaves_the_drop_once_it_has_landed(drop: Path):
    land(drop, "usage/noa24/sftp/20261004T053000Z/noa24_1.csv", b"x")
    land(drop, "usage/noa24_1.csv", b"x")

    assert [path.name for path in drop.rglob("*") if path.is_file()] == ["noa24_1.csv"]
    assert (drop / "usage" / "noa24_1.csv").exists()


def test_a_folder_of_a_source_that_nobody_described_holds_its_files(drop: Path, query):
    landed = land(drop, "usage/inconnu/x.csv", b"a;b\n")

    assert landed["hold"] == "no source description has the code inconnu"
    assert query("select source_code, record_count, hold_reason from landing.usage_files") == [
        ("unknown", 1, "no source description has the code inconnu")
    ]


def test_a_number_that_the_header_says_stays_with_every_delivery(drop: Path, query, tmp_path: Path):
    source = described(
        file_name="*", currency_code="CHF", one_call={"by": 5, "kind": "legs"}, identity="all_columns",
        control_lines={"start": {"at": 1, "is": "H", "sequence_at": 2}},
    )  # fmt: skip
    path = tmp_path / "sealed"
    path.write_text(f"H;0042\n{a_call()}\n", encoding="utf-8")
    usage = SealedFile(path, "a" * 64, path.stat().st_size, "one.csv", source)
    for name in ("one.csv", "again.csv"):
        WarehouseHook().replace_usage_file(
            replace(usage, source_file=name), sealed_path="x", delivered_at=datetime.fromtimestamp(SENT_AT, UTC)
        )

    assert query("select source_file, sequence_number, named_day from landing.file_deliveries order by 1") == [
        ("again.csv", 42, None),
        ("one.csv", 42, None),
    ]
    assert query(
        """select source_file, line_count, record_count, currency_code, has_identity, correction, description_digest
        from landing.usage_files"""
    ) == [("one.csv", 2, 1, "CHF", False, "none", source.description_digest)]


def test_what_sql_knows_of_a_description_is_what_it_says_now(drop: Path, query):
    warehouse, noa24 = WarehouseHook(), source_coded("noa24", SOURCES)
    facts = "select source_code, expected_every, lateness_hours, is_sequence_continuous, known_at from landing.sources"
    warehouse.replace_sources(SOURCES)
    warehouse.replace_sources((noa24,))
    [before] = query(facts)

    warehouse.replace_sources((noa24,))
    unchanged = query(facts)
    rhythm = Rhythm("day", 48, is_sequence_continuous=True)
    warehouse.replace_sources((replace(noa24, description_digest="other", rhythm=rhythm),))

    assert unchanged == [before]
    assert query(facts)[0][:4] == ("noa24", "day", 48, True)
    assert query(facts)[0][4] > before[4]


def test_a_copy_in_the_archive_is_made_without_holding_the_file(drop: Path):
    (drop / "large").write_bytes(b"x" * (32 << 20))

    tracemalloc.start()
    kept = FileStoreHook("archive").keep_sealed(drop / "large")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (kept.byte_count, FileStoreHook("archive").path(kept.name).stat().st_size) == (32 << 20, 32 << 20)
    assert peak < 8 << 20


def test_reading_ten_times_as_much_takes_no_more_memory(tmp_path: Path):
    source = described()
    peaks = []
    for lines in (5_000, 50_000):
        path = tmp_path / "essai_1"
        path.write_text("".join(a_call(identity=f"T{n}") + "\n" for n in range(lines)), encoding="utf-8")
        reading = SealedFile(path, "a" * 64, 0, "essai_1", source).read()
        tracemalloc.start()
        rows = sum(block.count("\n") for block in reading.record_blocks())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert rows == lines

    assert peaks[1] < 1.2 * peaks[0] + 100_000
