"""A bill run ready to be delivered: register, archive, Chorus Pro stand-in, mail catcher, and a way to kill a task."""

import email
import email.policy
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb

from billing.hooks.deliveries import DeliveriesStore
from billing.operators.deliver import (
    plan_deliveries,
)
from demo.stand_ins.mail_catcher import catcher
from invoicing.delivery import Channel, DeliveryState
from ops.home import free_port
from tests.integration.deposits import RECEIVER, SUPPLIER, RunningStandIn, a_factur_x, running_stand_in

REPOSITORY = Path(__file__).resolve().parents[2]
RUN = "BRUMAIRE-2026-10-01-1"
SELLER = {
    "siret": SUPPLIER, "legal_name": "Brumaire Télécom", "email": "facturation@brumaire-telecom.example",
    "phone": "04 65 71 00 10", "website": None, "ctc_emission_from": "2027-09-01",
}  # fmt: skip
INVOICE = """
insert into register.invoices (
    invoice_number, draft_id, bill_run_id, seller_code, series, series_position, customer_code, node_code, type_code,
    rendering, channel, issued_on, due_on, period_start, period_end, currency_code, net_amount, vat_amount,
    gross_amount, parties
) values (
    %(number)s, %(number)s, %(run)s, 'BRUMAIRE', 'FA-2026-', %(position)s, 'C1', 'C1', '380', %(rendering)s,
    %(channel)s, '2026-11-02', '2026-12-02', '2026-10-01', '2026-11-01', 'EUR', 100, 20, 120, %(parties)s
)
"""


@dataclass
class World:
    """A bill run's register, its archive and the servers on the other side."""

    dsn: str
    archive: Path
    mails: Path
    store: DeliveriesStore

    def issue(self, position: int, kind: str = "business", channel: str = "email", **buyer: Any) -> str:
        """Enter an issued invoice and its archived document; return its number."""
        number = f"FA-2026-{position:06d}"
        details = {"buyer_kind": kind, "legal_name": "Client", "email": f"client{position}@client.example", **buyer}
        rendering = "chorus" if channel == "chorus" else "ctc"
        content = a_factur_x(
            number, service=buyer.get("buyer_reference") or "", receiver=buyer.get("siret") or RECEIVER
        )
        path = self.archive / f"{number}.pdf"
        path.write_bytes(content)
        with psycopg.connect(self.dsn) as conn:
            conn.execute(
                "insert into register.bill_runs (bill_run_id, run_key, seller_code, period_start, period_end, as_of, issued_on,"
                " code_version) values (%s, 'key', 'BRUMAIRE', '2026-10-01', '2026-11-01', now(), '2026-11-02', 'test')"
                " on conflict do nothing",
                [RUN],
            )
            conn.execute(
                INVOICE,
                {
                    "number": number, "run": RUN, "position": position, "rendering": rendering, "channel": channel,
                    "parties": Jsonb({"seller": SELLER, "buyer": details}),
                },
            )  # fmt: skip
            conn.execute(
                "insert into register.documents (invoice_number, kind, file_name, archive_path, byte_count, sha256,"
                " chain_sha256, verdicts) values (%s, 'factur-x', %s, %s, %s, %s, '', '[]')",
                [number, path.name, path.name, len(content), sha256(content).hexdigest()],
            )
        return number

    def issue_public(self, position: int = 1, **buyer: Any) -> str:
        number = self.issue(position, "public", "chorus", siret=RECEIVER, **buyer)
        plan_deliveries(self.store, RUN)
        return number

    def received(self) -> list[EmailMessage]:
        files = sorted(self.mails.glob("*.eml"))
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]  # type: ignore[misc]

    def state(self, number: str, channel: Channel) -> DeliveryState:
        return self.store.delivery(number, channel).state


@pytest.fixture
def world(warehouse_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    archive, mails = tmp_path / "archive", tmp_path / "mails"
    archive.mkdir()
    mails.mkdir()
    parts = conninfo_to_dict(warehouse_dsn)
    warehouse = {
        "conn_type": "postgres", "host": parts["host"], "port": int(parts["port"]), "login": parts["user"],
        "password": parts.get("password", ""), "schema": parts["dbname"],
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(warehouse))
    monkeypatch.setenv("AIRFLOW_CONN_ARCHIVE", json.dumps({"conn_type": "fs", "extra": {"path": str(archive)}}))
    return World(warehouse_dsn, archive, mails, DeliveriesStore(warehouse_dsn))


@pytest.fixture
def chorus(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningStandIn]:
    with running_stand_in() as stand_in:
        monkeypatch.setenv("AIRFLOW_CONN_CHORUS_PRO", json.dumps(stand_in.connection()))
        yield stand_in


def use_mail_server(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    connection = {
        "conn_type": "smtp", "host": "127.0.0.1", "port": port,
        "extra": {"disable_tls": True, "disable_ssl": True, "timeout": 5, "retry_limit": 0},
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


@pytest.fixture
def mail_server(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    port = free_port()
    controller = catcher("127.0.0.1", port, world.mails)
    controller.start()
    use_mail_server(monkeypatch, port)
    yield port
    controller.stop()


def killed(statement: str, when: Callable[[], bool]) -> None:
    """Run a task in a process of its own, and kill it without warning once `when` is true."""
    program = f"from billing.operators.deliver import *\n{statement}"
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "plugins")])
    with subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}) as process:
        deadline = time.monotonic() + 60
        while not when():
            assert process.poll() is None, "the task ended before it could be killed"
            assert time.monotonic() < deadline, "the moment to kill never came"
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
