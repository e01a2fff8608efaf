"""Rows for the rating tests: a small master, and files of usage records written straight into `landing`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from psycopg.rows import scalar_row

PARIS = ZoneInfo("Europe/Paris")
KNOWN_FROM = datetime(2026, 1, 1, tzinfo=UTC)
LANDED_AT = datetime(2026, 10, 31, 6, tzinfo=UTC)
Row = Mapping[str, Any]


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """An instant of October 2026, told by the Paris clock."""
    return datetime(2026, 10, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def insert(conn: psycopg.Connection[Any], table: str, rows: Iterable[Row]) -> None:
    """Insert rows into `schema.table`; every row names its own columns."""
    schema, name = table.split(".")
    for row in rows:
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(schema, name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() * len(row)),
        )
        conn.execute(statement, list(row.values()))


def insert_master(conn: psycopg.Connection[Any], table: str, rows: Iterable[Row]) -> None:
    """Insert rows into a table of `master`, known since the first of January and, where it applies, valid since 2024."""
    dated = table not in ("grid_prices", "allowances")
    defaults: dict[str, Any] = {"known_from": KNOWN_FROM, **({"valid_from": date(2024, 1, 1)} if dated else {})}
    insert(conn, f"master.{table}", [{**defaults, **row} for row in rows])


def insert_file(
    conn: psycopg.Connection[Any],
    file_id: str,
    records: Sequence[Row],
    *,
    hold_reason: str | None = None,
    landed_at: datetime = LANDED_AT,
    source_code: str = "messidor",
    **facts: Any,
) -> None:
    """Insert one file: a header, then the records from line 2 on, in the order given; `facts` are its other columns."""
    usage_file = {
        "file_id": file_id,
        "source_code": source_code,
        "source_file": f"{file_id}.csv",
        "sealed_path": f"sealed/{file_id}",
        "byte_count": 0,
        "line_count": len(records) + 1,
        "control_line_count": 1,
        "record_count": len(records),
        "hold_reason": hold_reason,
        "landed_at": landed_at,
        **facts,
    }
    insert(conn, "landing.usage_files", [usage_file])
    numbers = conn.cursor(row_factory=scalar_row).execute(
        "select file_number from landing.usage_files where file_id = %s", [file_id]
    )
    [file_number] = numbers.fetchall()
    given = {"file_number": file_number, "raw_text": "", "landed_at": landed_at}
    insert(
        conn,
        "landing.usage_records",
        [{**given, "source_line": line, **record} for line, record in enumerate(records, start=2)],
    )


def a_call(usage_id: str, line_id: str, called_number: str | None, started_at: datetime, **changes: Any) -> Row:
    """One readable call of 60 seconds that the supplier sells for 0.01, unless said otherwise."""
    return {
        "usage_id": usage_id,
        "usage_type": "voice",
        "line_id": line_id,
        "called_number": called_number,
        "started_at": started_at,
        "local_day": started_at.astimezone(PARIS).date(),
        "duration_seconds": 60,
        "supplier_amount": "0.01",
        **changes,
    }


def pages(usage_id: str, line_id: str, page_count: int, started_at: datetime, **changes: Any) -> Row:
    """One readable count of black pages."""
    unlike_a_call = {"usage_type": "page_black", "duration_seconds": None, "supplier_amount": None}
    return a_call(usage_id, line_id, None, started_at, **{**unlike_a_call, "page_count": page_count, **changes})


def a_reject(reason: str) -> Row:
    """One line that could not be read."""
    return {"reject_reason": reason}


def a_service(service_code: str, grid_code: str | None, allowance_code: str | None = None, **changes: Any) -> Row:
    return {
        "service_code": service_code,
        "node_code": "N1",
        "product_code": "TEL",
        "service_name": service_code,
        "charge_kind": "recurring",
        "quantity": 1,
        "unit_code": "MON",
        "unit_price": "10",
        "grid_code": grid_code,
        "allowance_code": allowance_code,
        **changes,
    }


def a_price(grid_version_id: str, prefix: str, component: str, unit_price: str, **changes: Any) -> Row:
    return {
        "grid_version_id": grid_version_id,
        "usage_type": "voice",
        "prefix": prefix,
        "destination": f"destination {prefix}",
        "price_component": component,
        "component_label": component,
        "connection_fee": "0",
        "unit_price": unit_price,
        "first_increment": 1,
        "next_increment": 1,
        **changes,
    }
