"""The books in PostgreSQL, as dbt made them: read in one snapshot, so that every file tells the same story."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import Connection, IsolationLevel, sql
from psycopg.rows import class_row, dict_row, tuple_row

from billing.hooks import ledger_sql
from invoicing.ledger.fec import Posting

Connect = Callable[[], AbstractContextManager[Connection[Any]]]
# Each export model and its key: rows leave in this order, so that the same data makes the same bytes.
EXPORTS = {
    "exp_invoices": ("seller_code", "series", "series_position"),
    "exp_invoice_lines": ("invoice_number", "line_position"),
    "exp_invoice_vat": ("invoice_number", "vat_category", "vat_rate"),
    "exp_rated_usage": ("invoice_number", "invoice_line_id", "started_at", "usage_id"),
    "exp_ledger_entries": ("siren", "fiscal_year", "entry_number", "posting_position"),
    "exp_documents": ("document_position",),
}
BATCH_ROWS = 20_000


class BooksDisagree(RuntimeError):
    """Register, ledger and export do not say the same; nothing may leave."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The sales journal of one legal entity and one financial year."""

    seller_code: str
    siren: str
    fiscal_year: int

    @property
    def closing_date(self) -> date:
        """A financial year is the calendar year."""
        return date(self.fiscal_year, 12, 31)


@dataclass(frozen=True, slots=True)
class Totals:
    """What one place says was sold, credit notes taken off: invoices, and amounts in euros, 2 decimals."""

    invoice_count: int
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export model. `precision` and `scale` are those of a numeric, otherwise None."""

    name: str
    data_type: str
    precision: int | None
    scale: int | None


class LedgerStore:
    """Reads the register, the ledger and the exports. `snapshot()` makes several reads see one moment."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """One read-only transaction that no other can move under our feet."""
        with self._connect() as conn:
            conn.isolation_level = IsolationLevel.REPEATABLE_READ
            conn.read_only = True
            with conn.transaction():
                yield Snapshot(conn)

    def totals(self) -> dict[str, Totals]:
        """Invoices as `register`, `ledger` and `export` have them, and their lines and VAT: equal when all is well."""
        with self.snapshot() as books:
            return books.totals()


class Snapshot:
    """The books at one moment."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn

    def totals(self) -> dict[str, Totals]:
        with self._conn.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(ledger_sql.TOTALS).fetchall()
        return {row.pop("place"): Totals(**row) for row in rows}

    def agreed_totals(self) -> Totals:
        """The one answer of every place.

        Raises:
            BooksDisagree: naming the places and their answers.
        """
        totals = self.totals()
        # Amounts, not counts: an invoice of zero has nothing to post.
        if len({(each.net_amount, each.vat_amount, each.gross_amount) for each in totals.values()}) > 1:
            said = "; ".join(
                f"{place}: {each.invoice_count} invoices, gross {each.gross_amount}, net {each.net_amount}, "
                f"VAT {each.vat_amount}"
                for place, each in totals.items()
            )
            raise BooksDisagree(f"the books disagree ({said}); build the models of `book` again, then export")
        return totals["register"]

    def journals(self) -> list[Journal]:
        with self._conn.cursor(row_factory=class_row(Journal)) as cursor:
            return cursor.execute(ledger_sql.JOURNALS).fetchall()

    def postings(self, journal: Journal) -> list[Posting]:
        with self._conn.cursor(row_factory=class_row(Posting)) as cursor:
            key = {"seller_code": journal.seller_code, "siren": journal.siren, "fiscal_year": journal.fiscal_year}
            return cursor.execute(ledger_sql.POSTINGS, key).fetchall()

    def accounts(self) -> set[str]:
        """The chart of accounts, without the suspense account: nothing leaves from there."""
        with self._conn.cursor(row_factory=tuple_row) as cursor:
            return {number for (number,) in cursor.execute(ledger_sql.ACCOUNTS)}

    def export_columns(self, model: str) -> list[Column]:
        with self._conn.cursor(row_factory=class_row(Column)) as cursor:
            return cursor.execute(ledger_sql.EXPORT_COLUMNS, {"model": model}).fetchall()

    def export_batches(self, model: str) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of an export model in the order of its key, some thousands at a time."""
        types = {column.name: column.data_type for column in self.export_columns(model)}
        # Texts are compared by bytes: the same order on every server.
        order = [
            sql.SQL('{} collate "C"' if types[name] == "text" else "{}").format(sql.Identifier(name))
            for name in EXPORTS[model]
        ]
        statement = sql.SQL("select * from {} order by {}").format(
            sql.Identifier("export", model), sql.SQL(", ").join(order)
        )
        with self._conn.cursor(name=f"export_{model}", row_factory=tuple_row) as cursor:
            cursor.execute(statement)
            while batch := cursor.fetchmany(BATCH_ROWS):
                yield batch
