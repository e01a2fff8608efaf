"""Databases that several modules start from."""

from collections.abc import Iterator

import pytest

from billing.hooks.master import TABLES, MasterStore
from billing.hooks.register import RegisterStore
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration.dbt_build import build
from tests.integration.drafts import MASTER, OCTOBER, connector, open_run

DRAFTED = "drafted"


@pytest.fixture(scope="session")
def drafted_template(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database whose bill run has 22 checked drafts; each test gets a copy."""
    dsn = embedded_postgres.create_database(postgres_server, DRAFTED)
    migrate(dsn)
    store = MasterStore(connector(dsn))
    store.replace_tables({table: (MASTER / f"{table}.csv").read_bytes() for table in TABLES})
    bill_run_id = open_run(dsn)
    build(
        dsn,
        tmp_path_factory.mktemp("dbt"),
        *("--select", "tag:rate", "tag:consolidate"),
        *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        bill_run_id=bill_run_id,
        **{name: value.isoformat() for name, value in OCTOBER.items()},
    )
    RegisterStore(connector(dsn)).close_drafts(bill_run_id)
    yield DRAFTED
    embedded_postgres.drop_database(postgres_server, DRAFTED)
