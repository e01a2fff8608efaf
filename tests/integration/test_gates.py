"""The gates: every expectation is broken once, is the one that says so, and a gate that cannot look stays shut."""

import itertools
from collections.abc import Iterator
from importlib import import_module

import pytest
from airflow.sdk.exceptions import AirflowFailException
from great_expectations import expectations as gxe
from structlog.testing import capture_logs

from billing.operators.check import CheckOperator
from expectations.runner import Outcome, run_suite
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration.drafts import connector

SUITES = ("usage_landed", "invoices_ready")
_numbers = itertools.count(1)

# Four files of forty calls each, one of them held: what a good day looks like.
LANDED = """
insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count, hold_reason
)
select 'file-' || f, 'messidor', 'messidor_' || f || '.csv', 'sealed/' || f, 4000, 42, 2, 40,
    case when f = 4 then 'trailer: says 41 records, the file has 40' end
from generate_series(1, 4) as f;

insert into landing.usage_records (
    file_id, source_line, source_file, source_code, raw_text, is_rejected, usage_id, content_digest, usage_type, line_id,
    called_number, started_at, local_day, duration_seconds, supplier_amount
)
select 'file-' || f, n + 1, 'messidor_' || f || '.csv', 'messidor', 'raw', false, f || '-' || n, 'digest', 'voice',
    '+33199001008', '+33639980012', '2026-10-03 08:15+00'::timestamptz + n * interval '1 minute', '2026-10-03', 60, 0.019
from generate_series(1, 4) as f, generate_series(1, 40) as n;

alter table landing.usage_files drop constraint lines_are_control_lines_or_records; -- the gate looks all the same
"""

