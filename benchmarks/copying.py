"""What the same bytes cost without us: PostgreSQL's COPY into bare tables, and DuckDB's CSV reader."""

from collections.abc import Sequence
from contextlib import closing

import duckdb
import psycopg
from psycopg import sql

from benchmarks.report import stopwatch
from benchmarks.usage_files import UsageFile

BLOCK = 1 << 20
NOA24_TYPES = {13: "timestamp", 14: "integer", 16: "numeric(20, 10)"}
MESSIDOR_TYPES = {1: "integer", 3: "date", 4: "time", 10: "integer"}
LAYOUTS = {"noa24": (24, NOA24_TYPES, "UTF8"), "messidor": (11, MESSIDOR_TYPES, "WIN1252")}
DUCKDB_TYPES = {"text": "varchar"}
READ_CSV = """
create table {table} as
select * from read_csv(
    ?, delim = ';', header = false, encoding = ?, dateformat = '%d/%m/%Y', columns = {columns}
)
"""


def raw_copy_seconds(dsn: str, files: Sequence[UsageFile]) -> float:
    """COPY of the records as they came into typed columns of bare tables, one stream, 1 MiB blocks, one transaction."""
    with psycopg.connect(dsn, options="-c datestyle=ISO,DMY") as conn:
        for file in files:
            name, columns, _ = _layout(file)
            typed = sql.SQL(", ").join(sql.SQL(f"{column} {kind}") for column, kind in columns)
            conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(name)))
            conn.execute(sql.SQL("create table {} ({})").format(sql.Identifier(name), typed))
        conn.commit()
        with stopwatch() as seconds:
            for file in files:
                name, _, encoding = _layout(file)
                _copy(conn, f"copy {name} from stdin (format csv, delimiter ';', encoding '{encoding}')", file)
            conn.commit()
    return seconds()


def text_copy_seconds(dsn: str, files: Sequence[UsageFile]) -> float:
    """COPY of each line into one text column: the floor of any landing."""
    with psycopg.connect(dsn) as conn:
        conn.execute("drop table if exists line_texts")
        conn.execute("create table line_texts (raw_text text)")
        conn.commit()
        with stopwatch() as seconds:
            for file in files:
                # Signs that stand in no line: nothing is split, nothing is unquoted.
                signs = f"delimiter e'\\x01', quote e'\\x02', encoding '{_layout(file)[2]}'"
                _copy(conn, f"copy line_texts from stdin (format csv, {signs})", file)
            conn.commit()
    return seconds()


def duckdb_seconds(files: Sequence[UsageFile]) -> float:
    """DuckDB reading the same records into typed columns in memory, on two threads."""
    with closing(duckdb.connect(":memory:", config={"threads": 2, "autoinstall_known_extensions": False})) as db:
        with stopwatch() as seconds:
            for file in files:
                name, columns, encoding = _layout(file)
                types = ", ".join(f"'{column}': '{DUCKDB_TYPES.get(kind, kind)}'" for column, kind in columns)
                statement = READ_CSV.format(table=name, columns="{" + types + "}")
                db.execute(statement, [str(file.body), "utf-8" if encoding == "UTF8" else "latin-1"])
        return seconds()


def _layout(file: UsageFile) -> tuple[str, list[tuple[str, str]], str]:
    name = file.path.name.partition("_")[0]
    count, types, encoding = LAYOUTS[name]
    return name, [(f"c{at}", types.get(at, "text")) for at in range(1, count + 1)], encoding


def _copy(conn: psycopg.Connection, statement: str, file: UsageFile) -> None:
    with file.body.open("rb") as source, conn.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        while block := source.read(BLOCK):
            copy.write(block)
