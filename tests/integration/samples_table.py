"""What a shared sample must give, counted in the file by other means, and the database that the samples land in."""

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
RECORDS = (
    "from landing.usage_records as record join landing.usage_files as file using (file_number) where source_file = %s"
)
# By usage type, what is counted of those that somebody pays for; of meters, the readings.
BILLABLE = f"""
select usage_type, sum(case usage_type
    when 'voice' then duration_seconds
    when 'sms' then event_count
    when 'data' then record.byte_count
    when 'meter' then 1
    else page_count
end) {RECORDS} and not is_rejected and not_billable_reason is null group by usage_type
"""
# One identity, several contents.
CONFLICTS = f"""
select count(*) from (
    select usage_id {RECORDS} and not is_rejected group by usage_id
    having count(distinct (
        usage_type, line_id, called_number, direction, zone, started_at, duration_seconds, page_count, event_count,
        record.byte_count, unit_count, counters, supplier_label, supplier_amount, not_billable_reason
    )) > 1
) as repeated
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of the table. `lines` are elements in JSON and XML; what is left out is nothing."""

    path: str
    source_code: str
    lines: int
    control_lines: int
    identities: int  # distinct, of the readable records
    duplicates: int = 0  # readable records beyond them, in this file
    conflicts: int = 0  # identities with several contents, in this file
    rejects: Mapping[str, int] = field(default_factory=dict)  # by the code of the reason
    not_billable: Mapping[str, int] = field(default_factory=dict)  # by rule
    billable: Mapping[str, int] = field(default_factory=dict)  # seconds, messages, bytes, pages by usage type
    hold_reason: str | None = None

    @property
    def name(self) -> str:
        return Path(self.path).name

    @property
    def content(self) -> bytes:
        return (SAMPLES / self.path).read_bytes()


class Warehouse(NamedTuple):
    dsn: str
    folder: Path
    land: Callable[[str, bytes], dict[str, Any]]

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, options="-c timezone=UTC") as conn:
            return conn.execute(sql, parameters or None).fetchall()


@contextmanager
def warehouse(server: ServerInfo, folder: Path, name: str) -> Iterator[Warehouse]:
    """A migrated database with a drop and an archive; `land` drops a file and lands it, as the DAG does."""
    from billing.operators.land import LandUsageOperator

    drop, archive = folder / "drop" / "usage", folder / "archive"
    drop.mkdir(parents=True)
    archive.mkdir()
    dsn = embedded_postgres.create_database(server, name)
    migrate(dsn)
    numbers = itertools.count()

    def land(file_name: str, content: bytes) -> dict[str, Any]:
        (drop / file_name).write_bytes(content)
        os.utime(drop / file_name, (1793500000, 1793500000))  # not being written any more
        return LandUsageOperator(task_id=f"land_{next(numbers)}", path=f"usage/{file_name}").execute({})

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIRFLOW_CONN_WAREHOUSE", dsn.replace("postgresql://", "postgres://"))
        environment.setenv("AIRFLOW_CONN_USAGE_DROP", f'{{"conn_type": "fs", "extra": {{"path": "{drop.parent}"}}}}')
        environment.setenv("AIRFLOW_CONN_ARCHIVE", f'{{"conn_type": "fs", "extra": {{"path": "{archive}"}}}}')
        yield Warehouse(dsn, folder, land)
    embedded_postgres.drop_database(server, name)


def landed(warehouse: Warehouse, sample: Sample) -> Sample:
    """The row of the table as landing gives it."""
    query, name = warehouse.query, sample.name
    [(source_code, lines, control_lines, hold_reason)] = query(
        "select source_code, line_count, control_line_count, hold_reason from landing.usage_files"
        " where source_file = %s",
        name,
    )
    [(readable, identities)] = query(f"select count(usage_id), count(distinct usage_id) {RECORDS}", name)
    [(conflicts,)] = query(CONFLICTS, name)
    rejects = query(f"select split_part(reject_reason, ':', 1), count(*) {RECORDS} and is_rejected group by 1", name)
    not_billable = query(
        f"select not_billable_reason, count(*) {RECORDS} and not_billable_reason is not null group by 1", name
    )
    return Sample(
        path=sample.path,
        source_code=source_code,
        lines=lines,
        control_lines=control_lines,
        identities=identities,
        duplicates=readable - identities,
        conflicts=conflicts,
        rejects=dict(rejects),
        not_billable=dict(not_billable),
        billable={usage_type: int(quantity) for usage_type, quantity in query(BILLABLE, name) if quantity},
        hold_reason=hold_reason,
    )