# Suite, expectation, statement that breaks it, rows that it must count, and what else the same fault breaks.
BREAKS = [
    (
        "usage_landed", "A file has at least as many lines as records.",
        "update landing.usage_files set line_count = 39", 4, {"Lines = control lines + records, for every file."},
    ),
    (
        "usage_landed", "Lines = control lines + records, for every file.",
        "update landing.usage_files set control_line_count = 3 where source_file <> 'messidor_4.csv'", 3, set(),
    ),
    (
        "usage_landed", "Every record of every file has its row.",
        "delete from landing.usage_records where source_line = 7 and file_id in ('file-1', 'file-2')", 2, set(),
    ),
    (
        "usage_landed", "At most half of a source's files are held: more is a changed layout, not a broken file.",
        "update landing.usage_files set hold_reason = 'header' where source_file <> 'messidor_1.csv'", 1, set(),
    ),
    (
        "usage_landed", "At most 5 % of a source's records are unreadable: more is a changed layout.",
        "update landing.usage_records set is_rejected = true, reject_reason = 'impossible_date'"
        " where source_line <= 4", 1, set(),
    ),
    (
        "usage_landed", "At most 1 % of a source's records start after they landed: its clock is read rightly.",
        "update landing.usage_records set started_at = landed_at + interval '2 hours' where source_line = 2", 1, set(),
    ),
    (
        "usage_landed", "A call has seconds, and only a call.",
        "update landing.usage_records set duration_seconds = null where source_line <= 3", 8, set(),
    ),
    (
        "invoices_ready", "A draft stands once.",
        "insert into billing.fct_drafts select * from billing.fct_drafts where customer_code = 'C001'", 2,
        {"A draft is the sum of its lines, to the cent.", "The VAT of a draft is the sum of its bands, to the cent."},
    ),
    (
        "invoices_ready", "Every draft names its legal buyer.",
        "update billing.fct_drafts set legal_name = null where customer_code in ('C003', 'C004')", 6, set(),
    ),
    (
        "invoices_ready", "Net and VAT make the gross amount, and something is due.",
        "update billing.fct_drafts set gross_amount = gross_amount + 0.01", 22, set(),
    ),
    (
        "invoices_ready", "A draft is the sum of its lines, to the cent.",
        "delete from billing.fct_draft_lines where draft_id in"
        " (select draft_id from billing.fct_drafts where customer_code = 'C002')", 3, set(),
    ),
    (
        "invoices_ready", "The VAT of a draft is the sum of its bands, to the cent.",
        "update billing.fct_draft_vat set vat_amount = vat_amount + 0.01 where draft_id in"
        " (select draft_id from billing.fct_drafts where customer_code = 'C003')", 4, set(),
    ),
    (
        "invoices_ready", "No draft is due before its issue, no period is empty.",
        "update billing.fct_drafts set due_on = issued_on - 1 where customer_code = 'C005'", 3, set(),
    ),
    (
        "invoices_ready", "At most a fifth of the drafts is held: more is a fault of ours.",
        "insert into register.draft_holds select bill_run_id, draft_id, 'BT-47' from billing.fct_drafts limit 5", 1, set(),
    ),
    (
        "invoices_ready", "Quantity times price is the line, to the cent.",
        "update billing.fct_draft_lines set unit_price = unit_price + 0.01 where service_code = 'S0001'", 1, set(),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def landed_template(postgres_server: ServerInfo) -> Iterator[str]:
    dsn = embedded_postgres.create_database(postgres_server, "landed")
    migrate(dsn)
    with connector(dsn)() as conn:
        conn.execute(LANDED)
    yield "landed"
    embedded_postgres.drop_database(postgres_server, "landed")


@pytest.fixture(scope="module")
def templates(landed_template: str, drafted_template: str) -> dict[str, str]:
    return {"usage_landed": landed_template, "invoices_ready": drafted_template}


@pytest.fixture
def dsn(request: pytest.FixtureRequest, postgres_server: ServerInfo, templates: dict[str, str]) -> Iterator[str]:
    """A copy of the healthy database of `suite`."""
    name = f"gate_{next(_numbers)}"
    yield embedded_postgres.create_database(postgres_server, name, templates[request.getfixturevalue("suite")])
    embedded_postgres.drop_database(postgres_server, name)


def run(suite: str, dsn: str) -> list[Outcome]:
    return run_suite(import_module(f"expectations.{suite}").CHECKS, dsn)


def check(suite: str, dsn: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", dsn.replace("postgresql://", "postgres://"))
    return CheckOperator(task_id=f"check_{suite}", suite=suite).execute({})


@pytest.mark.parametrize("suite", SUITES)
def test_a_healthy_border_passes(suite: str, dsn: str, monkeypatch: pytest.MonkeyPatch):
    assert [outcome for outcome in run(suite, dsn) if not outcome.success] == []
    assert check(suite, dsn, monkeypatch)["expectations"] >= 7


@pytest.mark.parametrize(
    ("suite", "expectation", "fault", "count", "others"), BREAKS, ids=[f"{each[0]}: {each[1]}" for each in BREAKS]
)
def test_each_expectation_stops_the_run_and_says_how_many_rows_with_five_of_them(
    suite: str, expectation: str, fault: str, count: int, others: set[str], dsn: str,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    with connector(dsn)() as conn:
        conn.execute(fault)

    failed = {outcome.description: outcome for outcome in run(suite, dsn) if not outcome.success}
    with capture_logs() as logged, pytest.raises(AirflowFailException, match=f"{suite}: {len(failed)} of"):
        check(suite, dsn, monkeypatch)

    assert failed.keys() == {expectation, *others}
    assert failed[expectation].unexpected_count == count
    told = [str(entry["event"]) for entry in logged if entry["log_level"] == "error"]
    start = next(n for n, text in enumerate(told) if text.endswith(f"{expectation}  {count} rows"))
    examples = list(itertools.takewhile(lambda text: text.startswith("  for example"), told[start + 1 :]))
    assert len(examples) == min(count, 5)


def test_every_expectation_is_broken_here():
    shipped = {
        (suite, expectation.description)
        for suite in SUITES
        for expectations in import_module(f"expectations.{suite}").CHECKS.values()
        for expectation in expectations
    }

    assert {(suite, expectation) for suite, expectation, *_ in BREAKS} == shipped


@pytest.mark.parametrize(
    ("suite", "state"),
    [
        ("usage_landed", "update landing.usage_files set hold_reason = 'header' where file_id in ('file-3', 'file-4')"),
        (
            "usage_landed",
            "update landing.usage_records set is_rejected = true, reject_reason = 'x' where source_line <= 3",
        ),
        (
            "usage_landed",
            "update landing.usage_records set started_at = landed_at + interval '2 hours' where usage_id = '1-1'",
        ),
        (
            "invoices_ready",
            "insert into register.draft_holds select bill_run_id, draft_id, 'BT-47' from billing.fct_drafts limit 4",
        ),
    ],
    ids=[
        "half of the files held",
        "5 % of the records rejected",
        "one clock that is ahead",
        "less than a fifth of the drafts held",
    ],
)
def test_what_lies_within_the_limits_passes(suite: str, state: str, dsn: str):
    with connector(dsn)() as conn:
        conn.execute(state)

    assert [outcome.description for outcome in run(suite, dsn) if not outcome.success] == []


@pytest.mark.parametrize("suite", ["usage_landed"])
def test_an_expectation_that_cannot_be_evaluated_counts_as_failed(suite: str, dsn: str):
    checks = {
        "landing.usage_files": [
            gxe.ExpectColumnValuesToNotBeNull(column="no_such_column", description="A column that is gone."),
            gxe.UnexpectedRowsExpectation(
                unexpected_rows_query="select no_such_column from {batch}", description="A query that breaks."
            ),
            gxe.ExpectColumnValuesToNotBeNull(column="file_id", description="A column that is there."),
        ]
    }

    outcomes = run_suite(checks, dsn)

    assert [(outcome.description, outcome.success) for outcome in outcomes] == [
        ("A column that is gone.", False), ("A query that breaks.", False), ("A column that is there.", True),
    ]  # fmt: skip


@pytest.mark.parametrize(("suite", "table"), [("usage_landed", "landing.usage_records"), ("invoices_ready", "billing.fct_draft_lines")])  # fmt: skip
def test_a_gate_whose_table_is_gone_does_not_open(suite: str, table: str, dsn: str, monkeypatch: pytest.MonkeyPatch):
    with connector(dsn)() as conn:
        conn.execute(f"drop table {table} cascade")

    with pytest.raises(Exception, match=r"usage_records|fct_draft_lines|expectations failed"):
        check(suite, dsn, monkeypatch)
