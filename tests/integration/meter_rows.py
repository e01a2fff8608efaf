"""Readings for the meter tests: a machine for each thing that goes wrong, and the sample of twelve machines."""

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from tests.integration.rate_rows import PARIS, Row, a_price, a_service

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "samples" / "meters" / "compteurs_2025T3.csv"
SAMPLE_COUNTERS = {5: "page_black", 6: "page_colour", 7: "page_black_a3", 8: "page_colour_a3", 9: "scan"}


def on(month: int, day: int, hour: int = 8) -> datetime:
    """An instant of 2026, told by the Paris clock."""
    return datetime(2026, month, day, hour, tzinfo=PARIS).astimezone(UTC)


def a_reading(serial: str, read_at: datetime, black: int | None, **changes: Any) -> Row:
    """One measured reading of the black counter, unless said otherwise."""
    counters = changes.pop("counters", {"page_black": black, "page_colour": None})
    return {
        "usage_id": f"{serial} {read_at}",
        "usage_type": "meter",
        "line_id": serial,
        "started_at": read_at,
        "local_day": read_at.astimezone(PARIS).date(),
        "counters": Jsonb(counters),
        "reading_kind": "measured",
        **changes,
    }


def monthly(serial: str, *blacks: int, first_month: int = 8) -> list[Row]:
    """A reading on the 30th of each month, from August on."""
    return [a_reading(serial, on(first_month + number, 30), black) for number, black in enumerate(blacks)]


READINGS = [
    *monthly("PLAIN", 1000, 1500, 1700),
    *monthly("RESET", 1000, 200, 900),
    a_reading("RESET", on(11, 5), 950),
    *monthly("AGAIN", 1000, 1500, 1500),
    a_reading("AGAIN", on(9, 30), 1500),
    *monthly("TWO", 1000, 1500, 1700),
    a_reading("TWO", on(9, 30), 1600),
    a_reading("LATE", on(8, 30), 1000),
    a_reading("LATE", on(10, 4), 1300),
    a_reading("LATE", on(10, 30), 1400),
    a_reading("GUESS", on(8, 30), 1000),
    a_reading("GUESS", on(9, 30), 1400, reading_kind="estimated"),
    a_reading("GUESS", on(10, 30), 1600),
    a_reading("GUESS", on(11, 5), 1700, reading_kind="estimated"),
    a_reading("HIGH", on(8, 30), 1000),
    a_reading("HIGH", on(9, 30), 1400, reading_kind="estimated"),
    a_reading("HIGH", on(10, 30), 1300),
    a_reading("OLD", on(8, 30), 5000),
    *monthly("NEW", 40, 140, first_month=9),
    a_reading("SILENT", on(8, 30), 1000),
    a_reading("fic 00-1", on(8, 30), 1000),
    a_reading("FIC001", on(9, 30), 1100),
    a_reading("Fic-001", on(10, 30), 1300),
    *monthly("JUMP", 1000, 1100, 1210, 1300, 1405, 1500, 91500, first_month=4),
    *monthly("WILD", 1000, 1001000),
    *monthly("PASSED", 1000, 1200, 1500),
    a_reading("HANDED", on(8, 30), 0, reading_kind="entered"),
    a_reading("HANDED", on(9, 30), 80),
    a_reading("MUTE", on(10, 30), None, counters={}),
    a_reading("ODD", on(10, 30), None, counters={"page_black": "12,5"}),
    a_reading("STOPPED", on(10, 30), 10, not_billable_reason="no_contract"),
]
SERVICES = {
    serial: f"S-{serial}"
    for serial in (
        "PLAIN",
        "RESET",
        "AGAIN",
        "TWO",
        "LATE",
        "GUESS",
        "HIGH",
        "SILENT",
        "FIC001",
        "JUMP",
        "WILD",
        "HANDED",
    )
}
MASTER: dict[str, list[Row]] = {
    "lines": [
        *({"line_id": serial, "service_code": service} for serial, service in SERVICES.items()),
        {"line_id": "OLD", "service_code": "S-SWAP", "valid_until": date(2026, 9, 15)},
        {"line_id": "NEW", "service_code": "S-SWAP", "valid_from": date(2026, 9, 15)},
        {"line_id": "PASSED", "service_code": "S-PLAIN", "valid_until": date(2026, 10, 15)},
        {"line_id": "PASSED", "service_code": "S-LATE", "valid_from": date(2026, 10, 15)},
    ],
    "services": [a_service(service, "COPIES") for service in (*SERVICES.values(), "S-SWAP")],
    "grid_versions": [{"grid_version_id": "COPIES-1", "grid_code": "COPIES", "currency_code": "EUR"}],
    "grid_prices": [a_price("COPIES-1", "", "pages_black", "0.0068", usage_type="page_black")],
}


def sample_readings() -> list[Row]:
    """The readings of the sample file, as its description will give them: serial, Paris time, counters by usage type."""
    rows = list(csv.reader(io.StringIO(SAMPLE.read_bytes().decode("cp1252")), delimiter=";"))[1:]
    return [
        a_reading(
            row[2],
            datetime.strptime(row[4], "%d/%m/%Y %H:%M").replace(tzinfo=PARIS).astimezone(UTC),
            None,
            counters={
                name: int(row[position].replace("\u00a0", "")) if row[position] else None
                for position, name in SAMPLE_COUNTERS.items()
            },
        )
        for row in rows
    ]
