"""The demo month, billed once by real Airflow while every task of issue and deliver is killed once; and its golden."""

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from billing.hooks.deliveries import DeliveriesStore
from demo.airflow_api import AirflowApi
from demo.figures import Figures, read_figures
from demo.run import Progress, bill, fill_drop
from ops import embedded_postgres
from ops.airflow_env import METADATA
from ops.down import stop_platform
from ops.home import free_port
from ops.up import Platform, start_platform
from tests.integration.task_killer import Moment, Task, TaskKiller, after

GOLDEN = Path(__file__).parents[1] / "golden" / "first_bill"
KILLED_DAGS = ["issue_invoices", "deliver_invoices"]
MAILS_BEFORE_THE_KILL, MAILS_AT_THE_LATEST = 5, 15

AT_WORK_ON = """
select 1 from pg_locks inner join pg_database on pg_locks.database = pg_database.oid
where datname = current_database() and relation = %s::regclass and mode = 'RowExclusiveLock' and granted
"""
IN_DOUBT = """
select delivery.invoice_number, invoice.bill_run_id
from register.deliveries as delivery
inner join register.invoices as invoice on delivery.invoice_number = invoice.invoice_number
where delivery.state = 'in_doubt' order by delivery.invoice_number
"""
INVOICES = """
select
    invoice.invoice_number as number, invoice.customer_code, invoice.node_code, invoice.rendering, lines.line_count,
    invoice.net_amount, invoice.vat_amount, invoice.gross_amount, invoice.due_on
from register.invoices as invoice
inner join (select invoice_number, count(*) as line_count from register.invoice_lines group by invoice_number) as lines
    on invoice.invoice_number = lines.invoice_number
order by invoice.invoice_number
"""
# Files land side by side: of two that hold the same records, or the same bytes, now one is the first and now the other.
FILES = """
select
    first_name.source_file, file.line_count, file.control_line_count, file.record_count,
    file.rated_count + file.duplicate_count as rated_or_duplicate_count, file.not_billable_count, file.held_count,
    file.rejected_count, file.landed_seconds, round(file.landed_supplier_amount, 4) as landed_supplier_amount,
    file.hold_reason
from rate.rpt_file_conservation as file
inner join (select file_id, min(source_file) as source_file from landing.file_deliveries group by file_id) as first_name
    on file.file_id = first_name.file_id
order by first_name.source_file
"""


@dataclass(frozen=True)
class Month:
    """A billed month and its running platform."""

    platform: Platform
    metadata_dsn: str
    killed: dict[str, str]  # 'dag.task[map]' to the moment
    settled: dict[str, str] = field(default_factory=dict)  # invoice to what the person decided on its e-mail in doubt

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.platform.warehouse_dsn, row_factory=dict_row) as conn:
            return conn.execute(statement, values or None).fetchall()

    def airflow_rows(self, statement: str) -> list[dict[str, Any]]:
        """Read Airflow's own tables."""
        with psycopg.connect(self.metadata_dsn, row_factory=dict_row) as conn:
            return conn.execute(statement).fetchall()

    def figures(self) -> Figures:
        with psycopg.connect(self.platform.warehouse_dsn) as conn:
            return read_figures(conn)

    def mails(self) -> list[EmailMessage]:
        return mails_in(self.platform.home)

    def flows(self) -> list[dict[str, Any]]:
        """The deposits that the stand-in of Chorus Pro took."""
        return list(json.loads((self.platform.home / "chorus.json").read_text())["flows"])

    def document(self, archive_path: str) -> bytes:
        return (self.platform.archive / archive_path).read_bytes()


def mails_in(home: Path) -> list[EmailMessage]:
    return [
        message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type]
        for path in sorted((home / "mail").glob("*.eml"))
    ]


