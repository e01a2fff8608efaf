"""Servers for the tests: one PostgreSQL for the whole run, a database of its own for each test that asks."""

import itertools
import os
import tempfile
from collections.abc import Iterator

# Before anything imports Airflow, which would make a folder in the user's home.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-of-tests-")

import pytest
from hypothesis import settings

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("untimed")

TEMPLATE = "migrated"
# What a crash of the machine would lose is worth nothing here.
TEST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "128MB"}

# Modules that build with dbt, start processes or draw many pages: `make test-fast` leaves them out.
SLOW = {
    "test_any_order.py",
    "test_appetite.py",
    "test_bench.py",
    "test_book.py",
    "test_check_page.py",
    "test_completeness.py",
    "test_conservation.py",
    "test_consolidate.py",
    "test_deliver.py",
    "test_documents.py",
    "test_fraud.py",
    "test_fraud_rules.py",
    "test_gates.py",
    "test_held_queue.py",
    "test_meter_decisions.py",
    "test_meters.py",
    "test_rate.py",
    "test_records.py",
    "test_register.py",
    "test_replay.py",
    "test_road_https_faults.py",
    "test_road_mailbox.py",
    "test_road_sftp.py",
    "test_road_waiting.py",
    "test_samples_suppliers.py",
    "test_samples_switches.py",
    "test_sources.py",
    "test_telemetry.py",
    "test_watch.py",
    "test_wrapped_usage.py",
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
