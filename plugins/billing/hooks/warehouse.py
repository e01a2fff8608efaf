"""The billing database, through psycopg. One method is one transaction; nothing connects before it."""

from datetime import datetime
from typing import Any

import psycopg
from airflow.providers.postgres.hooks.postgres import PostgresHook

from invoicing.usage import landing_sql
from invoicing.usage.sealing import SealedFile
from invoicing.usage.source import UNKNOWN


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

    def replace_usage_file(self, usage: SealedFile, *, sealed_path: str, delivered_at: datetime) -> bool:
        """Put a file's lines in place, all or none; bytes that landed before only log their delivery.

        Args:
            usage: the file; a held one lands too, with its reason.
            sealed_path: where its untouched copy is, relative to the archive.
            delivered_at: the file's own time, so that a retry logs nothing twice.

        Returns:
            Whether its lines were written now.
        """
        values = {
            "file_id": usage.sha256,
            "source_code": usage.source_code,
            "source_file": usage.source_file,
            "sealed_path": sealed_path,
            "byte_count": len(usage.content),
            "line_count": usage.line_count,
            "control_line_count": len(usage.control_lines),
            "record_count": usage.record_count,
            "hold_reason": usage.hold_reason,
            "delivered_at": delivered_at,
            "unknown": UNKNOWN,
        }
        with self.get_conn() as conn, conn.cursor() as cursor:
            is_new = cursor.execute(landing_sql.INSERT_FILE, values).fetchone() is not None
            if is_new:
                self._replace_lines(cursor, usage, values)
            cursor.execute(landing_sql.INSERT_DELIVERY, values)
        return is_new

    def _replace_lines(self, cursor: psycopg.Cursor[Any], usage: SealedFile, values: dict[str, Any]) -> None:
        cursor.execute(landing_sql.DELETE_CONTROL_LINES, values)
        cursor.execute(landing_sql.DELETE_RECORDS, values)
        cursor.executemany(
            landing_sql.INSERT_CONTROL_LINE,
            [(usage.sha256, line.source_line, line.raw_text) for line in usage.control_lines],
        )
        with cursor.copy(landing_sql.COPY_RECORDS) as copy:
            for block in usage.record_blocks():
                copy.write(block)
