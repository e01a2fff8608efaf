"""Servers for the tests: one PostgreSQL for the whole run, a database of its own for each test that asks."""

import itertools
import os
import tempfile
from collections.abc import Iterator

# Before anything imports Airflow, which would make a folder in the user's home.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-of-tests-")

import pytest

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate

TEMPLATE = "migrated"
# What a crash of the machine would lose is worth nothing here.
TEST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}

# Modules that build with dbt, start processes or draw many pages: `make test-fast` leaves them out.
SLOW = {
    "test_bench.py",
    "test_book.py",
    "test_consolidate.py",
    "test_deliver.py",
    "test_documents.py",
    "test_gates.py",
    "test_rate.py",
    "test_register.py",
    "test_telemetry.py",
}

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerInfo]:
    """The embedded server, in a home of its own."""
    home = tmp_path_factory.mktemp("home")
    server = embedded_postgres.start(home, TEST_SETTINGS)
    try:
        yield server
    finally:
        embedded_postgres.destroy(home)


@pytest.fixture(scope="session")
def _migrated_template(postgres_server: ServerInfo) -> str:
    migrate(embedded_postgres.create_database(postgres_server, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def warehouse_dsn(postgres_server: ServerInfo, _migrated_template: str) -> Iterator[str]:
    """The URI of a fresh, migrated database, dropped after the test."""
    yield from _database(postgres_server, _migrated_template)


@pytest.fixture
def empty_dsn(postgres_server: ServerInfo) -> Iterator[str]:
    """The URI of a fresh database without any table, dropped after the test."""
    yield from _database(postgres_server, "template1")


def _database(server: ServerInfo, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    dsn = embedded_postgres.create_database(server, name, template)
    try:
        yield dsn
    finally:
        embedded_postgres.drop_database(server, name)
