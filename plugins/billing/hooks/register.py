"""The register in PostgreSQL: bill runs, numbers, issued invoices, archived documents. One method, one transaction."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from billing.hooks import register_sql as sql
from invoicing.assemble import assemble_invoice
from invoicing.invoice import Invoice
from invoicing.numbering import check_issue_date, format_number, series_of

Connect = Callable[[], AbstractContextManager[Connection[Any]]]
# Longest number the series can draw: a draft is tried with it, so that the number drawn later never fails a rule.
REHEARSAL_NUMBER = "XX-9999-999999"


class BillRunRefused(RuntimeError):
    """The bill run is not in the state that this step needs."""


@dataclass(frozen=True, slots=True)
class Document:
    """One archived file of an invoice. `archive_path` is relative to the archive folder."""

    kind: str
    file_name: str
    archive_path: str
    content: bytes
    verdicts: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Draft:
    """The rows of a draft and the channel that its node wants. Assembled one by one: a faulty one is only its own."""

    draft_id: str
    channel: str
    head: DictRow
    lines: list[DictRow]
    bands: list[DictRow]

    def invoice(self) -> Invoice:
        """As an invoice that carries the rehearsal number; without annex."""
        return assemble_invoice(self.head, self.lines, self.bands)

    def ctc_emission_from(self) -> date:
        return date.fromisoformat(self.head["parties"]["seller"]["ctc_emission_from"])


class RegisterStore:
    """Reads drafts, writes the register."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def open_bill_run(
        self,
        *,
        seller_code: str,
        period_start: date,
        period_end: date,
        issued_on: date,
        as_of: datetime,
        code_version: str,
        run_key: str,
    ) -> str:
        """Open the bill run of one Airflow run, or find it again: a retry opens no second one.

        Raises:
            NumberingRefused: `issued_on` would be refused at numbering; a person need not approve in vain.
        """
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                sql.OPEN_BILL_RUN,
                {
                    "seller_code": seller_code,
                    "period_start": period_start,
                    "period_end": period_end,
                    "issued_on": issued_on,
                    "as_of": as_of,
                    "code_version": code_version,
                    "run_key": run_key,
                },
            )
            bill_run_id = str(_one(cursor)["bill_run_id"])
            cursor.execute("select * from register.bill_runs where bill_run_id = %s", [bill_run_id])
            run = _one(cursor)
            series = self._series(cursor, run)
            cursor.execute(sql.LAST_OF_SERIES, {"seller_code": seller_code, "series": series})
            self._check_date(cursor, run, series, cursor.fetchone())
            return bill_run_id

    def bill_run(self, bill_run_id: str) -> DictRow:
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute("select * from register.bill_runs where bill_run_id = %s", [bill_run_id])
            found = cursor.fetchone()
        if found is None:
            raise BillRunRefused(f"no bill run {bill_run_id} in register.bill_runs; open it with consolidate_period")
        return found

    def drafts(self, bill_run_id: str) -> list[Draft]:
        """Every draft of the run, in the order in which it would be numbered."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            heads = cursor.execute(sql.DRAFT_HEADS, {"bill_run_id": bill_run_id, "number": REHEARSAL_NUMBER}).fetchall()
            lines = _by(cursor.execute(sql.DRAFT_LINES, {"bill_run_id": bill_run_id}), "draft_id")
            bands = _by(cursor.execute(sql.DRAFT_VAT, {"bill_run_id": bill_run_id}), "draft_id")
        return [
            Draft(
                head["draft_id"],
                head["channel"],
                head,
                lines.get(head["draft_id"], []),
                bands.get(head["draft_id"], []),
            )
            for head in heads
        ]

    def replace_draft_holds(self, bill_run_id: str, holds: Mapping[str, str]) -> None:
        """Put these held drafts, id → reason, in place of the run's earlier ones."""
        with self._connect() as conn, conn.cursor() as cursor:
            cursor.execute("delete from register.draft_holds where bill_run_id = %s", [bill_run_id])
            cursor.executemany(
                "insert into register.draft_holds (bill_run_id, draft_id, reason) values (%s, %s, %s)",
                [(bill_run_id, draft_id, reason) for draft_id, reason in sorted(holds.items())],
            )

    def close_drafts(self, bill_run_id: str) -> DictRow:
        """Seal the drafts that a person will see, by count and digest; the run is then `checked`, or `empty`."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute(sql.CLOSE_DRAFTS, {"bill_run_id": bill_run_id})
            closed = cursor.fetchone()
        if closed is None:
            state = self.bill_run(bill_run_id)["state"]
            raise BillRunRefused(f"bill run {bill_run_id} is {state} and cannot be sealed again; consolidate anew")
        return closed

    def record_answer(self, bill_run_id: str, *, approved: bool, by: str, at: datetime, digest: str) -> DictRow:
        """Keep who approved or rejected, when, and the digest of what that person saw. The first answer stands."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                sql.RECORD_ANSWER,
                {
                    "bill_run_id": bill_run_id,
                    "state": "approved" if approved else "rejected",
                    "by": by,
                    "at": at,
                    "digest": digest,
                },
            )
        return self.bill_run(bill_run_id)

    def number_invoices(self, bill_run_id: str) -> list[str]:
        """Draw the numbers of an approved run and freeze its drafts, charges and usage: all of it, or nothing.

        The row of the series is locked until the invoices are in: no gap, whatever is killed. Run again: the same
        numbers are returned, none is drawn.

        Raises:
            BillRunRefused: the run is not approved, or its drafts are no longer those that were approved.
            NumberingRefused: the date would go back in its series, or falls in a closed period.
        """
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute("select * from register.bill_runs where bill_run_id = %s for update", [bill_run_id])
            run = _one(cursor)
            if run["state"] not in ("numbered", "issued"):
                _check_approved(run, _one(cursor.execute(sql.DRAFTS_DIGEST, {"bill_run_id": bill_run_id})))
                self._draw(cursor, run)
            cursor.execute(
                "select invoice_number from register.invoices where bill_run_id = %s order by series, series_position",
                [bill_run_id],
            )
            return [row["invoice_number"] for row in cursor]

    def _series(self, cursor: Any, run: DictRow) -> str:
        """The series of the run's seller in the year of its issue date."""
        seller = {"bill_run_id": run["bill_run_id"], "seller_code": run["seller_code"]}
        cursor.execute(sql.SERIES_PREFIX, seller)
        found = cursor.fetchone()
        if found is None:
            raise BillRunRefused(
                f"no seller {run['seller_code']} is known on {run['issued_on']}; land sellers.csv, then open it again"
            )
        return series_of(found["invoice_series"], run["issued_on"])

    def _check_date(self, cursor: Any, run: DictRow, series: str, last: DictRow | None) -> None:
        closed = cursor.execute(
            "select period_start, period_end from register.closed_periods where seller_code = %s", [run["seller_code"]]
        ).fetchall()
        check_issue_date(
            run["issued_on"],
            series=series,
            last_issued_on=last["last_issued_on"] if last else None,
            closed_periods=[(row["period_start"], row["period_end"]) for row in closed],
        )

    def _draw(self, cursor: Any, run: DictRow) -> None:
        issued_on = run["issued_on"]
        key = {"bill_run_id": run["bill_run_id"]}
        series = self._series(cursor, run)
        at = {"seller_code": run["seller_code"], "series": series}
        cursor.execute(sql.ENSURE_SERIES, at)
        last = _one(cursor.execute(sql.LOCK_SERIES, at))
        self._check_date(cursor, run, series, last)
        drafts = cursor.execute(sql.DRAFTS_TO_NUMBER, key).fetchall()
        numbers = [
            (row["draft_id"], position, format_number(series, position))
            for position, row in enumerate(drafts, start=last["last_number"] + 1)
        ]
        cursor.execute(
            "create temp table drawn (draft_id text, series_position int, invoice_number text) on commit drop"
        )
        with cursor.copy("copy drawn from stdin") as copy:
            for number in numbers:
                copy.write_row(number)
        for statement in sql.FREEZE:
            cursor.execute(statement, {**key, "series": series})
        cursor.execute(
            sql.ADVANCE_SERIES, {**at, "last_number": last["last_number"] + len(numbers), "issued_on": issued_on}
        )
        cursor.execute("update register.bill_runs set state = 'numbered' where bill_run_id = %(bill_run_id)s", key)

    def invoices_without_document(self, bill_run_id: str) -> list[str]:
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute(sql.WITHOUT_DOCUMENT, {"bill_run_id": bill_run_id})
            return [row["invoice_number"] for row in cursor]

    def has_document(self, invoice_number: str) -> bool:
        with self._connect() as conn, conn.cursor() as cursor:
            cursor.execute(
                "select exists (select 1 from register.documents where invoice_number = %s)", [invoice_number]
            )
            return bool(_one(cursor)[0])

    def invoice(self, invoice_number: str) -> Invoice:
        """The frozen invoice, with its annex rows."""
        key = {"invoice_number": invoice_number}
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            head = _one(
                cursor.execute("select * from register.invoices where invoice_number = %(invoice_number)s", key)
            )
            lines = cursor.execute(
                "select * from register.invoice_lines where invoice_number = %(invoice_number)s", key
            ).fetchall()
            bands = cursor.execute(
                "select * from register.invoice_vat where invoice_number = %(invoice_number)s", key
            ).fetchall()
            usage = cursor.execute(sql.ANNEX, key).fetchall()
        return assemble_invoice(head, lines, bands, usage)

    def register_documents(self, invoice_number: str, documents: Sequence[Document]) -> None:
        """Enter archived files, chained to the entry before: a file or a row changed later breaks the chain."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('register.documents'))")
            for document in documents:
                previous = cursor.execute(sql.LAST_OF_CHAIN).fetchone()
                digest = sha256(document.content).hexdigest()
                before = previous["chain_sha256"] if previous else None
                cursor.execute(
                    sql.REGISTER_DOCUMENT,
                    {
                        "invoice_number": invoice_number,
                        "kind": document.kind,
                        "file_name": document.file_name,
                        "archive_path": document.archive_path,
                        "byte_count": len(document.content),
                        "sha256": digest,
                        "previous": before,
                        "chain": chain_digest(before, invoice_number, document.kind, digest),
                        "verdicts": Jsonb(document.verdicts),
                    },
                )

    def documents(self, bill_run_id: str) -> list[DictRow]:
        """Archived files of a run: `file_name`, `archive_path`, `period_start`."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(sql.DOCUMENTS, {"bill_run_id": bill_run_id}).fetchall()

    def release(self, bill_run_id: str) -> int:
        """Mark a run issued once every invoice has its document; return how many invoices it has."""
        missing = self.invoices_without_document(bill_run_id)
        if missing:
            raise BillRunRefused(
                f"bill run {bill_run_id}: {len(missing)} invoices have a number and no document, first {missing[0]}; "
                "clear the failed render tasks"
            )
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                "update register.bill_runs set state = 'issued' where bill_run_id = %s and state = 'numbered'",
                [bill_run_id],
            )
            cursor.execute("select count(*) as n from register.invoices where bill_run_id = %s", [bill_run_id])
            return int(_one(cursor)["n"])

    def report(self, bill_run_id: str) -> dict[str, list[DictRow]]:
        """What the approver reads: customers, held drafts, held usage, unbilled services."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            return {
                name: cursor.execute(statement, {"bill_run_id": bill_run_id}).fetchall()
                for name, statement in sql.REPORT.items()
            }


def chain_digest(previous: str | None, invoice_number: str, kind: str, digest: str) -> str:
    """SHA-256 of the entry before, the invoice, the kind and the file's own digest."""
    return sha256("|".join([previous or "", invoice_number, kind, digest]).encode()).hexdigest()


def _check_approved(run: DictRow, now: DictRow) -> None:
    if run["state"] != "approved":
        raise BillRunRefused(
            f"bill run {run['bill_run_id']} is {run['state']}, not approved; a person approves it first"
        )
    if now["digest"] != run["approved_digest"]:
        raise BillRunRefused(
            f"bill run {run['bill_run_id']}: the drafts changed after {run['approved_by']} approved them "
            f"(digest {run['approved_digest'][:12]}, now {now['digest'][:12]}); consolidate and approve again"
        )


def _one(cursor: Any) -> Any:
    row = cursor.fetchone()
    if row is None:
        raise LookupError(f"no row for: {cursor._query}")
    return row


def _by(rows: Any, column: str) -> dict[str, list[DictRow]]:
    grouped: dict[str, list[DictRow]] = {}
    for row in rows:
        grouped.setdefault(row[column], []).append(row)
    return grouped
