"""The demo's drafts of October 2026, made of its master data alone: no usage."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from billing.hooks.register import RegisterStore
from tests.integration.dbt_build import REPOSITORY

OCTOBER = {"period_start": date(2026, 10, 1), "period_end": date(2026, 11, 1), "issued_on": date(2026, 11, 2)}
MASTER = REPOSITORY / "demo" / "master"
RUN = "BRUMAIRE-2026-10-01-1"


def connector(dsn: str) -> Callable[[], psycopg.Connection[Any]]:
    return lambda: psycopg.connect(dsn, options="-c timezone=UTC")


def open_run(dsn: str, key: str = "first", **changes: date) -> str:
    return RegisterStore(connector(dsn)).open_bill_run(
        seller_code="BRUMAIRE", as_of=datetime.now(UTC), code_version="test", run_key=key, **(OCTOBER | changes)
    )
