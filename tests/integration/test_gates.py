"""The gates: every expectation is broken once, is the one that says so, and a gate that cannot look stays shut."""

import itertools
from collections.abc import Iterator
from importlib import import_module

import pytest
from airflow.sdk.exceptions import AirflowFailException
from great_expectations import expectations as gxe
from structlog.testing import capture_logs

from billing.hooks.checks import ChecksStore
from billing.operators.check import CheckOperator
from expectations import usage_landed
from expectations.runner import Outcome, run_suite
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration.drafts import connector
from tests.integration.gate_faults import BREAKS, LANDED, RUN, WITHIN_LIMITS

SUITES = ("usage_landed", "invoices_ready")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def landed_template(postgres_server: ServerInfo) -> Iterator[str]:
    dsn = embedded_postgres.create_database(postgres_server, "landed")
    migrate(dsn)
    with connector(dsn)() as conn:
        conn.autocommit = True  # for vacuum
        for statement in LANDED.split(";\n")[:-1]:
            conn.execute(statement)
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


def batches(suite: str, dsn: str, run_id: str = RUN) -> dict[str, str] | None:
    if suite != "usage_landed":
        return None
    return usage_landed.batches(ChecksStore(connector(dsn)).files_of_run(run_id))


def run(suite: str, dsn: str) -> list[Outcome]:
    return run_suite(import_module(f"expectations.{suite}").CHECKS, dsn, batches(suite, dsn))


def check(suite: str, dsn: str, monkeypatch: pytest.MonkeyPatch, run_id: str = RUN) -> dict[str, int]:
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", dsn.replace("postgresql://", "postgres://"))
    return CheckOperator(task_id=f"check_{suite}", suite=suite, run_id=run_id).execute({})


def results(dsn: str, run_id: str = RUN) -> list[tuple[str, bool, int | None, int | None]]:
    """Description, success, rows looked at, rows at fault."""
    with connector(dsn)() as conn:
        return conn.execute(
            """select description, success, row_count, unexpected_count from checks.results
            where run_id = %s order by position""",
            (run_id,),
        ).fetchall()


@pytest.mark.parametrize("suite", SUITES)
def test_a_healthy_border_passes(suite: str, dsn: str, monkeypatch: pytest.MonkeyPatch):
    assert [outcome for outcome in run(suite, dsn) if not outcome.success] == []
    assert check(suite, dsn, monkeypatch)["expectations"] >= 8


