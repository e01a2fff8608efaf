"""Numbered, forward-only migrations of the tables that Python writes; dbt makes all others."""

import hashlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ops.home import REPOSITORY

MIGRATIONS = REPOSITORY / "migrations"
FILE_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
LOCK_KEY = 7_735_382_911  # any number, the same in every process: two starts at once migrate one after the other

CREATE_BOOK = """
create table if not exists public.schema_migrations (
    file_name text primary key,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""


class MigrationRefused(RuntimeError):
    """The files and the database disagree; the message names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Migration:
    file_name: str
    sha256: str
    statements: str


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """The files of the folder, numbered 0001, 0002… without a gap.

    Raises:
        MigrationRefused: a file is misnamed, or a number is missing or used twice.
    """
    migrations = []
    for position, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        if not FILE_NAME.fullmatch(path.name) or int(path.name[:4]) != position:
            raise MigrationRefused(f"{path.name}: expected {position:04d}_words.sql; number the files without a gap")
        content = path.read_bytes()
        migrations.append(Migration(path.name, hashlib.sha256(content).hexdigest(), content.decode()))
    return migrations


def migrate(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is not yet applied, each file in its own transaction.

    Returns:
        The names of the files applied now; [] when the database was up to date.

    Raises:
        MigrationRefused: an applied file was changed, renamed or removed since.
    """
    migrations = read_migrations(folder)
    applied_now = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(%s)", (LOCK_KEY,))
        conn.execute(CREATE_BOOK)
        applied = conn.execute("select file_name, sha256 from public.schema_migrations order by file_name").fetchall()
        _refuse_differences(migrations, applied)
        for migration in migrations[len(applied) :]:
            try:
                with conn.transaction():
                    conn.execute(migration.statements.encode())
                    conn.execute(
                        "insert into public.schema_migrations (file_name, sha256) values (%s, %s)",
                        (migration.file_name, migration.sha256),
                    )
            except psycopg.Error as error:
                reason = f"{migration.file_name}: {error}; nothing of it was kept, mend the file and migrate again"
                raise MigrationRefused(reason) from error
            applied_now.append(migration.file_name)
    return applied_now


def _refuse_differences(migrations: list[Migration], applied: list[tuple[str, str]]) -> None:
    for position, (file_name, sha256) in enumerate(applied):
        known = migrations[position] if position < len(migrations) else None
        if known is None or known.file_name != file_name:
            raise MigrationRefused(f"{file_name}: applied to this database, absent here; use the version that has it")
        if known.sha256 != sha256:
            raise MigrationRefused(
                f"{file_name}: changed since it was applied; put it back, and add a new file instead"
            )


def main() -> int:
    dsn = os.environ.get("RELEVE_WAREHOUSE_DSN")
    if not dsn:
        print("RELEVE_WAREHOUSE_DSN is missing: the URI of the database to migrate", file=sys.stderr)
        return 1
    try:
        applied = migrate(dsn)
    except MigrationRefused as refusal:
        print(f"migrate: {refusal}", file=sys.stderr)
        return 1
    print("migrate: " + (", ".join(applied) if applied else "nothing to apply"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
