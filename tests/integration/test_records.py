"""Records that are not a call by themselves: copies, versions, cancellations, halves, legs, and usage other than calls."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration.dbt_build import build
from tests.integration.rate_cases import FIXED, LINE, MASTER, MOBILE, UK_MOBILE
from tests.integration.rate_rows import LANDED_AT, Row, a_call, a_price, at, insert_file, insert_master

AS_OF = "2026-11-02 04:00:00+00"
TO_ENGLAND = {"line_id": LINE, "called_number": UK_MOBILE}


def half(key: str, kind: str, day: int, minute: int, **changes: Any) -> Row:
    return a_call(
        f"{key} {kind}", LINE, FIXED, at(day, 10, minute), duration_seconds=None, supplier_amount=None, call_key=key,
        call_half=kind, **changes,
    )  # fmt: skip


def counted(usage_id: str, usage_type: str, **quantity: Any) -> Row:
    return a_call(usage_id, LINE, None, at(5), usage_type=usage_type, duration_seconds=None, **quantity)


# In the order of landing; each file is a source of its own unless it says otherwise.
FILES: list[tuple[str, list[Row], dict[str, Any]]] = [
    ("stops", [half("call", "stop", 6, 2), half("lost", "stop", 6, 9), half("brief", "stop", 6, 5)], {"pair_limit_hours": 24}),
    (
        "starts",
        [
            half("call", "start", 6, 0),
            half("brief", "start", 6, 5),
            half("backwards", "start", 6, 9),
            half("open", "start", 31, 30),
            half("attempt", "start", 6, 30, not_billable_reason="busy"),
        ],
        {"pair_limit_hours": 48},
    ),
    ("stops_again", [half("call", "stop", 6, 2), half("backwards", "stop", 6, 8)], {"pair_limit_hours": 24}),
    (
        "legs",
        [
            a_call("ring 1", LINE, FIXED, at(7), duration_seconds=0, not_billable_reason="zero_duration", call_key="group"),
            a_call("ring 2", LINE, FIXED, at(7), duration_seconds=40, call_key="group"),
            a_call("transfer", LINE, FIXED, at(7, 11), duration_seconds=30, call_key="group"),
            a_call("alone", LINE, FIXED, at(7), call_key="alone"),
        ],
        {},
    ),
    ("version_2", [a_call("moved", LINE, MOBILE, at(8), duration_seconds=90, version_key="2")], {"correction": "replace"}),
    ("version_1", [a_call("moved", LINE, MOBILE, at(8), duration_seconds=60, version_key="1")], {"correction": "replace"}),
    (
        "cancels",
        [
            a_call("taken back", LINE, FIXED, at(9), is_cancellation=True),
            a_call("not yet there", LINE, FIXED, at(9), is_cancellation=True),
        ],
        {},
    ),
    ("cancelled", [a_call("taken back", LINE, FIXED, at(9))], {}),
    ("two_alike", [a_call("alike", LINE, MOBILE, at(10))] * 2, {"has_identity": False}),
    ("three_alike", [a_call("alike", LINE, MOBILE, at(10))] * 3, {"has_identity": False}),
    ("first_content", [a_call("torn", LINE, FIXED, at(11), supplier_label="FIXE")], {}),
    ("other_content", [a_call("torn", LINE, MOBILE, at(11), supplier_label="FIXE", supplier_amount="0.02")], {}),
    (
        "kinds",
        [
            counted("message", "sms", event_count=3),
            counted("fax", "fax", page_count=2),
            counted("seats", "unit", unit_count="1.5"),
            counted("session", "data", byte_count=5_000_000_000),
        ],
        {},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def settled(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection[Any]]:
    """A database where the files above have been rated, with every data test of the step."""
    dsn = embedded_postgres.create_database(postgres_server, "records")
    migrate(dsn)
    with psycopg.connect(dsn, row_factory=dict_row, autocommit=True) as conn:
        for table, rows in MASTER.items():
            insert_master(conn, table, rows)
        for usage_type, price in (("sms", "0.05"), ("fax", "0.12"), ("unit", "2")):
            insert_master(conn, "grid_prices", [a_price("PRO-1", "", usage_type, price, usage_type=usage_type)])
        for number, (file_id, records, facts) in enumerate(FILES):
            landed_at = LANDED_AT + timedelta(hours=number)
            insert_file(conn, file_id, records, landed_at=landed_at, source_code="one", **facts)
        build(
            dsn,
            tmp_path_factory.mktemp("dbt"),
            "--select",
            "tag:rate",
            "--exclude-resource-type",
            "unit_test",
            as_of=AS_OF,
        )
        yield conn
    embedded_postgres.drop_database(postgres_server, "records")


def outcomes(conn: psycopg.Connection[Any], file_id: str) -> list[tuple[str, str | None]]:
    rows = conn.execute(
        "select outcome, reason from rate.fct_usage_outcomes where file_id = %s order by source_line", [file_id]
    )
    return [(row["outcome"], row["reason"]) for row in rows]


def rated(conn: psycopg.Connection[Any], *usage_ids: str) -> dict[str, Row]:
    rows = conn.execute("select * from rate.fct_rated_usage where usage_id = any(%s)", [list(usage_ids)])
    return {row["usage_id"]: row for row in rows}


def test_two_halves_are_billed_as_one_call_though_the_stop_landed_first(settled: psycopg.Connection[Any]) -> None:
    assert ("merged", "other_half") == outcomes(settled, "stops")[0]
    assert ("duplicate", "delivered_again") == outcomes(settled, "stops_again")[0]
    call = rated(settled, "call")["call"]
    assert (120, "starts", 2) == (call["duration_seconds"], call["file_id"], call["source_line"])
    assert at(6) == call["started_at"]


def test_half_a_call_never_bills_it_waits_then_is_held(settled: psycopg.Connection[Any]) -> None:
    """As of 2 November 05:00 in Paris, a start of 31 October 10:30 waits 48 hours; a stop of 6 October no longer does."""
    assert ("held", "unpaired") == outcomes(settled, "stops")[1]
    assert [
        ("rated", None),
        ("not_billable", "zero_duration"),
        ("held", "bad_quantity"),
        ("waiting", "waiting_for_stop"),
        ("not_billable", "busy"),
    ] == outcomes(settled, "starts")
    assert {} == rated(settled, "brief", "backwards", "open", "lost", "attempt")


def test_the_legs_of_a_call_bill_one_call_the_longest(settled: psycopg.Connection[Any]) -> None:
    assert [("merged", "leg_of_call"), ("rated", None), ("merged", "leg_of_call"), ("rated", None)] == outcomes(
        settled, "legs"
    )
    assert 40 == rated(settled, "group")["group"]["duration_seconds"]
    assert 60 == rated(settled, "alone")["alone"]["duration_seconds"]


def test_the_latest_version_bills_though_it_landed_first(settled: psycopg.Connection[Any]) -> None:
    assert [("rated", None)] == outcomes(settled, "version_2")
    assert [("duplicate", "replaced")] == outcomes(settled, "version_1")
    assert 90 == rated(settled, "moved")["moved"]["duration_seconds"]


def test_a_cancellation_takes_its_record_off_the_bill_or_waits_for_it(settled: psycopg.Connection[Any]) -> None:
    assert [("not_billable", "cancelled"), ("waiting", "waiting_for_cancelled")] == outcomes(settled, "cancels")
    assert [("not_billable", "cancelled")] == outcomes(settled, "cancelled")


def test_equal_lines_without_identity_bill_as_often_as_one_file_says_them(settled: psycopg.Connection[Any]) -> None:
    [count] = settled.execute(
        "select count(*), count(distinct usage_id) as ids from rate.fct_rated_usage where local_day = '2026-10-10'"
    )

    assert {"count": 3, "ids": 3} == count


def test_two_contents_of_one_identity_are_held_and_shown_side_by_side(settled: psycopg.Connection[Any]) -> None:
    shown = settled.execute("select * from rate.rpt_conflicts order by column_name").fetchall()

    assert [("held", "conflict")] == outcomes(settled, "first_content") == outcomes(settled, "other_content")
    assert [
        ("called_number", "first_content.csv", 2, FIXED, "other_content.csv", 2, MOBILE),
        ("supplier_amount", "first_content.csv", 2, "0.0100000000", "other_content.csv", 2, "0.0200000000"),
    ] == [
        tuple(row[f"{name}"] for name in ("column_name", "first_file", "first_line", "first_value", "other_file", "other_line", "other_value"))
        for row in shown
    ]  # fmt: skip


def test_messages_faxes_and_units_are_rated_by_their_own_quantity(settled: psycopg.Connection[Any]) -> None:
    found = rated(settled, "message", "fax", "seats")

    assert {"message": Decimal("0.15"), "fax": Decimal("0.24"), "seats": Decimal("3")} == {
        usage_id: row["rated_amount"] for usage_id, row in found.items()
    }
    assert (3, Decimal("1.5"), 2) == (
        found["message"]["event_count"],
        found["seats"]["unit_count"],
        found["fax"]["page_count"],
    )


def test_bytes_wait_for_a_grid_that_sells_them(settled: psycopg.Connection[Any]) -> None:
    assert ("held", "no_price_rule") == outcomes(settled, "kinds")[3]


def test_seconds_between_halves_stand_beside_the_seconds_that_landed(settled: psycopg.Connection[Any]) -> None:
    files = settled.execute("select * from rate.rpt_file_conservation").fetchall()
    starts = next(row for row in files if row["file_id"] == "starts")

    assert all(row["is_balanced"] for row in files)
    # 120 of the call, none of the brief one, and a minute back for the one whose stop is too early
    assert (0, 60, 60) == (starts["landed_seconds"], starts["paired_seconds"], starts["outcome_seconds"])
    assert (1, 1) == (starts["waiting_count"], starts["held_count"])
