"""The first bill, as a whole: a month through real Airflow whose tasks are killed, proved by others' rules than ours."""

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from demo.figures import Figures
from demo.run import Progress, bill
from invoicing.documents.chorus_rules import faults as chorus_faults
from invoicing.documents.pdf_checks import pdf_faults
from invoicing.documents.schematron import parse
from invoicing.ledger.fec_check import check, verdict_b
from tests.integration import official_rules
from tests.integration.called_numbers import CalledNumbers, parquet_text, pdf_text
from tests.integration.first_bill import FILES, GOLDEN, INVOICES, Month, as_csv, as_json, billed_month, compare, digests

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MUST_BE_KILLED = {"number_invoices", "render_invoices", "send_invoices", "deposit_chorus", "follow_chorus"}
TASKS = """
select
    concat(dag_id, '.', task_id, '[' || nullif(map_index, -1) || ']') as name, task_id, try_number, state
from task_instance
where dag_id in ('issue_invoices', 'deliver_invoices') and run_id like 'asset_triggered%' -- not what a person sent again
"""
# Each landed record beside every place that may hold it; each outcome read where it is made.
RECORDS = """
select
    landed.file_id, landed.source_line, landed.is_rejected, landed.duration_seconds, landed.supplier_amount,
    rated.seconds as rated_seconds, rated.amount as rated_amount, coalesce(rated.row_count, 0) as rated_count,
    coalesce(matched.row_count, 0) as held_count, coalesce(settled.row_count, 0) as settled_count,
    rated.usage_id, rated.is_hidden, rated.local_day
from (
    select file.file_id, record.* from landing.usage_records as record
    inner join landing.usage_files as file on record.file_number = file.file_number
) as landed
left join (
    select
        file_id, source_line, sum(duration_seconds) as seconds, sum(supplier_amount) as amount, count(*) as row_count,
        min(usage_id) as usage_id, bool_or(is_hidden) as is_hidden, min(local_day) as local_day
    from rate.fct_rated_usage group by file_id, source_line
) as rated using (file_id, source_line)
left join (
    select file_id, source_line, count(*) as row_count from rate.int_usage__matched
    where hold_reason is not null group by file_id, source_line
) as matched using (file_id, source_line)
left join (
    select file_id, source_line, count(*) as row_count from rate.int_usage__deduplicated
    where outcome is not null group by file_id, source_line
) as settled using (file_id, source_line)
"""


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with billed_month(tmp_path_factory.mktemp("first_bill")) as billed:
        yield billed


@pytest.fixture(scope="module")
def documents(month: Month) -> dict[str, tuple[str, bytes]]:
    """Invoice number → its rendering and the archived PDF."""
    rows = month.rows(
        "select invoice_number, rendering, archive_path from register.documents inner join register.invoices"
        " using (invoice_number) where kind = 'factur-x'"
    )
    return {row["invoice_number"]: (row["rendering"], month.document(row["archive_path"])) for row in rows}


def test_every_task_of_issue_and_deliver_was_killed_in_the_middle_and_tried_again(
    month: Month, capsys: pytest.CaptureFixture[str]
):
    tried = {row["name"]: row for row in month.airflow_rows(TASKS)}
    with capsys.disabled():
        print(f"\nkilled {len(month.killed)} of {len(tried)} tasks of issue and deliver:")
        for name, moment in month.killed.items():
            print(f"  {name}: {moment}")
        print(f"  e-mails in doubt, and what the person decided: {month.settled}")

    assert {tried[name]["task_id"] for name in month.killed} >= MUST_BE_KILLED
    assert len(month.killed) >= len(tried) - 2  # one that took no time at all may have ended first
    assert {tried[name]["state"] for name in month.killed} == {"success"}
    assert [name for name in month.killed if tried[name]["try_number"] < 2] == []


def test_the_input_is_the_golden_one(month: Month):
    compare("in/sha256sums.txt", digests(month.platform.drop))