@contextmanager
def billed_month(home: Path) -> Iterator[Month]:
    """Bill October 2026 in a home of its own, killing as we go; everything is stopped and removed afterwards."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RELEVE_HOME", str(home))
        environment.setenv("AIRFLOW_PORT", str(free_port()))  # 8080 may be another platform's
        try:
            platform = start_platform(stand_ins=True)
            fill_drop(platform.drop)
            metadata = platform.warehouse_dsn.rsplit("/", 1)[0] + f"/{METADATA}"
            with (
                psycopg.connect(platform.warehouse_dsn, autocommit=True) as conn,
                TaskKiller(metadata, KILLED_DAGS, moments(conn, platform.home)) as killer,
            ):
                bill(platform, Progress())
            yield Month(platform, metadata, killer.killed, settle_doubts(platform))
        finally:
            stop_platform(home)
            embedded_postgres.destroy(home)


def moments(conn: psycopg.Connection[Any], home: Path) -> dict[str, Moment]:
    """The worst moments of those tasks that do more than one thing: one thing done, the next not."""

    def count(statement: str, *values: Any) -> int:
        row = conn.execute(statement, values).fetchone()
        return row[0] if row else 0

    def numbers_are_drawn(task: Task, age: float) -> bool:
        return bool(count(AT_WORK_ON, "register.charges"))  # its last table

    def one_of_its_documents_is_not_registered(task: Task, age: float) -> bool:
        """The second half of the invoices is the second task's. The first dies between two, the second in one."""
        half = -(-count("select count(*) from register.invoices") // 2)
        registered = {name for (name,) in conn.execute("select archive_path from register.documents")}
        archived = {f"invoices/{path.name}" for path in (home / "archive" / "invoices").glob("[!.]*")}
        its = [int(path.split("-")[2]) for path in (archived - registered if task.map_index else registered)]
        return sum((position > half) == bool(task.map_index) for position in its) >= (1 if task.map_index else 6)

    def some_copies_are_out(task: Task, age: float) -> bool:
        copies = len(list((home / "out" / "2026-10").glob("[!.]*")))
        return 0 < copies < count("select count(*) from register.documents")

    def a_mail_has_arrived(task: Task, age: float) -> bool:
        """The customer has it, and the register only knows that it was leaving."""
        count_in = "select count(*) from register.deliveries where channel = 'email' and state = %s"
        sent, sending = count(count_in, "sent"), count(count_in, "sending")
        arrived = len(list((home / "mail").glob("*.eml")))
        return sent >= MAILS_BEFORE_THE_KILL and sending == 1 and (arrived > sent or sent >= MAILS_AT_THE_LATEST)

    def chorus_took_it(task: Task, age: float) -> bool:
        taken = home / "chorus.json"
        sending = "select count(*) from register.deliveries where state = 'sending' and channel = 'chorus'"
        return taken.exists() and bool(json.loads(taken.read_text())["flows"]) and bool(count(sending))

    def deliveries_are_written(task: Task, age: float) -> bool:
        return bool(count(AT_WORK_ON, "register.deliveries"))

    return {
        "number_invoices": Moment("numbers drawn and frozen, not committed", numbers_are_drawn),
        "render_invoices": Moment("documents archived, not all registered", one_of_its_documents_is_not_registered),
        "release": Moment("some copies are out", some_copies_are_out),
        "plan_deliveries": Moment("deliveries written, not committed", deliveries_are_written),
        "send_invoices": Moment("an e-mail left, the register does not know", a_mail_has_arrived),
        "deposit_chorus": Moment("Chorus Pro took the deposit, the register does not know", chorus_took_it),
        "follow_chorus": after(0.2),
    }


def settle_doubts(platform: Platform) -> dict[str, str]:
    """What a person does with e-mails in doubt: asks whether they arrived, then confirms them or has them sent again."""
    store = DeliveriesStore(platform.warehouse_dsn)
    with psycopg.connect(platform.warehouse_dsn) as conn:
        doubts = dict(conn.execute(IN_DOUBT).fetchall())
    arrived = " ".join(str(mail["Subject"]) for mail in mails_in(platform.home))
    settled = {number: "confirmed" if number in arrived else "sent again" for number in doubts}
    again: dict[str, list[str]] = {}
    for number, decision in settled.items():
        if decision == "confirmed":
            store.confirm_sent(number, said_by="the customer")
        else:
            again.setdefault(doubts[number], []).append(number)
    for bill_run_id, numbers in again.items():
        airflow = AirflowApi(platform.api_url, "admin", platform.passwords()["admin"])
        run = airflow.trigger("deliver_invoices", bill_run_id=bill_run_id, resend_in_doubt=numbers)
        airflow.wait("deliver_invoices", run, lambda text: None)
    return settled


def digests(drop: Path) -> str:
    """The generated input as `sha256sum` lists it."""
    paths = sorted(path for path in drop.rglob("*.csv"))
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(drop).as_posix()}\n" for path in paths
    )


def as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(figures: Figures) -> str:
    return json.dumps(figures.as_text(), indent=2, ensure_ascii=False) + "\n"


def compare(name: str, found: str) -> None:
    """Hold a text against a golden file; RELEVE_REWRITE_GOLDEN=1 writes the file instead, for a reader of the diff."""
    path = GOLDEN / name
    if os.environ.get("RELEVE_REWRITE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found.splitlines() == path.read_text(encoding="utf-8").splitlines()
