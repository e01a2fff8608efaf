"""Rating in a real database: one dbt build over a handful of telling records and 300 random ones, then questions."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlfluff
from dbt.cli.main import dbtRunnerResult
from psycopg.rows import dict_row

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build, slow_rater
from tests.integration.rate_cases import FIXED, LINE, MASTER, TELLING
from tests.integration.rate_random import random_master, random_records
from tests.integration.rate_rows import LANDED_AT, a_call, at, insert_file, insert_master

AS_OF = "2026-11-02 04:00:00+00"
DICE = random.Random(20261001)
RANDOM_MASTER = random_master(DICE)
RANDOM_RECORDS = random_records(DICE, 300)


@dataclass(frozen=True)
class Warehouse:
    """A rated database, and dbt pointed at it."""

    dsn: str = field(repr=False)  # it holds the password
    scratch: Path

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as conn:
            return conn.execute(query).fetchall()

    def dbt(self, *command: str) -> dbtRunnerResult:
        """Run dbt in this process against this database."""
        return dbt_build.run(self.dsn, self.scratch, *command, as_of=AS_OF)


@pytest.fixture(scope="module")
def rated(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A database where all of the above has been landed and rated once, every dbt test of the step included."""
    warehouse = Warehouse(embedded_postgres.create_database(postgres_server, "rate"), tmp_path_factory.mktemp("dbt"))
    migrate(warehouse.dsn)
    with psycopg.connect(warehouse.dsn) as conn:
        for table, rows in MASTER.items():
            insert_master(conn, table, rows)
        for table, rows in RANDOM_MASTER._asdict().items():
            insert_master(conn, table, rows)
        insert_file(conn, "telling", TELLING)
        insert_file(
            conn, "broken", [a_call("half", LINE, FIXED, at(1), duration_seconds=7)], hold_reason="trailer_disagrees"
        )
        insert_file(conn, "random", RANDOM_RECORDS, source_code="noa24")
    built = warehouse.dbt("build", "--select", "tag:rate")
    assert built.success, [f"{node.node.name}: {node.message}" for node in built.result or [] if node.message]
    yield warehouse
    embedded_postgres.drop_database(postgres_server, "rate")


def outcomes_of(warehouse: Warehouse, file_id: str) -> list[tuple[str, str | None]]:
    rows = warehouse.rows(
        f"select outcome, reason from rate.fct_usage_outcomes where file_id = '{file_id}' order by source_line"
    )
    return [(row["outcome"], row["reason"]) for row in rows]


def test_each_record_has_one_outcome_and_its_reason(rated: Warehouse) -> None:
    rated_records = [("rated", None)] * 10
    held = [
        ("held", reason) for reason in ("service_not_active", "no_grid", "unknown_line", "no_price", "bad_quantity")
    ]
    repeats = [("rated", None), ("duplicate", "delivered_again"), ("held", "conflict"), ("held", "conflict")]

    assert outcomes_of(rated, "telling") == [
        *rated_records,
        *held,
        ("not_billable", "zero_duration"),
        *repeats,
        ("rated", None),
        ("rejected", "impossible_date"),
    ]
    assert outcomes_of(rated, "broken") == [("held", "file_held")]


@pytest.mark.parametrize(
    ("usage_id", "expected"),
    [
        ("half", {"billed_seconds": 70, "allowance_seconds": 70, "rated_amount": Decimal(0)}),
        # 30 seconds are left of 100: 40 are paid at 0.06 a minute, and the connection fee whole
        ("crossing", {"allowance_seconds": 30, "connection_fee": Decimal("0.02"), "rated_amount": Decimal("0.06")}),
        ("beyond", {"allowance_seconds": 0, "rated_amount": Decimal("0.027")}),
        ("abroad", {"prefix": "447", "allowance_seconds": 0, "rated_amount": Decimal("0.16")}),
        ("helpline", {"prefix": "3919", "is_hidden": True, "called_masked": None, "rated_amount": Decimal(0)}),
        ("free", {"is_hidden": True, "called_masked": None, "price_component": "calls_free"}),
        ("italy", {"prefix": "39", "is_hidden": False, "called_masked": "+39 1900 00 XXXX"}),
        ("before", {"service_code": "S1", "allowance_code": "F100", "local_day": date(2026, 10, 14)}),
        ("after", {"service_code": "S2", "allowance_code": None, "rated_amount": Decimal("0.015")}),
        # half past midnight in Paris on the first of October is still September in UTC
        ("october", {"period_start": date(2026, 10, 1), "started_local": datetime(2026, 10, 1, 0, 30)}),
        ("black", {"billed_seconds": None, "allowance_seconds": 0, "page_count": 250, "rated_amount": Decimal("1.7")}),
    ],
)
def test_a_rated_record_explains_its_price(rated: Warehouse, usage_id: str, expected: dict[str, Any]) -> None:
    [row] = rated.rows(f"select * from rate.fct_rated_usage where usage_id = '{usage_id}'")

    assert {column: row[column] for column in expected} == expected


