"""The books: a register of a dozen invoices, one dbt build, and the files that leave."""

import csv
import io
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from psycopg.rows import dict_row

from billing.books import MANIFEST, BooksRefused, export_books
from billing.hooks.ledger import EXPORTS, BooksDisagree, LedgerStore, Totals
from invoicing.ledger.fec_check import check
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration.book_invoices import HIDDEN, issue, issue_a_dozen, sale
from tests.integration.dbt_build import build

BRUMAIRE_2026 = "2026/000102608FEC20261231.txt"
NUMBERS = itertools.count(1)


def store_of(dsn: str) -> LedgerStore:
    return LedgerStore(lambda: psycopg.connect(dsn))


@pytest.fixture(scope="module")
def booked_template(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with a dozen invoices and their books, tests of the build included; each test gets a copy."""
    dsn = embedded_postgres.create_database(postgres_server, "booked")
    migrate(dsn)
    with psycopg.connect(dsn) as conn:
        issue_a_dozen(conn)
    build(dsn, tmp_path_factory.mktemp("dbt"), "--select", "tag:book")
    yield "booked"
    embedded_postgres.drop_database(postgres_server, "booked")


@pytest.fixture
def books(postgres_server: ServerInfo, booked_template: str) -> Iterator[str]:
    name = f"book_{next(NUMBERS)}"
    yield embedded_postgres.create_database(postgres_server, name, booked_template)
    embedded_postgres.drop_database(postgres_server, name)


def postings(dsn: str, invoice: str) -> list[tuple[str, Decimal]]:
    """The accounts of an entry in order, with debit less credit."""
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "select account_number, debit - credit from ledger.fct_ledger_entries where invoice_number = %s"
            " order by posting_position",
            [invoice],
        ).fetchall()


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        ("FA-2026-000001", [("411000", "128.82"), ("706100", "-100.00"), ("706200", "-7.35"), ("445710", "-21.47")]),
        ("FA-2026-000003", [("411000", "99.99"), ("706408", "-99.99")]),  # reverse charge
        ("FA-2026-000005", [("411000", "30.00"), ("706100", "-30.00"), ("706200", "5.00"), ("445710", "-5.00")]),
        ("FA-2026-000007", []),
        ("AV-2026-000001", [("411000", "-0.29"), ("706100", "0.24"), ("445710", "0.05")]),
        (
            "FA-2026-000004",  # a sales posting for each rate of the same account
            [
                ("411000", "14.24"), ("706100", "-3.33"), ("706100", "-0.24"), ("707100", "-10.00"),
                ("445710", "-0.05"), ("445712", "-0.55"), ("445713", "-0.07"),
            ],
        ),
        (
            "FR-2026-000001",  # VAT on receipts: the goods' is owed, the services' waits
            [("411000", "120.08"), ("706100", "-70.07"), ("707100", "-30.00"), ("445710", "-6.00"), ("445740", "-14.01")],
        ),
        ("FR-2026-000002", [("411000", "23.99"), ("706300", "-19.99"), ("445740", "-4.00")]),
    ],
)  # fmt: skip
def test_an_invoice_is_posted_to_its_accounts(books: str, invoice: str, expected: list[tuple[str, str]]):
    assert [(account, str(amount)) for account, amount in postings(books, invoice)] == expected


def test_entries_are_numbered_per_seller_and_year_in_the_order_of_drawing(books: str):
    with psycopg.connect(books) as conn:
        found = conn.execute(
            "select distinct seller_code, fiscal_year, entry_number, piece_ref from ledger.fct_ledger_entries order by 1, 2, 3"
        ).fetchall()

    assert [(seller[:2], year, number) for seller, year, number, _ in found] == [
        *(("BR", 2026, number) for number in range(1, 9)), ("BR", 2027, 1), ("FR", 2026, 1), ("FR", 2026, 2),
    ]  # fmt: skip
    assert [piece for *_, piece in found][5:8] == ["FA-2026-000006", "AV-2026-000001", "FA-2026-000008"]


def test_register_ledger_and_export_add_up_to_the_same_cents(books: str):
    totals = store_of(books).totals()

    amounts = (Decimal("2227.83"), Decimal("423.52"), Decimal("2651.35"))
    assert totals == {
        "register": Totals(12, *amounts),
        "ledger": Totals(11, *amounts),
        "export": Totals(12, *amounts),
        "exported lines and VAT": Totals(12, *amounts),
        "exported ledger": Totals(11, *amounts),
    }


def test_every_fec_passes_both_checks_and_says_each_invoice(books: str, tmp_path: Path):
    export_books(store_of(books), tmp_path)

    found = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("20*/*FEC????????.txt"))
    assert found == [BRUMAIRE_2026, "2026/000300020FEC20261231.txt", "2027/000102608FEC20271231.txt"]
    for name in found:
        assert check(Path(name).name, (tmp_path / name).read_bytes()) == []
    text = (tmp_path / BRUMAIRE_2026).read_bytes().decode("iso8859-15")
    assert "Facture FA-2026-000001 Ateliers de l'Œuvre SARL\t128,82\t0,00" in text
    assert "Facture FA-2026-000005 Hélène Marchandeau - d'Aubrac" in text
    assert "Imprimerie 'Le Plomb' / Castelveyre" in text


def test_csv_and_parquet_hold_the_same_rows_and_no_float(books: str, tmp_path: Path):
    export_books(store_of(books), tmp_path)

    for model in EXPORTS:
        table = pq.read_table(tmp_path / "exports" / f"{model}.parquet")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "exports" / f"{model}.csv").read_text("utf-8"), newline="")))
        assert not [field for field in table.schema if pa.types.is_floating(field.type)]
        assert list(rows[0]) == table.column_names
        for row, other in zip(rows, table.to_pylist(), strict=True):
            for name, value in other.items():
                if isinstance(value, Decimal):
                    assert Decimal(row[name]) == value
                elif isinstance(value, str | int) and not isinstance(value, bool):
                    assert row[name] == str(value)
    invoices = pq.read_table(tmp_path / "exports" / "exp_invoices.parquet")
    assert invoices.schema.field("gross_amount").type == pa.decimal128(18, 2)
    usage = pq.read_table(tmp_path / "exports" / "exp_rated_usage.parquet").to_pylist()
    assert [(row["usage_id"], str(row["rated_amount"])) for row in usage] == [("u1", "1.234567890123"), ("u2", "0E-12")]
    assert b"0.000000000000" in (tmp_path / "exports" / "exp_rated_usage.csv").read_bytes()


def test_no_file_shows_a_helpline_or_a_whole_number(books: str, tmp_path: Path):
    export_books(store_of(books), tmp_path)

    usage = (tmp_path / "exports" / "exp_rated_usage.csv").read_text("utf-8")
    assert "06 39 98 XX XX" in usage
    assert HIDDEN not in usage
    assert "u3" not in usage


def test_the_manifest_proves_each_file_and_the_same_books_are_the_same_bytes(books: str, tmp_path: Path):
    manifest = export_books(store_of(books), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert export_books(store_of(books), tmp_path) == manifest

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert json.loads((tmp_path / MANIFEST).read_text()) == manifest
    assert {tmp_path / file["path"] for file in manifest["files"]} == set(before) - {tmp_path / MANIFEST}
    for file in manifest["files"]:
        content = before[tmp_path / file["path"]]
        assert (file["sha256"], file["byte_count"]) == (sha256(content).hexdigest(), len(content))
    by_path = {file["path"]: file for file in manifest["files"]}
    assert by_path[BRUMAIRE_2026]["totals"] == {"debit": "2440.86", "credit": "2440.86"}
    assert by_path["exports/exp_invoices.csv"]["row_count"] == 12


def test_a_later_invoice_is_added_below_and_moves_no_entry(books: str, tmp_path: Path):
    export_books(store_of(books), tmp_path)
    before = (tmp_path / BRUMAIRE_2026).read_bytes()
    with psycopg.connect(books) as conn:
        later = datetime(2026, 12, 20, tzinfo=UTC)
        # A credit note whose series sorts first, dated before the last invoice.
        issue(
            conn,
            "AV-2026-000002",
            "C001",
            [sale("1.00")],
            type_code="381",
            numbered_at=later,
            issued_on=date(2026, 11, 30),
        )
    build(books, tmp_path / "dbt", "--select", "tag:book")

    export_books(store_of(books), tmp_path / "again")

    after = (tmp_path / "again" / BRUMAIRE_2026).read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].count(b"\tAV-2026-000002\t") == 3


def test_books_behind_the_register_do_not_leave(books: str, tmp_path: Path):
    export_books(store_of(books), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with psycopg.connect(books) as conn:
        issue(conn, "FA-2027-000002", "C001", [sale("1.00")], issued_on=date(2027, 1, 5))

    with pytest.raises(BooksDisagree, match=r"register: 13 invoices.*ledger: 11 invoices"):
        export_books(store_of(books), tmp_path)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_account_that_the_chart_does_not_know_stops_the_books(books: str, tmp_path: Path):
    with psycopg.connect(books) as conn:
        issue(conn, "FA-2027-000002", "C001", [sale("1.00", "709900")], issued_on=date(2027, 1, 5))

    with pytest.raises(AssertionError, match="assert_ledger_accounts_are_known"):
        build(books, tmp_path / "dbt", "--select", "tag:book")


def test_a_fec_with_a_finding_replaces_no_file(books: str, tmp_path: Path):
    with psycopg.connect(books) as conn:
        conn.execute(
            "update ledger.fct_ledger_entries set account_number = '471000' where piece_ref = 'FA-2026-000002'"
            " and account_number like '706%'"
        )

    with pytest.raises(BooksRefused, match="line 7, CompteNum: 471000 is not in the chart"):
        export_books(store_of(books), tmp_path)

    assert list(tmp_path.rglob("*")) == []


POSTINGS = "ledger.fct_ledger_entries"


@pytest.mark.parametrize(
    "damages",
    [  # one step of the build at a time: its failures would skip the next
        {
            "assert_ledger_is_in_euros": "alter table register.invoices disable trigger user; update register.invoices set currency_code = 'CHF' where invoice_number = 'FA-2026-000008'",
        },
        {
            "assert_ledger_entries_balance": f"update {POSTINGS} set credit = credit + 0.01 where posting_id = 'FA-2026-000002/2'",
            "assert_entry_numbers_are_continuous": f"delete from {POSTINGS} where invoice_number = 'FA-2026-000003'",
            "assert_ledger_equals_register": f"delete from {POSTINGS} where invoice_number = 'FA-2027-000001'",
        },
        {
            "assert_exports_equal_register": "update export.exp_invoices set net_amount = net_amount + 0.01 where invoice_number = 'FA-2026-000002'",
            "assert_exported_usage_equals_register": "delete from export.exp_rated_usage where usage_id = 'u2'",
            "assert_exported_ledger_equals_ledger": "delete from export.exp_ledger_entries where posting_id = 'FA-2026-000005/2'",
        },
    ],
    ids=["entries", "postings", "exports"],
)
def test_each_test_of_the_build_can_fail(books: str, damages: dict[str, str], tmp_path: Path):
    with psycopg.connect(books) as conn:
        for damage in damages.values():
            conn.execute(damage)

    with pytest.raises(AssertionError) as failure:
        build(books, tmp_path, "--select", *damages)

    assert [test for test in damages if test not in str(failure.value)] == []


def test_a_killed_export_leaves_nothing_that_the_next_one_keeps(books: str, tmp_path: Path):
    (tmp_path / ".partial-killed" / "2026").mkdir(parents=True)
    (tmp_path / ".partial-killed" / "2026" / "half").write_text("VE")

    export_books(store_of(books), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026", "2027", "exports", MANIFEST]


def test_the_operator_writes_under_the_folder_of_the_connection_out(
    books: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from billing.operators.book import ExportBooksOperator

    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", books.replace("postgresql://", "postgres://"))
    monkeypatch.setenv("AIRFLOW_CONN_OUT", json.dumps({"conn_type": "fs", "extra": {"path": str(tmp_path)}}))

    said = ExportBooksOperator(task_id="export_books").execute({})

    assert said == {
        "file_count": 18, "invoice_count": 12, "net_amount": "2227.83", "vat_amount": "423.52", "gross_amount": "2651.35",
    }  # fmt: skip
    assert (tmp_path / "books" / BRUMAIRE_2026).exists()


def test_what_an_erp_reads_names_the_customer_and_the_sections(books: str):
    with psycopg.connect(books, row_factory=dict_row) as conn:
        [invoice] = conn.execute("select * from export.exp_invoices where invoice_number = 'FA-2026-000002'").fetchall()
        [line] = conn.execute(
            "select * from export.exp_invoice_lines where invoice_number = 'FA-2026-000002'"
        ).fetchall()

    assert (invoice["buyer_name"], invoice["buyer_siret"], invoice["seller_siren"]) == (
        "Commune de Saint-Orvain", "00020006300012", "000102608",
    )  # fmt: skip
    assert (line["customer_code"], line["section_names"]) == ("C006", "Site, « Nord »")
