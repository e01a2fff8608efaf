"""From landed records to the books: each step through the parts that its DAG calls, on the demo's customers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from benchmarks.models import build
from benchmarks.report import Report, stopwatch
from billing.books import export_books
from billing.hooks.archive import ArchiveHook
from billing.hooks.ledger import LedgerStore
from billing.hooks.master import TABLES, MasterStore
from billing.hooks.register import RegisterStore
from billing.hooks.warehouse import WarehouseHook
from billing.operators.issue import RehearseDraftsOperator
from invoicing.documents.gate import Gate
from invoicing.documents.pdf import render_factur_x
from invoicing.invoice import Invoice
from ops.home import REPOSITORY

MASTER = REPOSITORY / "demo" / "master"
PERIOD = {"period_start": date(2026, 10, 1), "period_end": date(2026, 11, 1), "issued_on": date(2026, 11, 2)}
ONE_PAGE_INVOICES = 24
ANNEX_ROWS = 2_000
DEDUPLICATION = (
    "int_usage__identities",
    "int_usage__repeated",
    "int_usage__calls",
    "int_usage__elsewhere",
    "int_usage__deduplicated",
    "rpt_file_conservation",
)


def land_master_data() -> None:
    """The demo's customers, lines and grids."""
    MasterStore(WarehouseHook().get_conn).replace_tables(
        {table: (MASTER / f"{table}.csv").read_bytes() for table in TABLES}
    )


def deduplicate(dsn: str, folder: Path) -> float:
    """The seconds that tell each landed record from its repeats, with the tests of those models."""
    variables = {"as_of": datetime.now(UTC).isoformat(), **{name: str(value) for name, value in PERIOD.items()}}
    return build(dsn, folder, "+int_usage__deduplicated", variables).seconds


def bill(report: Report, dsn: str, folder: Path, size: int) -> None:
    """Rate, consolidate, approve, number, draw and book the landed month; each step is a line of the report."""
    store = RegisterStore(WarehouseHook().get_conn)
    bill_run_id = store.open_bill_run(
        seller_code="BRUMAIRE", as_of=datetime.now(UTC), code_version="benchmark", run_key="benchmark", **PERIOD
    )
    names = ("bill_run_id", "as_of", *PERIOD)
    variables = {name: str(store.bill_run(bill_run_id)[name]) for name in names}

    rated = build(dsn, folder, "tag:rate", variables)
    report.seconds("dbt start", rated.start_seconds, "reads the project; once a step, shorter when nothing changed")
    report.line("rate (dbt)", rated.seconds, size, says=f"{len(rated.models)} models, seeds and tests")
    deduplication = sum(rated.models.get(name, 0.0) for name in DEDUPLICATION)
    report.line("  of it deduplicate and account", deduplication, size)
    consolidated = build(dsn, folder, "tag:consolidate", variables)
    report.line("consolidate (dbt)", consolidated.seconds, size, says=f"{len(consolidated.models)} models and tests")

    _approve(report, store, bill_run_id)
    with stopwatch() as seconds:
        numbers = store.number_invoices(bill_run_id)
    report.line("number, one transaction", seconds(), size, says=f"{len(numbers)} invoices")

    _draw(report, [store.invoice(number) for number in numbers])
    booked = build(dsn, folder, "tag:book", variables)
    report.line("book (dbt)", booked.seconds, len(numbers), "invoices", says=f"{len(booked.models)} models and tests")
    with stopwatch() as seconds:
        manifest = export_books(LedgerStore(WarehouseHook().get_conn), folder / "books")
    exported = sum(file["row_count"] for file in manifest["files"])
    report.line("  export FEC, CSV and Parquet", seconds(), exported, "lines written")


def _approve(report: Report, store: RegisterStore, bill_run_id: str) -> None:
    """Try each draft against the rules, then say yes as a person would."""
    with stopwatch() as seconds:
        tried = RehearseDraftsOperator(task_id="rehearse_drafts", bill_run_id=bill_run_id).execute({})
    report.line("rehearse", seconds(), tried["drafts"], "drafts", says="official rules compiled first")
    digest = store.close_drafts(bill_run_id)["drafts_digest"]
    store.record_answer(bill_run_id, approved=True, by="benchmark", at=datetime.now(UTC), digest=digest)


def _draw(report: Report, invoices: list[Invoice]) -> None:
    """HTML, PDF/A-3, XML, gate and archive, in one process: invoices without their annex, then one long annex."""
    gate, archive = Gate(), ArchiveHook()
    plain = [replace(invoice, usage=(), shows_usage=False) for invoice in invoices]
    # The first drawing loads fonts, styles and rules, and tells which invoices have one page.
    short = [invoice for invoice in plain if page_count(render_factur_x(invoice, gate)[0]) == 1]
    short = (short * ONE_PAGE_INVOICES)[:ONE_PAGE_INVOICES]
    with stopwatch() as seconds:
        for invoice in short:
            pdf, _, _ = render_factur_x(invoice, gate)
            archive.keep(f"{invoice.number}.pdf", pdf)
    report.line("document of one page", seconds(), len(short), "invoices", says="one process")

    longest = max(invoices, key=lambda invoice: len(invoice.usage))
    with stopwatch() as seconds:
        pdf, _, _ = render_factur_x(replace(longest, usage=longest.usage[:ANNEX_ROWS]), gate)
        archive.keep(f"{longest.number}.pdf", pdf)
    rows = min(len(longest.usage), ANNEX_ROWS)
    report.line("document with a long annex", seconds(), page_count(pdf), "pages", says=f"{rows:,} records")


def page_count(pdf: bytes) -> int:
    return len(PdfReader(BytesIO(pdf)).pages)