def test_300_random_records_agree_with_a_slow_rater_in_fractions(rated: Warehouse) -> None:
    """Prefixes, dates, increments, allowances in order, repeats: two programs, one answer, to the twelfth decimal."""
    expected = slow_rater.rate(RANDOM_RECORDS, RANDOM_MASTER)
    found = rated.rows(
        """
        select
            outcomes.outcome, outcomes.reason,
            usage.prefix, usage.billed_seconds, usage.allowance_seconds, usage.rated_amount
        from rate.fct_usage_outcomes as outcomes
        left join rate.fct_rated_usage as usage
            on outcomes.file_id = usage.file_id and outcomes.source_line = usage.source_line
        where outcomes.file_id = 'random'
        order by outcomes.source_line
        """
    )

    def to_twelve_decimals(amount: Fraction | Decimal | None) -> int | None:
        return None if amount is None else int(Fraction(amount) * 10**12 + Fraction(1, 2))

    def comparable(outcome: slow_rater.Outcome) -> tuple[Any, ...]:
        return (*outcome[:-1], to_twelve_decimals(outcome.rated_amount))

    assert [comparable(slow_rater.Outcome(**row)) for row in found] == [comparable(outcome) for outcome in expected]
    seen = {(outcome.outcome, outcome.reason) for outcome in expected}
    assert seen >= {("rated", None), ("held", "no_price"), ("held", "no_grid"), ("held", "conflict")}, seen
    assert any(0 < (outcome.allowance_seconds or 0) < (outcome.billed_seconds or 0) for outcome in expected)


def test_every_file_balances(rated: Warehouse) -> None:
    files = {row["file_id"]: row for row in rated.rows("select * from rate.rpt_file_conservation")}

    assert set(files) == {"telling", "broken", "random"}
    assert all(row["is_balanced"] for row in files.values())
    telling = files["telling"]
    assert (telling["line_count"], telling["control_line_count"], telling["record_count"]) == (23, 1, 22)
    assert [telling[f"{outcome}_count"] for outcome in ("rated", "not_billable", "duplicate", "held", "rejected")] == [
        12,
        1,
        1,
        7,
        1,
    ]
    assert telling["landed_supplier_amount"] == telling["outcome_supplier_amount"] == Decimal("0.20")
    assert sum(row["record_count"] for row in rated.rows("select record_count from rate.rpt_usage_outcomes")) == 323


def failed_tests(result: dbtRunnerResult) -> set[str]:
    assert result.result is not None, result.exception
    return {test.node.name for test in result.result if test.status == "fail"}


@pytest.mark.parametrize(
    ("damage", "caught_by"),
    [
        (
            "delete from rate.fct_rated_usage where usage_id = 'abroad'",
            {"conservation_rows", "conservation_seconds_and_money"},
        ),
        (
            "insert into rate.fct_rated_usage select * from saved_usage where usage_id = 'helpline'",
            {"conservation_rows", "conservation_seconds_and_money"},
        ),
        (
            "update rate.fct_rated_usage set supplier_amount = 0.02 where usage_id = 'abroad'",
            {"conservation_seconds_and_money"},
        ),
    ],
    ids=["lost", "doubled", "changed"],
)
def test_conservation_sees_a_row_that_is(rated: Warehouse, damage: str, caught_by: set[str]) -> None:
    with psycopg.connect(rated.dsn, autocommit=True) as conn:
        conn.execute("create table saved_usage as select * from rate.fct_rated_usage")
        conn.execute(damage)
        try:
            result = rated.dbt("test", "--select", "conservation_rows", "conservation_seconds_and_money")
        finally:
            conn.execute("truncate rate.fct_rated_usage")
            conn.execute("insert into rate.fct_rated_usage select * from saved_usage")
            conn.execute("drop table saved_usage")

    assert failed_tests(result) == caught_by


def test_a_rerun_with_the_same_as_of_gives_the_same_rows(rated: Warehouse) -> None:
    """What is landed or learnt later does not change what a run said at its time."""
    before = rated.rows("select * from rate.fct_rated_usage order by usage_id")
    with psycopg.connect(rated.dsn) as conn:
        later = LANDED_AT + timedelta(days=5)
        insert_file(conn, "late", [a_call("late", LINE, FIXED, at(1, 8))], landed_at=later)
        insert_master(conn, "lines", [{"line_id": "+33199009999", "service_code": "S1", "known_from": later}])
        conn.execute("update master.grid_prices set known_until = %s where prefix = '447'", [later])

    assert rated.dbt("run", "--select", "tag:rate").success

    assert rated.rows("select * from rate.fct_rated_usage order by usage_id") == before


@pytest.mark.parametrize(
    "step",
    ["intermediate/rate/int_[!m]*.sql", "intermediate/rate/int_meters__usage.sql", "marts/rating/fct_rated_usage.sql"],
)
def test_rating_is_written_in_sql_that_spark_reads_too(rated: Warehouse, tmp_path: Path, step: str) -> None:
    """But for readings of meters, which are few: Spark finds the pages that they come to."""
    made = dbt_build.run(rated.dsn, tmp_path, "compile", "--select", "tag:rate", as_of=AS_OF, engine="spark")
    assert made.success, made.exception
    models = sorted((tmp_path / "target" / "compiled" / "releve" / "models").glob(step))

    assert models
    for model in models:
        statement = model.read_text()
        sqlfluff.parse(statement, dialect="sparksql")  # raises where Spark's grammar does not follow
        assert not re.search(r"\blateral\b|\bdistinct on\b|::|\barray\b|\bjsonb?\b", statement), model.name
