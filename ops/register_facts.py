"""What a copy of the warehouse must have in common with the original: the register's chain, its numbers, its rows."""

from typing import Any

from psycopg import Connection, sql

TABLES = """
select schemaname, tablename from pg_tables
where schemaname not in ('pg_catalog', 'information_schema')
order by schemaname, tablename
"""
SERIES = "select seller_code || ' ' || series, last_number from register.series order by seller_code, series"
MIGRATIONS = "select file_name, sha256 from public.schema_migrations order by file_name"
INVOICES = "select count(*), sum(net_amount)::text, sum(vat_amount)::text from register.invoices"
LAST_OF_CHAIN = "select chain_sha256 from register.documents order by document_position desc limit 1"
ARCHIVED = """
select archive_path, sha256 from register.documents
union all
select sealed_path, file_id from landing.usage_files
order by 1
"""

# Each entry names the one before and digests it with its own file: a row or a file changed later breaks the chain.
FIRST_BREAK_OF_CHAIN = """
with entries as (
    select
        document_position,
        invoice_number,
        kind,
        chain_sha256,
        previous_sha256,
        lag(chain_sha256) over (order by document_position) as before,
        concat_ws('|', coalesce(previous_sha256, ''), invoice_number, kind, sha256) as digested
    from register.documents
)

select invoice_number || ' (' || kind || ')' from entries
where chain_sha256 <> encode(sha256(convert_to(digested, 'UTF8')), 'hex') or previous_sha256 is distinct from before
order by document_position limit 1
"""


def read_facts(conn: Connection[Any]) -> dict[str, Any]:
    """Everything that is compared, as JSON can hold it: names to numbers and texts."""
    rows = {}
    for schema, table in conn.execute(TABLES).fetchall():
        statement = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
        rows[f"{schema}.{table}"] = _one(conn, statement)[0]
    last = conn.execute(LAST_OF_CHAIN).fetchone()
    return {
        "register hash": last[0] if last else None,
        "invoices, net and VAT": list(_one(conn, INVOICES)),
        "last numbers": dict(conn.execute(SERIES).fetchall()),
        "migrations": dict(conn.execute(MIGRATIONS).fetchall()),
        "rows": rows,
    }


def first_difference(expected: Any, found: Any, name: str = "") -> str | None:
    """Name the first fact that differs, with both values; None when all agree."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in [*expected, *(key for key in found if key not in expected)]:
            difference = first_difference(expected.get(key), found.get(key), f"{name} {key}".strip())
            if difference:
                return difference
        return None
    return None if expected == found else f"{name}: {expected} expected, {found} found"


def first_break(conn: Connection[Any]) -> str | None:
    """The first document whose entry does not follow from the one before; None for a whole chain."""
    row = conn.execute(FIRST_BREAK_OF_CHAIN).fetchone()
    return row[0] if row else None


def first_wrong_file(conn: Connection[Any], archived: dict[str, str]) -> str | None:
    """The first issued document or sealed usage file that the archive (path to SHA-256) lacks, or holds otherwise."""
    for path, sha256 in conn.execute(ARCHIVED).fetchall():
        if archived.get(path) != sha256:
            return f"{path}: {'other bytes than were registered' if path in archived else 'not in the archive'}"
    return None


def _one(conn: Connection[Any], statement: Any) -> tuple[Any, ...]:
    row = conn.execute(statement).fetchone()
    assert row is not None, statement
    return tuple(row)
