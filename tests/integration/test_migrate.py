"""Migrations on a real server, from an empty and from a filled database."""

from pathlib import Path

import psycopg
import pytest

from ops.migrate import MIGRATIONS, MigrationRefused, migrate, read_migrations

FILE = "insert into landing.usage_files values ('f1', 'messidor', 'a.csv', 'sealed/f1', 10, 3, 2, 1)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("create table first (amount numeric(18, 2) not null);\n")
    (tmp_path / "0002_second.sql").write_text("create table second (label text);\n")
    return tmp_path


def test_an_empty_database_gets_every_table_and_a_second_time_nothing(empty_dsn: str):
    assert migrate(empty_dsn) == [file.name for file in sorted(MIGRATIONS.glob("*.sql"))]

    assert migrate(empty_dsn) == []
    with psycopg.connect(empty_dsn) as conn:
        conn.execute("select * from register.invoices")


def test_a_filled_database_keeps_its_rows_through_the_next_migration(empty_dsn: str, folder: Path):
    migrate(empty_dsn, folder)
    with psycopg.connect(empty_dsn) as conn:
        conn.execute("insert into first values (412.31)")
    (folder / "0003_third.sql").write_text("alter table first add currency_code text not null default 'EUR';\n")

    assert migrate(empty_dsn, folder) == ["0003_third.sql"]

    with psycopg.connect(empty_dsn) as conn:
        [row] = conn.execute("select amount::text, currency_code from first").fetchall()
    assert row == ("412.31", "EUR")


def test_each_later_migration_applies_to_a_database_filled_by_the_earlier_ones(empty_dsn: str, tmp_path: Path):
    """Release by release: one row is landed as soon as there is a table for it, and is there at the end."""
    for migration in read_migrations():
        (tmp_path / migration.file_name).write_text(migration.statements)
        migrate(empty_dsn, tmp_path)
        if migration.file_name == "0001_landing.sql":
            with psycopg.connect(empty_dsn) as conn:
                conn.execute(FILE)

    with psycopg.connect(empty_dsn) as conn:
        assert conn.execute("select count(*) from landing.usage_files").fetchone() == (1,)


def test_a_changed_applied_file_is_refused_by_its_name(empty_dsn: str, folder: Path):
    migrate(empty_dsn, folder)
    (folder / "0001_first.sql").write_text("create table first (amount float);\n")

    with pytest.raises(MigrationRefused, match=r"0001_first\.sql: changed since it was applied"):
        migrate(empty_dsn, folder)


def test_an_applied_file_that_is_gone_is_refused_by_its_name(empty_dsn: str, folder: Path):
    migrate(empty_dsn, folder)
    (folder / "0002_second.sql").unlink()

    with pytest.raises(MigrationRefused, match=r"0002_second\.sql: applied to this database, absent here"):
        migrate(empty_dsn, folder)


def test_a_migration_that_fails_leaves_nothing_of_itself(empty_dsn: str, folder: Path):
    (folder / "0002_second.sql").write_text("create table second (label text); select 1 / 0;\n")

    with pytest.raises(MigrationRefused, match=r"0002_second\.sql: division by zero"):
        migrate(empty_dsn, folder)

    with psycopg.connect(empty_dsn) as conn:
        assert conn.execute("select to_regclass('second'), to_regclass('first') is not null").fetchone() == (None, True)


def test_a_gap_in_the_numbers_is_refused(folder: Path):
    (folder / "0004_fourth.sql").write_text("select 1;\n")

    with pytest.raises(MigrationRefused, match=r"0004_fourth\.sql: expected 0003_words\.sql"):
        read_migrations(folder)