@pytest.mark.parametrize(
    ("suite", "expectation", "fault", "count", "others"), BREAKS, ids=[f"{each[0]}: {each[1]}" for each in BREAKS]
)
def test_each_expectation_stops_the_run_says_how_many_rows_with_five_of_them_and_keeps_it(
    suite: str, expectation: str, fault: str, count: int, others: set[str], dsn: str,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    with connector(dsn)() as conn:
        conn.execute(fault)

    with capture_logs() as logged, pytest.raises(AirflowFailException, match=f"{suite}: {1 + len(others)} of"):
        check(suite, dsn, monkeypatch)

    failed = {description: unexpected for description, success, _, unexpected in results(dsn) if not success}
    assert failed.keys() == {expectation, *others}
    assert failed[expectation] == count
    told = [str(entry["event"]) for entry in logged if entry["log_level"] == "error"]
    start = next(n for n, text in enumerate(told) if text.endswith(f"{expectation}  {count} rows"))
    examples = list(itertools.takewhile(lambda text: text.startswith("  for example"), told[start + 1 :]))
    assert len(examples) == min(count, 5)
    assert "639980012" not in "".join(told)


def test_every_expectation_is_broken_here_and_is_said_in_french():
    shipped = [
        (suite, expectation)
        for suite in SUITES
        for expectations in import_module(f"expectations.{suite}").CHECKS.values()
        for expectation in expectations
    ]

    assert {(suite, expectation) for suite, expectation, *_ in BREAKS} == {
        (suite, expectation.description) for suite, expectation in shipped
    }
    assert [expectation.description for _, expectation in shipped if not (expectation.meta or {}).get("fr")] == []


@pytest.mark.parametrize(
    ("suite", "state"), [each[1:] for each in WITHIN_LIMITS], ids=[each[0] for each in WITHIN_LIMITS]
)
def test_what_lies_within_the_limits_passes(suite: str, state: str, dsn: str):
    with connector(dsn)() as conn:
        conn.execute(state)

    assert [outcome.description for outcome in run(suite, dsn) if not outcome.success] == []


@pytest.mark.parametrize("suite", ["usage_landed"])
def test_the_gate_looks_at_the_rows_of_its_run_and_never_scans_those_before(suite: str, dsn: str):
    by_table = batches(suite, dsn)

    counted = {outcome.table: outcome.row_count for outcome in run(suite, dsn)}
    with connector(dsn)() as conn:
        plans = [
            "\n".join(line for (line,) in conn.execute(f"explain {query}").fetchall())
            for table, expectations in usage_landed.CHECKS.items()
            for expectation in expectations
            if isinstance(expectation, gxe.UnexpectedRowsExpectation)
            for query in [expectation.unexpected_rows_query.format(batch=f"({by_table[table]}) as subselect")]
        ]

    assert counted == {"landing.usage_files": 5, "landing.usage_records": 160}
    assert len(plans) > 10
    assert [plan for plan in plans if "Seq Scan on usage_records" in plan] == []


@pytest.mark.parametrize("suite", ["usage_landed"])
def test_a_run_that_landed_nothing_passes_and_says_that_it_saw_no_row(suite: str, dsn: str, monkeypatch):
    check(suite, dsn, monkeypatch, run_id="nothing came")

    assert {row_count for _, _, row_count, _ in results(dsn, "nothing came")} == {0}


@pytest.mark.parametrize("suite", ["usage_landed"])
def test_a_retry_replaces_what_the_gate_said_and_only_a_good_run_leaves_its_prices(suite: str, dsn: str, monkeypatch):
    prices = "select run_id, usage_type, record_count, round(median_price * 60, 6) from checks.source_prices"
    with connector(dsn)() as conn:
        conn.execute("delete from checks.source_prices")
        conn.execute("update landing.usage_records set called_number = 's' where usage_id = '1-1'")
    with pytest.raises(AirflowFailException):
        check(suite, dsn, monkeypatch)
    with connector(dsn)() as conn:
        assert conn.execute(prices).fetchall() == []
        conn.execute("update landing.usage_records set called_number = '+33639980012' where usage_id = '1-1'")

    check(suite, dsn, monkeypatch)
    check(suite, dsn, monkeypatch)

    assert {success for _, success, _, _ in results(dsn)} == {True}
    assert len(results(dsn)) == sum(map(len, usage_landed.CHECKS.values()))
    with connector(dsn)() as conn:
        [row] = conn.execute(prices).fetchall()
    assert (*row[:3], str(row[3])) == (RUN, "voice", 160, "0.019000")


@pytest.mark.parametrize("suite", ["usage_landed"])
def test_an_expectation_that_cannot_be_evaluated_counts_as_failed(suite: str, dsn: str):
    checks = {
        "landing.usage_files": [
            gxe.ExpectColumnValuesToNotBeNull(column="no_such_column", description="A column that is gone."),
            gxe.UnexpectedRowsExpectation(
                unexpected_rows_query="select no_such_column from {batch}", description="A query that breaks."
            ),
            gxe.ExpectColumnValuesToNotBeNull(column="file_id", description="A column that is there."),
        ],
        "landing.no_such_table": [
            gxe.ExpectColumnValuesToNotBeNull(column="file_id", description="A table that is gone."),
        ],
    }

    outcomes = run_suite(checks, dsn)

    assert [(outcome.description, outcome.success) for outcome in outcomes] == [
        ("A column that is gone.", False), ("A query that breaks.", False), ("A column that is there.", True),
        ("A table that is gone.", False),
    ]  # fmt: skip
    assert ["no_such_column" in str(outcome.examples) for outcome in outcomes[:2]] == [True, True]
    assert "no_such_table" in str(outcomes[3].examples)


@pytest.mark.parametrize(("suite", "table"), [("usage_landed", "landing.usage_records"), ("invoices_ready", "billing.fct_draft_lines")])  # fmt: skip
def test_a_gate_whose_table_is_gone_does_not_open_and_says_so(suite: str, table: str, dsn: str, monkeypatch: pytest.MonkeyPatch):  # fmt: skip
    with connector(dsn)() as conn:
        conn.execute(f"drop table {table} cascade")

    with pytest.raises(AirflowFailException, match="expectations failed"):
        check(suite, dsn, monkeypatch)

    assert False in {success for _, success, _, _ in results(dsn)}