def test_the_month_comes_to_the_golden_figures(month: Month):
    figures = month.figures()

    compare("out/figures.json", as_json(figures))
    compare("out/invoices.csv", as_csv(month.rows(INVOICES)))
    compare("out/files.csv", as_csv(month.rows(FILES)))
    assert figures.faults() == []


def test_the_numbers_follow_each_other(month: Month):
    numbers = [row["invoice_number"] for row in month.rows("select invoice_number from register.invoices order by 1")]

    assert numbers == [f"FA-2026-{position:06d}" for position in range(1, len(numbers) + 1)]
    assert month.rows("select last_number from register.series") == [{"last_number": len(numbers)}]


def test_each_invoice_has_one_document_whose_bytes_are_those_of_the_register(month: Month, documents):
    rows = month.rows(
        "select invoice.invoice_number, document.archive_path, document.file_name, document.sha256, document.byte_count"
        " from register.invoices as invoice left join register.documents as document using (invoice_number)"
    )

    assert len(documents) == len({row["invoice_number"] for row in rows})
    assert {row["file_name"] for row in rows} == {path.name for path in (month.platform.out / "2026-10").glob("[!.]*")}
    for row in rows:
        content = month.document(row["archive_path"])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (row["sha256"], row["byte_count"])
        assert (month.platform.out / "2026-10" / row["file_name"]).read_bytes() == content


def test_chorus_pro_has_one_deposit_and_it_is_the_archived_document(month: Month, documents):
    chorus = {number: pdf for number, (rendering, pdf) in documents.items() if rendering == "chorus"}

    assert [(flow["invoice"]["number"], flow["sha256"]) for flow in month.flows()] == [
        (number, hashlib.sha256(pdf).hexdigest()) for number, pdf in chorus.items()
    ]
    assert len(chorus) == 1


def test_each_other_invoice_left_by_e_mail_once_with_the_archived_document(month: Month, documents):
    mails = month.mails()
    attached = [(part.get_filename(), part.get_content()) for mail in mails for part in mail.iter_attachments()]
    wanted = {f"{number}.pdf": pdf for number, (rendering, pdf) in documents.items() if rendering == "ctc"}

    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    assert Counter(name for name, _ in attached) == Counter(wanted.keys())
    assert dict(attached) == wanted
    assert {row["state"] for row in month.rows("select state from register.deliveries")} == {"sent", "accepted"}


@pytest.mark.skipif(not official_rules.STANDARDS.exists(), reason="../shared/standards is absent")
def test_every_document_passes_the_official_rules_as_published(documents):
    found = {
        number: official_rules.refusals(official_rules.embedded_xml(pdf), rendering)
        for number, (rendering, pdf) in documents.items()
    }

    assert found == {key: [] for key in documents}


@pytest.mark.skipif(not official_rules.STANDARDS.exists(), reason="../shared/standards is absent")
def test_the_official_rules_refuse_a_document_that_was_tampered_with(documents):
    """What proves nothing when it passes everything."""
    for rendering, pdf in documents.values():
        xml = official_rules.embedded_xml(pdf)
        amount = official_rules.total(xml, "TaxBasisTotalAmount").encode()
        assert official_rules.refusals(xml.replace(b">" + amount + b"<", b">1.00<"), rendering)


def test_every_document_is_a_sound_container_and_chorus_pro_s_obeys_its_table(documents):
    for number, (rendering, pdf) in documents.items():
        xml = official_rules.embedded_xml(pdf)
        assert pdf_faults(pdf, xml) == [], number
        assert rendering != "chorus" or chorus_faults(parse(xml)) == [], number


def test_the_fec_has_no_finding(month: Month):
    files = sorted((month.platform.out / "books").glob("*/*FEC????????.txt"))
    accounts = {row["account_number"] for row in month.rows("select account_number from reference.ledger_accounts")}

    for path in files:
        findings = check(path.name, path.read_bytes(), accounts=accounts)
        assert (verdict_b(findings), findings) == ("ok", [])
    assert [path.name for path in files] == ["000102608FEC20261231.txt"]


