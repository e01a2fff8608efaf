"""The labelled fortnight of `shared/samples/fraud`, landed call by call, and what the watch makes of it."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from invoicing.usage.foreign_numbers import from_abroad
from invoicing.usage.number_plan import Called, dialled_short
from tests.integration.rate_rows import Row, a_service, insert_master

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "fraud"
TICKETS, LABELS = SAMPLES / "tickets_two_weeks.csv", SAMPLES / "labels.json"
PARIS = ZoneInfo("Europe/Paris")
# The watch and all that it reads; unit tests have run before.
SELECTION = (
    *("--select", "+fct_fraud_alerts", "+rpt_fraud_quiet", "+rpt_fraud_alerts", "+int_fraud__held"),
    *("--exclude-resource-type", "unit_test"),
)
COLUMNS = (
    "file_number", "source_line", "raw_text", "usage_id", "usage_type", "line_id", "called_number", "number_category", "country_code",
    "direction", "started_at", "local_day", "duration_seconds", "supplier_label", "supplier_amount",
    "not_billable_reason", "landed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One ticket: `incident` names its label, empty when it is honest."""

    source_line: int
    line_id: str
    called: Called
    label: str
    started_at: datetime
    seconds: int
    amount: Decimal
    incident: str

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.seconds)


def incidents() -> dict[str, Any]:
    """The two frauds by name: what, lines, calls, cost."""
    return dict(json.loads(LABELS.read_text(encoding="utf-8"))["incidents"])


def honest_but_odd() -> dict[str, str]:
    """What looks like fraud and is not → its line in E.164."""
    odd = json.loads(LABELS.read_text(encoding="utf-8"))["honest_but_odd"]
    return {what: "+33" + line[1:] for what, line in odd.items()}


def calls() -> list[Call]:
    """The tickets in the order of the file, with Paris clocks read as instants."""
    incident_of = {line: name for name, facts in incidents().items() for line in facts["line_numbers_in_file"]}
    return [_call(line, ticket, incident_of.get(line, "")) for line, ticket in enumerate(_tickets(), start=1)]


def _tickets() -> Iterator[list[str]]:
    with TICKETS.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file, delimiter=";")


def _call(source_line: int, ticket: list[str], incident: str) -> Call:
    line, day, hour, called, label, seconds, amount = ticket
    number = from_abroad(called) or dialled_short(called)
    assert number is not None, f"line {source_line} of the sample"
    started = datetime.strptime(f"{day} {hour}", "%d/%m/%Y %H:%M:%S").replace(tzinfo=PARIS)
    return Call(
        source_line, "+33" + line[1:], number, label, started.astimezone(UTC),
        int(seconds), Decimal(amount), incident,
    )  # fmt: skip


def earlier(sample: Sequence[Call], fortnights: int) -> list[Call]:
    """The honest calls as they may have been for so many fortnights before, at the same hours of the week."""
    honest = [call for call in sample if not call.incident]
    return [
        replace(
            call, source_line=call.source_line + 10_000 * back, started_at=_fortnights_before(call.started_at, back)
        )
        for back in range(1, fortnights + 1)
        for call in honest
    ]


def _fortnights_before(instant: datetime, count: int) -> datetime:
    local = instant.astimezone(PARIS)
    return (local - timedelta(days=14 * count)).astimezone(UTC)


def land(conn: psycopg.Connection[Any], sample: Sequence[Call]) -> None:
    """Put the calls in `landing` as one file, each known when it ends: an `as_of` then shows what an hourly file would."""
    [file_number] = conn.execute(
        "insert into landing.usage_files (file_id, source_code, source_file, sealed_path, byte_count, line_count,"
        " control_line_count, record_count, landed_at) values ('fortnight', 'fructidor', 'tickets.csv', 'sealed', 0,"
        " %(count)s, 0, %(count)s, %(landed_at)s) returning file_number",
        {"count": len(sample), "landed_at": min(call.ended_at for call in sample)},
    ).fetchone() or [0]
    with conn.cursor().copy(f"copy landing.usage_records ({', '.join(COLUMNS)}) from stdin") as copy:
        for call in sample:
            copy.write_row(
                (
                    file_number, call.source_line, "", f"call-{call.source_line}", "voice", call.line_id,
                    call.called.number, call.called.category, call.called.country_code, "outgoing", call.started_at,
                    call.started_at.astimezone(PARIS).date(), call.seconds, call.label, call.amount,
                    None if call.seconds else "zero_duration", call.ended_at,
                )
            )  # fmt: skip


def insert_owners(
    conn: psycopg.Connection[Any], line_ids: Sequence[str], lines_per_customer: int = 2, without: Sequence[str] = ()
) -> None:
    """Give the lines, but those `without`, to customers, a few each: a reseller's customers are small firms."""
    owned = sorted(set(line_ids) - set(without))
    owners = {line: f"C{place // lines_per_customer:03d}" for place, line in enumerate(owned)}
    customers = sorted(set(owners.values()))
    rows: dict[str, list[Row]] = {
        "customers": [{"customer_code": c, "customer_name": f"Client {c}", "seller_code": "S"} for c in customers],
        "nodes": [
            {"node_code": c, "customer_code": c, "node_name": c, "is_billing": True, "is_section": False}
            for c in customers
        ],
        "services": [a_service(f"TEL-{c}", "PRO", node_code=c) for c in customers],
        "lines": [{"line_id": line, "service_code": f"TEL-{c}"} for line, c in owners.items()],
    }
    for table, table_rows in rows.items():
        insert_master(conn, table, table_rows)


def rows(dsn: str, query: str, *arguments: Any) -> list[dict[str, Any]]:
    with psycopg.connect(dsn, row_factory=dict_row) as conn:
        return conn.execute(query, arguments).fetchall()


def cost_known_by(sample: Sequence[Call], incident: str, moment: datetime) -> Decimal:
    """What the calls of an incident that ended by then cost."""
    return sum((call.amount for call in sample if call.incident == incident and call.ended_at <= moment), Decimal(0))
