"""The billing database, through psycopg. One method is one transaction; nothing connects before it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from airflow.providers.postgres.hooks.postgres import PostgresHook
from psycopg import sql

from invoicing.usage import landing_sql
from invoicing.usage.reading import Reading
from invoicing.usage.sealing import SealedFile, named_facts
from invoicing.usage.source import UNKNOWN, CorrectionKind, Source


class Landed(NamedTuple):
    """What became of a file: whether its lines were written now, how many are records, why it is held."""

    is_new: bool
    record_count: int
    hold_reason: str | None


class WarehouseHook(PostgresHook):
    """The billing database, through psycopg. One method is one transaction; nothing connects before it."""

    default_conn_name = "warehouse"

    def get_conn(self) -> psycopg.Connection[Any]:
        """A psycopg 3 connection, in UTC; as a context manager it commits, or rolls back on an error, and closes."""
        connection = self.get_connection(self.get_conn_id())
        return psycopg.connect(
            host=connection.host,
            port=connection.port,
            user=connection.login,
            password=connection.password,
            dbname=connection.schema,
            options="-c timezone=UTC",
            **connection.extra_dejson,  # sslmode and the like
        )

    def replace_sources(self, sources: Iterable[Source]) -> None:
        """Put what SQL must know of the descriptions in place; unchanged ones stay as they are, others go."""
        rows = [
            {
                "source_code": source.source_code,
                "description_digest": source.description_digest,
                "expected_every": source.rhythm.every,
                "lateness_hours": source.rhythm.lateness_hours,
                "is_sequence_continuous": source.rhythm.is_sequence_continuous,
                "is_empty_day_a_file": source.rhythm.is_empty_day_a_file,
            }
            for source in sources
        ]
        with self.get_conn() as conn, conn.cursor() as cursor:
            cursor.execute(landing_sql.LOCK_SOURCES)  # two files that land at once both come here
            cursor.execute(landing_sql.DELETE_OTHER_SOURCES, {"source_codes": [row["source_code"] for row in rows]})
            cursor.executemany(landing_sql.REPLACE_SOURCE, rows)

    def replace_usage_file(
        self,
        usage: SealedFile,
        *,
        sealed_path: str,
        delivered_at: datetime,
        road: str = "folder",
        landing_run_id: str | None = None,
    ) -> Landed:
        """Put a file's lines in place, all or none; bytes that landed before only log their delivery.

        Args:
            usage: the file; a held one lands too, with its reason.
            sealed_path: where its untouched copy is, relative to the archive.
            delivered_at: the file's own time, so that a retry logs nothing twice.
            road: by which it came.
            landing_run_id: of the run whose gate looks at it.
        """
        named_day, sequence_number = named_facts(usage.source, usage.source_file) if usage.source else (None, None)
        values: dict[str, Any] = {
            **file_facts(usage),
            "sealed_path": sealed_path,
            "delivered_at": delivered_at,
            "road": road,
            "landing_run_id": landing_run_id,
            "named_day": named_day,
            "sequence_number": sequence_number,
            "unknown": UNKNOWN,
        }
        with self.get_conn() as conn, conn.cursor() as cursor:
            inserted = cursor.execute(landing_sql.INSERT_FILE, values).fetchone()
            if inserted:
                values["file_number"] = inserted[0]
                reading = usage.read(inserted[0])
                write_lines(cursor, reading, values)
                if sequence_number is None:
                    values["sequence_number"] = reading.sequence_number
                landed = Landed(True, reading.record_count, reading.hold_reason)
            else:
                landed = Landed(False, *cursor.execute(landing_sql.FILE_COUNTS, values).fetchone())  # type: ignore[misc]
            cursor.execute(landing_sql.INSERT_DELIVERY, values)
        return landed


def file_facts(usage: SealedFile) -> dict[str, Any]:
    """What SQL must know of a file beside its lines, by the column of `landing.usage_files`."""
    source = usage.source
    call = source.one_call if source else None
    return {
        "file_id": usage.sha256,
        "source_code": usage.source_code,
        "source_file": usage.source_file,
        "byte_count": usage.byte_count,
        "description_digest": source.description_digest if source else None,
        "currency_code": source.currency_code if source else "EUR",
        "has_identity": source.has_identity if source else True,
        "correction": "replace" if source and source.correction.kind is CorrectionKind.REPLACE else "none",
        "pair_limit_hours": call.wait_hours if call else None,
    }


def write_lines(cursor: psycopg.Cursor[Any], reading: Reading, values: dict[str, Any]) -> None:
    """Put a file's records and control lines in place as they pass, then count them.

    Args:
        cursor: in the transaction that locked the file's row.
        reading: of the whole file, with its `file_number`.
        values: the file's file_id and file_number.
    """
    cursor.execute(landing_sql.DELETE_CONTROL_LINES, values)
    cursor.execute(landing_sql.DELETE_RECORDS, values)
    columns = sql.SQL(", ").join(map(sql.Identifier, reading.columns))
    with cursor.copy(sql.SQL(landing_sql.COPY_RECORDS).format(columns=columns)) as copy:
        for block in reading.record_blocks():
            copy.write(block)
    with cursor.copy(landing_sql.COPY_CONTROL_LINES) as copy:
        for block in reading.control_blocks():
            copy.write(block)
    counts = {
        "line_count": reading.line_count,
        "control_line_count": reading.control_line_count,
        "record_count": reading.record_count,
        "hold_reason": reading.hold_reason,
    }
    cursor.execute(landing_sql.COUNT_FILE, values | counts)
