"""Bill runs, numbers and the register, on drafts that dbt made of the demo's master data."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from billing.hooks.master import TABLES, MasterFileRefused, MasterStore
from billing.hooks.register import BillRunRefused, Document, RegisterStore, chain_digest
from invoicing.numbering import NumberingRefused
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from tests.integration.drafts import MASTER, RUN, connector, open_run


@pytest.fixture
def dsn(postgres_server: ServerInfo, drafted_template: str) -> Iterator[str]:
    name = f"register_{time.monotonic_ns()}"
    yield embedded_postgres.create_database(postgres_server, name, drafted_template)
    embedded_postgres.drop_database(postgres_server, name)


@pytest.fixture
def store(dsn: str) -> RegisterStore:
    return RegisterStore(connector(dsn))


def approve(store: RegisterStore, bill_run_id: str) -> None:
    seen = store.bill_run(bill_run_id)["drafts_digest"]
    store.record_answer(bill_run_id, approved=True, by="finance", at=datetime.now(UTC), digest=seen)


def numbers_in(dsn: str) -> list[str]:
    with connector(dsn)() as conn:
        rows = conn.execute("select invoice_number from register.invoices order by 1").fetchall()
    return [number for (number,) in rows]


def test_an_approved_run_draws_consecutive_numbers_and_freezes_every_draft(store: RegisterStore, dsn: str):
    approve(store, RUN)

    numbers = store.number_invoices(RUN)

    assert [f"FA-2026-{position:06d}" for position in range(1, 23)] == numbers
    with connector(dsn)() as conn:
        [(drafts, invoices, lines)] = conn.execute(
            "select (select sum(gross_amount) from billing.fct_drafts), (select sum(gross_amount) from"
            " register.invoices), (select sum(net_amount) from register.invoice_lines) - (select sum(net_amount) from"
            " register.invoices)"
        ).fetchall()
    assert drafts == invoices
    assert lines == 0


def test_drawing_again_gives_the_same_numbers(store: RegisterStore, dsn: str):
    approve(store, RUN)

    assert store.number_invoices(RUN) == store.number_invoices(RUN) == numbers_in(dsn)


def test_a_run_that_nobody_approved_draws_nothing(store: RegisterStore, dsn: str):
    with pytest.raises(BillRunRefused, match="not approved"):
        store.number_invoices(RUN)

    assert numbers_in(dsn) == []


@pytest.mark.parametrize(
    "change",
    [
        "update billing.fct_draft_lines set line_name = line_name || ' ' where draft_line_id ="
        " (select min(draft_line_id) from billing.fct_draft_lines)",
        "update billing.fct_drafts set legal_name = 'Autre' where draft_id = (select min(draft_id) from billing.fct_drafts)",
        "update billing.fct_draft_vat set vat_amount = vat_amount + 0.01 where draft_id ="
        " (select min(draft_id) from billing.fct_drafts)",
        "delete from billing.fct_drafts where draft_id = (select max(draft_id) from billing.fct_drafts)",
    ],
    ids=["line", "buyer", "vat", "vanished"],
)
def test_a_draft_that_changes_after_approval_stops_the_run_before_any_number(
    store: RegisterStore, dsn: str, change: str
):
    approve(store, RUN)
    with connector(dsn)() as conn:
        conn.execute(change)

    with pytest.raises(BillRunRefused, match="changed after finance approved"):
        store.number_invoices(RUN)
    assert numbers_in(dsn) == []


def test_a_rejected_run_draws_nothing_and_the_first_answer_stands(store: RegisterStore):
    store.record_answer(RUN, approved=False, by="finance", at=datetime.now(UTC), digest="seen")
    approve(store, RUN)

    with pytest.raises(BillRunRefused, match="is rejected"):
        store.number_invoices(RUN)


def test_a_held_draft_gets_no_number_and_the_others_do(store: RegisterStore, dsn: str):
    held = store.drafts(RUN)[0].draft_id
    store.replace_draft_holds(RUN, {held: "BT-47: no SIREN"})
    store.close_drafts(RUN)
    approve(store, RUN)

    assert len(store.number_invoices(RUN)) == 21
    with connector(dsn)() as conn:
        assert conn.execute("select 1 from register.invoices where draft_id = %s", [held]).fetchall() == []


def test_a_date_that_goes_back_in_its_series_is_refused(store: RegisterStore, dsn: str):
    with connector(dsn)() as conn:
        conn.execute("insert into register.series values ('BRUMAIRE', 'FA-2026-', 7, '2026-11-03')")
    approve(store, RUN)

    with pytest.raises(NumberingRefused, match="2026-11-03"):
        store.number_invoices(RUN)
    assert numbers_in(dsn) == []


def test_a_series_goes_on_after_its_last_number(store: RegisterStore, dsn: str):
    with connector(dsn)() as conn:
        conn.execute("insert into register.series values ('BRUMAIRE', 'FA-2026-', 7, '2026-11-02')")
    approve(store, RUN)

    assert store.number_invoices(RUN)[0] == "FA-2026-000008"


def test_a_retry_opens_the_same_bill_run_and_another_run_the_next(dsn: str):
    assert open_run(dsn, "first") == RUN
    assert open_run(dsn, "second") == "BRUMAIRE-2026-10-01-2"


def test_an_issued_invoice_never_changes(store: RegisterStore, dsn: str):
    approve(store, RUN)
    store.number_invoices(RUN)

    for table in ("invoices", "invoice_lines", "invoice_vat", "charges", "documents"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"), connector(dsn)() as conn:
            conn.execute(f"delete from register.{table}")


def test_documents_are_chained_and_a_second_rendering_is_ignored(store: RegisterStore, dsn: str):
    approve(store, RUN)
    first, second, *_ = store.number_invoices(RUN)
    for number, content in ((first, b"one"), (second, b"two"), (first, b"drawn again")):
        store.register_documents(number, [Document("factur-x", f"{number}.pdf", f"invoices/{number}", content, [])])

    with connector(dsn)() as conn:
        rows = conn.execute(
            "select invoice_number, sha256, previous_sha256, chain_sha256 from register.documents"
            " order by document_position"
        ).fetchall()
    assert [first, second] == [row[0] for row in rows]
    assert rows[0][3] == rows[1][2]
    assert all(chain == chain_digest(before, number, "factur-x", sha) for number, sha, before, chain in rows)


def test_a_run_is_not_released_while_a_document_is_missing(store: RegisterStore):
    approve(store, RUN)
    store.number_invoices(RUN)

    with pytest.raises(BillRunRefused, match="22 invoices have a number and no document"):
        store.release(RUN)


def test_a_run_without_drafts_is_empty(store: RegisterStore, dsn: str):
    with connector(dsn)() as conn:
        conn.execute("truncate billing.fct_drafts")

    assert tuple(store.close_drafts(RUN)[name] for name in ("state", "draft_count")) == ("empty", 0)


def _number(dsn: str, bill_run_id: str) -> None:
    RegisterStore(connector(dsn)).number_invoices(bill_run_id)


def test_a_process_killed_at_any_moment_of_drawing_leaves_no_gap_and_no_double(store: RegisterStore, dsn: str):
    """SIGKILL after 0 to 60 ms, over and over, until one attempt gets through."""
    approve(store, RUN)
    spawn = multiprocessing.get_context("spawn")
    killed = 0
    for delay in [0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06]:
        child = spawn.Process(target=_number, args=(dsn, RUN))
        child.start()
        _wait_for_lock(dsn)
        time.sleep(delay)
        if child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
            killed += 1
        child.join()

    assert killed
    assert [f"FA-2026-{position:06d}" for position in range(1, 23)] == store.number_invoices(RUN) == numbers_in(dsn)


def _wait_for_lock(dsn: str) -> None:
    """Until the child is at work in the database, or has been."""
    deadline = time.monotonic() + 15
    with psycopg.connect(dsn, autocommit=True) as conn:
        while time.monotonic() < deadline:
            busy = conn.execute(
                "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                " and (xact_start is not null)"
            ).fetchall()
            if busy or numbers_in(dsn):
                return


def test_two_processes_that_draw_the_same_run_draw_it_once(store: RegisterStore, dsn: str):
    approve(store, RUN)
    spawn = multiprocessing.get_context("spawn")
    children = [spawn.Process(target=_number, args=(dsn, RUN)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()

    assert [child.exitcode for child in children] == [0, 0]
    assert len(numbers_in(dsn)) == 22


def test_the_same_master_file_changes_nothing_and_a_changed_one_keeps_what_was_known(dsn: str):
    store = MasterStore(connector(dsn))
    content = (MASTER / "customers.csv").read_bytes()

    assert store.replace_tables({"customers": content}) == {"customers": (0, 0)}
    changed = content.replace(b"Les Mains vertes", b"Les Mains bleues")
    assert store.replace_tables({"customers": changed}) == {"customers": (1, 1)}
    with connector(dsn)() as conn:
        names = conn.execute(
            "select customer_name, known_until = 'infinity' from master.customers where customer_code = 'C013' order by 2"
        ).fetchall()
    assert names == [("Les Mains vertes", False), ("Les Mains bleues", True)]


def test_a_master_file_with_a_wrong_column_is_refused_by_name(dsn: str):
    with pytest.raises(MasterFileRefused, match=r"missing \['customer_name'\], unknown \['nom'\]"):
        MasterStore(connector(dsn)).replace_tables(
            {"customers": b"customer_code,nom,seller_code,valid_from,valid_until\n"}
        )


def test_a_cut_master_file_ends_nothing_and_holds_back_the_other_files(dsn: str):
    products = (MASTER / "products.csv").read_bytes().replace(b"Copieurs", b"Reprographie")
    header = (MASTER / "services.csv").read_bytes().split(b"\n", 1)[0] + b"\n"

    with pytest.raises(MasterFileRefused, match=r"services\.csv has 0 rows where 53 are known"):
        MasterStore(connector(dsn)).replace_tables({"products": products, "services": header})
    with connector(dsn)() as conn:
        [(known,)] = conn.execute("select count(*) from master.products where product_name = 'Copieurs'").fetchall()
    assert known == 1


def test_a_draft_that_could_not_be_delivered_is_held_before_it_has_a_number(store: RegisterStore, dsn: str):
    from billing.operators.issue import refusal
    from invoicing.documents.gate import Gate

    with connector(dsn)() as conn:
        conn.execute("update billing.fct_drafts set email = null where customer_code = 'C001'")
        conn.execute("update billing.fct_drafts set buyer_kind = 'nobody' where customer_code = 'C007'")
        conn.execute("update billing.fct_drafts set channel = 'chorus' where customer_code = 'C008'")
    gate = Gate()
    reasons = {draft.head["customer_code"]: refusal(gate, draft) for draft in store.drafts(RUN)}

    assert "no e-mail address" in reasons.pop("C001")
    assert "nobody" in reasons.pop("C007")
    assert "public bodies only" in reasons.pop("C008")
    assert {None} == set(reasons.values())


def test_another_sellers_drafts_take_no_number_of_this_series(store: RegisterStore, dsn: str):
    with connector(dsn)() as conn:
        conn.execute("update billing.fct_drafts set seller_code = 'AUTRE' where customer_code = 'C001'")
    store.close_drafts(RUN)
    approve(store, RUN)

    assert len(store.number_invoices(RUN)) == 21


def test_a_run_whose_date_goes_back_is_refused_before_anybody_approves_it(dsn: str):
    with connector(dsn)() as conn:
        conn.execute("insert into register.series values ('BRUMAIRE', 'FA-2026-', 7, '2026-11-03')")

    with pytest.raises(NumberingRefused, match="2026-11-03"):
        open_run(dsn, "too early")


def test_a_series_never_goes_back(store: RegisterStore, dsn: str):
    approve(store, RUN)
    store.number_invoices(RUN)

    with pytest.raises(psycopg.errors.RaiseException, match="never goes back"), connector(dsn)() as conn:
        conn.execute("update register.series set last_number = 3")
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"), connector(dsn)() as conn:
        conn.execute("truncate register.invoices cascade")


def test_demo_master_files_are_the_nine_tables():
    assert set(TABLES) == {path.stem for path in Path(MASTER).glob("*.csv")}


def test_the_approver_reads_what_will_be_issued_and_not_what_is_held(store: RegisterStore):
    held = store.drafts(RUN)[0]
    store.replace_draft_holds(RUN, {held.draft_id: "BT-47: no SIREN"})
    run = store.close_drafts(RUN)

    report = store.report(RUN)

    assert run["draft_count"] == sum(row["draft_count"] for row in report["customers"]) == 21
    approve(store, RUN)
    store.number_invoices(RUN)
    with store._connect() as conn:
        [(issued,)] = conn.execute("select sum(net_amount) from register.invoices").fetchall()
    assert issued == sum(row["net_amount"] for row in report["customers"])
    assert ["BT-47: no SIREN"] == [row["reason"] for row in report["held_drafts"]]