def test_every_line_of_every_file_is_accounted_for_with_its_seconds_and_its_money(month: Month):
    files = {row["file_id"]: row for row in month.rows("select * from landing.usage_files")}
    records = month.rows(RECORDS)
    reports = {row["file_id"]: row for row in month.rows("select * from rate.rpt_file_conservation")}
    by_file: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        by_file[record["file_id"]].append(record)

    delivered = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (month.platform.drop / "usage").iterdir()}
    assert delivered == files.keys() == reports.keys()
    for file_id, file in files.items():
        rows, report = by_file[file_id], reports[file_id]
        content = (month.platform.archive / file["sealed_path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file_id
        assert content.count(b"\n") == file["line_count"] == file["control_line_count"] + len(rows)
        places = [row["is_rejected"] + row["rated_count"] + row["held_count"] + row["settled_count"] for row in rows]
        assert set(places) == {1}, file["source_file"]
        counts = [report[f"{name}_count"] for name in ("rated", "not_billable", "duplicate", "held", "rejected")]
        assert sum(counts) == len(rows)
        assert report["rated_count"] == sum(row["rated_count"] for row in rows)
        assert report["rejected_count"] == sum(row["is_rejected"] for row in rows)
        readable = [row for row in rows if not row["is_rejected"]]
        assert report["landed_seconds"] == sum(row["duration_seconds"] or 0 for row in readable)
        assert report["outcome_seconds"] == report["landed_seconds"]
        assert report["outcome_supplier_amount"] == sum((row["supplier_amount"] or 0 for row in readable), Decimal(0))
        for row in rows:
            if row["rated_count"]:
                assert (row["rated_seconds"], row["rated_amount"]) == (row["duration_seconds"], row["supplier_amount"])


def test_every_rated_record_of_the_month_is_on_an_invoice_unless_it_is_a_helpline(month: Month):
    invoiced = {row["usage_id"] for row in month.rows("select usage_id from register.invoiced_usage")}
    rated = [row for row in month.rows(RECORDS) if row["rated_count"]]
    october = {row["usage_id"]: row["is_hidden"] for row in rated if f"{row['local_day']:%Y-%m}" == "2026-10"}

    assert invoiced <= october.keys()
    assert [usage_id for usage_id in october.keys() - invoiced if not october[usage_id]] == []


def test_documents_register_ledger_and_exports_say_the_same_to_the_cent(month: Month, documents):
    books = month.platform.out / "books"
    [fec] = books.glob("*/*FEC????????.txt")
    register = {
        row["number"]: (row["net_amount"], row["vat_amount"], row["gross_amount"]) for row in month.rows(INVOICES)
    }

    assert {number: in_document(pdf) for number, (_, pdf) in documents.items()} == register
    assert in_postings(csv.DictReader(io.StringIO(fec.read_text("iso8859-15")), delimiter="\t")) == register
    with (books / "exports" / "exp_invoices.csv").open(encoding="utf-8-sig", newline="") as handle:
        assert amounts_of(csv.DictReader(handle)) == register
    assert amounts_of(pq.read_table(books / "exports" / "exp_invoices.parquet").to_pylist()) == register
    exported = [row for row in month.rows("select * from export.exp_invoices")]
    assert amounts_of(exported) == register


def in_document(pdf: bytes) -> tuple[Decimal, ...]:
    xml = official_rules.embedded_xml(pdf)
    names = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount")
    return tuple(Decimal(official_rules.total(xml, name)) for name in names)


def in_postings(rows: Iterator[dict[str, str]]) -> dict[str, tuple[Decimal, ...]]:
    """Net, VAT and gross of each piece of a FEC: 7… sold, 445… owed to the state, 411… owed by the customer."""
    found: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in rows:
        debit, credit = (Decimal(row[name].replace(",", ".")) for name in ("Debit", "Credit"))
        place = next(n for n, start in enumerate(("7", "445", "411")) if row["CompteNum"].startswith(start))
        found[row["PieceRef"]][place] += debit - credit if place == 2 else credit - debit
    return {piece: tuple(amounts) for piece, amounts in found.items()}


def amounts_of(rows: Any) -> dict[str, tuple[Decimal, ...]]:
    names = ("net_amount", "vat_amount", "gross_amount")
    return {row["invoice_number"]: tuple(Decimal(row[name]) for name in names) for row in rows}


def test_the_month_billed_again_bills_and_sends_nothing_twice(month: Month):
    def state() -> tuple[Figures, list[Any], list[Any], list[Any], list[Any]]:
        documents = month.rows("select * from register.documents order by document_position")
        deliveries = month.rows("select * from register.deliveries order by delivery_id")
        mails = sorted(str(mail["Message-ID"]) for mail in month.mails())
        return month.figures(), month.flows(), mails, documents, deliveries

    before = state()

    bill(month.platform, Progress())

    assert state() == before
    runs = month.rows("select state, draft_count from register.bill_runs order by opened_at")
    assert [run["state"] for run in runs] == ["issued", "empty"]


@pytest.fixture(scope="module")
def called_numbers(month: Month) -> CalledNumbers:
    called = {row["called_number"] for row in month.rows("select distinct called_number from landing.usage_records where called_number is not null")}  # fmt: skip
    hidden = {row["called_number"] for row in month.rows("select distinct called_number from rate.fct_rated_usage where is_hidden")}  # fmt: skip
    own = {row["line_id"] for row in month.rows("select line_id from master.lines where line_id like '+%%'")}
    own |= {row["phone"] for row in month.rows("select phone from master.sellers")}
    return CalledNumbers(called, own, hidden)


def test_the_search_for_called_numbers_finds_them_where_they_are(month: Month, called_numbers: CalledNumbers):
    text = "".join(path.read_text("cp1252", "replace") for path in (month.platform.drop / "usage").iterdir())

    assert len(called_numbers.whole_in(text)) > 0.9 * len(called_numbers.whole)
    assert called_numbers.quoted_helplines_in(text)
    assert called_numbers.short_helplines >= {"15", "3114", "3919", "116117"}


TEXTS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "PDF": ("archive/**/*.pdf", pdf_text),
    "CSV": ("out/**/*.csv", lambda path: path.read_text("utf-8-sig")),
    "Parquet": ("out/**/*.parquet", parquet_text),
    "FEC": ("out/**/*.txt", lambda path: path.read_text("iso8859-15")),
    "log": ("**/*.log", lambda path: path.read_text(errors="replace")),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_no_whole_called_number_and_no_helpline_leaves_or_is_logged(
    month: Month, called_numbers: CalledNumbers, kind: str
):
    pattern, read = TEXTS[kind]
    paths = [path for path in month.platform.home.glob(pattern) if "drop" not in path.parts]

    assert paths
    for path in paths:
        text = read(path)
        assert called_numbers.whole_in(text) == set(), path
        assert called_numbers.quoted_helplines_in(text) == set(), path
        if kind == "PDF":
            assert called_numbers.printed_helplines_in(text) == set(), path


def test_no_e_mail_names_a_called_number(month: Month, called_numbers: CalledNumbers):
    for mail in month.mails():
        body = mail.get_body()
        assert body is not None
        text = f"{mail['Subject']}\n{body.get_content()}"
        assert called_numbers.whole_in(text) | called_numbers.printed_helplines_in(text) == set()


def test_no_helpline_is_in_an_annex_or_in_the_exported_usage(month: Month, called_numbers: CalledNumbers):
    columns = {"*/**/FA-*.csv": (";", "numero_appele"), "out/books/exports/exp_rated_usage.csv": (",", "called_masked")}
    values = []
    for pattern, (separator, column) in columns.items():
        for path in month.platform.home.glob(pattern):
            with path.open(encoding="utf-8-sig", newline="") as handle:
                values += [row[column] for row in csv.DictReader(handle, delimiter=separator)]

    assert len(values) > 10_000  # archive, copies, export
    assert called_numbers.helplines_among(values) == set()


def test_golden_files_are_all_compared():
    names = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*") if path.is_file()}

    assert names == {"in/README.md", "in/sha256sums.txt", "out/figures.json", "out/invoices.csv", "out/files.csv"}
