"""Nothing is lost: one row deleted by hand, wherever it is, and the build says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build
from tests.integration.rate_cases import FIXED, LINE, MASTER, TELLING
from tests.integration.rate_rows import a_call, at, insert_file, insert_master

AS_OF = "2026-11-02 04:00:00+00"
TESTS = ("conservation_rows", "conservation_seconds_and_money", "conservation_paired_seconds")
HALF = {"duration_seconds": None, "call_key": "k"}
TABLES = ("landing.usage_records", "rate.int_usage__matched", "rate.int_usage__calls", "rate.fct_rated_usage")


@dataclass(frozen=True)
class Warehouse:
    dsn: str
    folder: Path

    def run(self, *models: str) -> None:
        assert dbt_build.run(self.dsn, self.folder, "run", "--select", *models, as_of=AS_OF).success

    def failures(self) -> set[str]:
        """The conservation tests that fail now."""
        result = dbt_build.run(self.dsn, self.folder, "test", "--select", *TESTS, as_of=AS_OF)
        assert result.result is not None, result.exception
        assert len(TESTS) == len(result.result.results)
        return {test.node.name for test in result.result if test.status == "fail"}


@pytest.fixture(scope="module")
def rated(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    warehouse = Warehouse(
        embedded_postgres.create_database(postgres_server, "conservation"), tmp_path_factory.mktemp("dbt")
    )
    migrate(warehouse.dsn)
    with psycopg.connect(warehouse.dsn) as conn:
        for table, rows in MASTER.items():
            insert_master(conn, table, rows)
        insert_file(conn, "telling", TELLING)
        insert_file(conn, "starts", [a_call("start", LINE, FIXED, at(6), call_half="start", **HALF)])
        insert_file(conn, "stops", [a_call("stop", LINE, FIXED, at(6, 10, 2), call_half="stop", **HALF)])
    arguments = ("--select", "tag:rate", "--exclude-resource-type", "unit_test")
    dbt_build.build(warehouse.dsn, warehouse.folder, *arguments, as_of=AS_OF)
    yield warehouse
    embedded_postgres.drop_database(postgres_server, "conservation")


@pytest.fixture
def conn(rated: Warehouse) -> Iterator[psycopg.Connection]:
    """A connection whose damage is mended after the test."""
    with psycopg.connect(rated.dsn, autocommit=True) as conn:
        for number, table in enumerate(TABLES):
            conn.execute(f"create table saved_{number} as select * from {table}")
        yield conn
        columns = conn.execute(
            "select string_agg(column_name, ', ') from information_schema.columns"
            " where table_schema = 'landing' and table_name = 'usage_records' and is_generated = 'NEVER'"
        ).fetchone()
        for number, table in enumerate(TABLES):
            names = columns[0] if columns and table.startswith("landing") else "*"
            into = f"({names})" if names != "*" else ""
            conn.execute(f"truncate {table}")
            conn.execute(f"insert into {table} {into} select {names} from saved_{number}")
            conn.execute(f"drop table saved_{number}")


def test_a_whole_month_balances(rated: Warehouse) -> None:
    assert set() == rated.failures()


@pytest.mark.parametrize(
    ("damage", "caught_by"),
    [
        ("delete from landing.usage_records where usage_id = 'abroad'", set(TESTS[:2])),
        ("delete from landing.usage_records where reject_reason is not null", {TESTS[0]}),
        ("delete from landing.usage_records where usage_id = 'stop'", {TESTS[0], TESTS[2]}),
        ("delete from rate.int_usage__matched where usage_id = 'stranger'", set(TESTS[:2])),
        ("delete from rate.fct_rated_usage where usage_id = 'abroad'", set(TESTS[:2])),
        ("delete from rate.int_usage__calls where outcome is null", set(TESTS[1:])),
        ("update rate.fct_rated_usage set duration_seconds = 1 where usage_id = 'abroad'", {TESTS[1]}),
    ],
    ids=["landed", "rejected", "stop", "held", "rated", "paired", "shortened"],
)
def test_a_row_that_is_deleted_by_hand_is_missed(
    rated: Warehouse, conn: psycopg.Connection, damage: str, caught_by: set[str]
) -> None:
    assert 1 == conn.execute(damage).rowcount

    assert caught_by == rated.failures()


def test_a_row_deleted_between_matching_and_rating_is_missed(rated: Warehouse, conn: psycopg.Connection) -> None:
    assert 1 == conn.execute("delete from rate.int_usage__matched where usage_id = 'abroad'").rowcount
    rated.run("int_usage__allowed", "fct_rated_usage", "fct_usage_outcomes")

    assert set(TESTS[:2]) == rated.failures()


def test_a_record_whose_file_is_not_there_is_seen(rated: Warehouse, conn: psycopg.Connection) -> None:
    """No foreign key holds them together: the landing writes both in one transaction, and this test looks after it."""
    conn.execute(
        "insert into landing.usage_records (file_number, source_line, raw_text, reject_reason, landed_at)"
        " values (999, 1, '', 'wrong_column_count: 1 of 7', '2026-10-31')"
    )

    assert {TESTS[0]} == rated.failures()
