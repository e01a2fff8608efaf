"""Master data in PostgreSQL, kept in two times: what a file changes ends the former row's knowledge, never the row."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from psycopg import Connection, Cursor, sql

Connect = Callable[[], AbstractContextManager[Connection[Any]]]

# In this order: a file that names another's rows comes after it.
TABLES = (
    "sellers",
    "customers",
    "nodes",
    "products",
    "services",
    "lines",
    "grid_versions",
    "grid_prices",
    "allowances",
)


FEW_ROWS = 3  # a table of three may lose two


class MasterFileRefused(ValueError):
    """A master data file does not fit its table."""


class MasterStore:
    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def replace_tables(self, files: Mapping[str, bytes]) -> dict[str, tuple[int, int]]:
        """Make the known rows of these master tables those of their CSV files, all or none.

        Rows that a file no longer holds, or holds otherwise, stop being known now; new ones start. The same files
        again change nothing.

        Args:
            files: table → its whole content (UTF-8, comma, header).

        Returns:
            Table → how many rows stopped being known, and how many started.

        Raises:
            MasterFileRefused: unknown table, missing or unknown columns, a file that would end most of its table.
            psycopg.DataError: a value that its column can't hold; PostgreSQL names the line and the column.
        """
        unknown = sorted(set(files) - set(TABLES))
        if unknown:
            raise MasterFileRefused(f"no master table {unknown[0]!r}; name the file after one of {', '.join(TABLES)}")
        with self._connect() as conn, conn.cursor() as cursor:
            return {table: _replace(cursor, table, files[table]) for table in TABLES if table in files}


def _replace(cursor: Cursor[Any], table: str, content: bytes) -> tuple[int, int]:
    header = content.split(b"\n", 1)[0].decode("utf-8-sig").strip().split(",")
    cursor.execute(
        "select column_name from information_schema.columns where table_schema = 'master' and table_name = %s"
        " and column_name not in ('known_from', 'known_until') order by ordinal_position",
        [table],
    )
    columns = [name for (name,) in cursor]
    if sorted(header) != sorted(columns):
        raise MasterFileRefused(
            f"{table}.csv: columns missing {sorted(set(columns) - set(header))}, "
            f"unknown {sorted(set(header) - set(columns))}; its first line must name {','.join(columns)}"
        )
    parts = {
        "table": sql.Identifier("master", table),
        "incoming": sql.Identifier(f"incoming_{table}"),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "header": sql.SQL(", ").join(map(sql.Identifier, header)),
    }
    cursor.execute(CREATE_INCOMING.format(**parts))
    with cursor.copy(sql.SQL("copy {incoming} ({header}) from stdin (format csv, header)").format(**parts)) as to:
        to.write(content.removeprefix(b"\xef\xbb\xbf"))
    cursor.execute(COUNT_KNOWN.format(**parts))
    known, incoming = cursor.fetchone() or (0, 0)
    if known > FEW_ROWS and incoming < known / 2:
        raise MasterFileRefused(
            f"{table}.csv has {incoming} rows where {known} are known; a cut file would end the others. "
            f"Send the whole table, or end the rows yourself by their valid_until"
        )
    cursor.execute(END_KNOWLEDGE.format(**parts))
    ended = cursor.rowcount
    cursor.execute(START_KNOWLEDGE.format(**parts))
    return ended, cursor.rowcount


CREATE_INCOMING = sql.SQL("create temp table {incoming} on commit drop as select {columns} from {table} limit 0")
COUNT_KNOWN = sql.SQL("""
select
    (select count(*) from {table} where known_until = 'infinity'),
    (select count(*) from {incoming})
""")
# Compared as texts of whole rows: an empty column equals an empty column.
END_KNOWLEDGE = sql.SQL("""
update {table} set known_until = now()
where known_until = 'infinity' and row({columns})::text not in (select row({columns})::text from {incoming})
""")
START_KNOWLEDGE = sql.SQL("""
insert into {table} ({columns})
select {columns} from {incoming} except select {columns} from {table} where known_until = 'infinity'
""")
