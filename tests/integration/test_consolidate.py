"""One dbt build over small customer trees: charges, drafts, and a second run that bills nothing twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg.rows import dict_row

from invoicing.documents import french
from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build
from tests.integration.consolidate_trees import (
    END,
    ISSUE_THE_TOWN,
    ISSUE_THE_TOWN_AGAIN,
    RANDOM_TREES,
    START,
    Planter,
    plant_everything,
)
from tests.integration.dbt_build import PROJECT

TABLES = (
    "fct_charges",
    "fct_charge_differences",
    "fct_drafts",
    "fct_draft_lines",
    "fct_draft_vat",
    "fct_draft_usage",
    "fct_draft_corrections",
    "fct_draft_exclusions",
    "rpt_bill_run",
    "rpt_late_charges",
    "rpt_unbilled_services",
)
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def warehouse(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    dsn = embedded_postgres.create_database(postgres_server, "consolidate")
    migrate(dsn)
    yield dsn, tmp_path_factory.mktemp("dbt")
    embedded_postgres.drop_database(postgres_server, "consolidate")


@pytest.fixture(scope="module")
def billed(warehouse: tuple[str, Path]) -> Tables:
    """What the first run of October leaves."""
    dsn, scratch = warehouse
    contract = yaml.safe_load((PROJECT / "models/marts/rating/fct_rated_usage.yml").read_text())["models"][0]
    columns = ", ".join(f"{column['name']} {column['data_type']}" for column in contract["columns"])
    with psycopg.connect(dsn) as connection:
        connection.execute("create schema rate")
        connection.execute(f"create table rate.fct_rated_usage ({columns})")
        plant_everything(Planter(connection))
    build(dsn, scratch, "BRUMAIRE-2026-10-01-1")
    return read_tables(dsn)


@pytest.fixture(scope="module")
def billed_again(warehouse: tuple[str, Path], billed: Tables) -> Tables:
    """What a second run leaves: the town's invoice is issued, and one of its calls came late."""
    dsn, scratch = warehouse
    with psycopg.connect(dsn) as connection:
        for statement in ISSUE_THE_TOWN:
            connection.execute(statement)
        plant = Planter(connection)
        plant.usage("town-line", "1.50", usage_id="late", allowance_code="FREE", allowance_seconds=40)
    build(dsn, scratch, "BRUMAIRE-2026-10-01-2")
    return read_tables(dsn)


@pytest.fixture(scope="module")
def november(warehouse: tuple[str, Path], billed_again: Tables) -> Tables:
    """What the next month's run leaves: the ERP has dated back a sale and a subscription of the town meanwhile.

    And the late call, which comes before another in the allowance, has pushed 40 s of the other out of it.
    """
    dsn, scratch = warehouse
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "update rate.fct_rated_usage set allowance_seconds = 21, rated_amount = 0.404 where usage_id = 'allowed'"
        )
        plant = Planter(connection)
        sold, begun = date(2026, 10, 20), date(2026, 10, 12)
        plant.service("TOWN/hall", "town-late-set", "phone_set", "45", charge_kind="one_off", valid_from=sold)
        plant.service("TOWN/hall", "town-late-link", "line", "40", valid_from=begun)
    build(dsn, scratch, "BRUMAIRE-2026-11-01-1", END, date(2026, 12, 1))
    return read_tables(dsn)


@pytest.fixture(scope="module")
def december(warehouse: tuple[str, Path], november: Tables) -> Tables:
    """What the run after it leaves, and one more of October: the town's November is issued."""
    dsn, scratch = warehouse
    with psycopg.connect(dsn) as connection:
        for statement in ISSUE_THE_TOWN_AGAIN:
            connection.execute(statement)
    build(dsn, scratch, "BRUMAIRE-2026-12-01-1", date(2026, 12, 1), date(2027, 1, 1))
    return read_tables(dsn)


@pytest.fixture(scope="module")
def october_again(warehouse: tuple[str, Path], december: Tables) -> Tables:
    build(*warehouse, "BRUMAIRE-2026-10-01-3")
    return read_tables(warehouse[0])


def build(dsn: str, scratch: Path, bill_run_id: str, start: date = START, end: date = END) -> None:
    """Run the consolidate models with all their tests; the rate step has already run."""
    dbt_build.build(
        dsn,
        scratch,
        *("--select", "tag:consolidate"),
        as_of="2026-11-02 04:00:00+00",
        period_start=str(start),
        period_end=str(end),
        issued_on="2026-11-02",
        bill_run_id=bill_run_id,
    )


def read_tables(dsn: str) -> Tables:
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        return {name: connection.execute(f"select * from billing.{name}").fetchall() for name in TABLES}


def shape(tables: Tables, customer: str) -> dict[str, tuple[str, Decimal, list[tuple[str, ...]]]]:
    """By billing node: the buyer's name, the net, and the section of each line in printing order."""
    lines = sorted(tables["fct_draft_lines"], key=lambda line: line["line_position"])
    return {
        draft["node_code"].removeprefix(f"{customer}/"): (
            draft["legal_name"],
            draft["net_amount"],
            [tuple(line["section_names"]) for line in lines if line["draft_id"] == draft["draft_id"]],
        )
        for draft in tables["fct_drafts"]
        if draft["customer_code"] == customer
    }


def test_an_invoice_per_site(billed: Tables):
    """Each site: 2 × 30.00, 20 days of 31 of 40.00, and three calls of 0.333 that make 1.00."""
    site = ("Sites SAS", Decimal("86.81"), [(), (), ()])

    assert {"A": site, "B": site} == shape(billed, "SITES")


def test_an_invoice_per_site_and_kind_of_service(billed: Tables):
    phone = ("Sites et Natures SAS", Decimal("61.00"), [(), ()])
    link = ("Sites et Natures SAS", Decimal("25.81"), [()])

    assert {"phoneA": phone, "phoneB": phone, "linkA": link, "linkB": link} == shape(billed, "SITE-KINDS")


def test_an_invoice_per_kind_of_service_across_sites(billed: Tables):
    phone = ("Natures SAS", Decimal("122.00"), [("phoneA",), ("phoneA",), ("phoneB",), ("phoneB",)])
    link = ("Natures SAS", Decimal("51.62"), [("linkA",), ("linkB",)])

    assert {"phone": phone, "link": link} == shape(billed, "KINDS")


def test_a_group_with_a_subsidiary_that_is_its_own_buyer(billed: Tables):
    holding = ("Groupe SA", Decimal("86.81"), [("B",), ("B",), ("B",)])
    subsidiary = ("Filiale SARL", Decimal("86.81"), [("A",), ("A",), ("A",)])

    assert {"holding": holding, "subsidiary": subsidiary} == shape(billed, "GROUP")
    [draft] = [draft for draft in billed["fct_drafts"] if draft["node_code"] == "GROUP/subsidiary"]
    assert draft["siren"] is None, "the subsidiary mixed the holding's SIREN with its own name"


def test_moving_the_flags_of_a_tree_never_changes_the_total_before_vat(billed: Tables):
    totals = {row["customer_code"]: row["net_amount"] for row in billed["rpt_bill_run"]}
    draft_counts = {row["draft_count"] for row in billed["rpt_bill_run"] if row["customer_code"] in RANDOM_TREES}

    assert len(draft_counts) > 1, "the random trees all have one shape: they prove nothing"
    assert len({totals[customer] for customer in RANDOM_TREES}) == 1


def test_a_public_body_is_invoiced_through_chorus_by_transfer(billed: Tables):
    [draft] = [draft for draft in billed["fct_drafts"] if draft["customer_code"] == "TOWN"]

    assert (draft["rendering"], draft["channel"], draft["payment_means"]) == ("chorus", "chorus", "30")
    assert (date(2026, 11, 2), date(2026, 12, 2)) == (draft["issued_on"], draft["due_on"])
    assert (Decimal("99.90"), Decimal("19.98")) == (draft["net_amount"], draft["vat_amount"])


def test_an_allowance_shows_and_a_helpline_does_not(billed: Tables):
    [line] = [line for line in billed["fct_draft_lines"] if line["service_code"] == "town-line"]
    [usage] = [usage for usage in billed["fct_draft_usage"] if usage["draft_id"] == line["draft_id"]]
    [hidden] = [row for row in billed["fct_draft_exclusions"] if row["service_code"] == "town-line"]

    assert line["line_note"] == "1\u00a0appel, 1\u00a0min\u00a001\u00a0s, dont 1\u00a0min\u00a001\u00a0s au forfait"
    assert ("calls", Decimal("0.00")) == (line["price_component"], line["net_amount"])
    assert (line["draft_line_id"], "06 39 98 XX XX") == (usage["draft_line_id"], usage["called_masked"])
    assert (
        hidden["price_component"],
        hidden["exclusion_reason"],
        hidden["record_count"],
    ) == ("free", "hidden_calls_only", 1)


def test_a_business_of_another_eu_country_owes_the_vat_itself(billed: Tables):
    [draft] = [draft for draft in billed["fct_drafts"] if draft["customer_code"] == "ABROAD"]
    [band] = [band for band in billed["fct_draft_vat"] if band["draft_id"] == draft["draft_id"]]

    assert ("AE", Decimal(0), Decimal(0), "VATEX-EU-AE") == (
        band["vat_category"],
        band["vat_rate"],
        band["vat_amount"],
        band["exemption_code"],
    )
    assert draft["gross_amount"] == draft["net_amount"] == Decimal("10.00")


def test_a_service_without_usage_is_reported_as_unbilled(billed: Tables):
    idle = [row["service_code"] for row in billed["rpt_unbilled_services"] if row["reason"] == "no_usage"]

    assert idle == ["town-idle"]


def test_one_customers_fault_is_reported_and_stops_nobody(billed: Tables):
    """Spans that share a day, an unknown product, nobody to invoice, a refund alone: each waits with its reason."""
    excluded = {
        row["service_code"]: row["exclusion_reason"]
        for row in billed["fct_draft_exclusions"]
        if row["service_code"].startswith("faulty")
    }
    drafts = {row["node_code"]: row for row in billed["fct_drafts"] if row["customer_code"] == "FAULTY"}

    assert excluded == {
        "faulty-twice": "ambiguous_master",
        "faulty-product": "unknown_product",
        "faulty-gone": "no_billing_node",
        "faulty-node": "no_billing_node",
        "faulty-refund": "negative_total",
    }
    assert {"FAULTY/right": Decimal("10.00"), "FAULTY/nobody": Decimal("20.00")} == {
        node: draft["net_amount"] for node, draft in drafts.items()
    }
    assert drafts["FAULTY/nobody"]["street"] is drafts["FAULTY/nobody"]["buyer_kind"] is None  # the gate holds it


def test_a_run_bills_what_was_known_at_its_as_of(billed: Tables):
    """The consolidate step makes the master's views itself: a service that the ERP told of later is not there."""
    codes = {charge["service_code"] for charge in billed["fct_charges"]}

    assert "faulty-none" in codes
    assert "faulty-known-later" not in codes


def test_one_component_in_two_currencies_is_two_charges_on_two_drafts(billed: Tables):
    drafts = {row["currency_code"]: row for row in billed["fct_drafts"] if row["customer_code"] == "CURRENCY"}
    usage = {row["draft_id"]: row["rated_amount"] for row in billed["fct_draft_usage"]}

    assert {"EUR": Decimal(1), "CHF": Decimal(2)} == {code: draft["net_amount"] for code, draft in drafts.items()}
    assert {"EUR": Decimal(1), "CHF": Decimal(2)} == {code: usage[row["draft_id"]] for code, row in drafts.items()}


def test_what_the_erp_dated_back_is_reported_by_the_next_run(billed_again: Tables, november: Tables):
    """The town's October is issued; its late sale and subscription are on no invoice and on no draft."""
    late = {
        row["service_code"]: (row["late_kind"], row["period_start"], row["amount"])
        for row in november["rpt_late_charges"]
        if row["customer_code"] == "TOWN"
    }

    assert billed_again["rpt_late_charges"] == []
    assert late == {
        "town-late-set": ("one_off", START, Decimal("45.00")),
        "town-late-link": ("recurring", START, Decimal("25.81")),
    }


def test_a_late_call_is_billed_at_its_own_date_and_what_it_moved_is_a_named_correction(november: Tables):
    [town] = [draft for draft in november["fct_drafts"] if draft["customer_code"] == "TOWN"]
    lines = sorted(
        (line for line in november["fct_draft_lines"] if line["draft_id"] == town["draft_id"]),
        key=lambda line: line["line_position"],
    )

    assert [
        (line["line_name"], line["line_note"], line["period_start"], line["period_end"], line["net_amount"])
        for line in lines
        if line["charge_kind"] in ("late_usage", "correction")
    ] == [
        (
            "Appels vers les mobiles d’octobre\u00a02026, reçu après la facture",
            "1\u00a0appel, 1\u00a0min\u00a001\u00a0s, dont 40\u00a0s au forfait",
            START, END, Decimal("1.50"),
        ),
        (
            "Appels vers les mobiles, régularisation du forfait d’octobre\u00a02026",
            "1\u00a0appel déjà facturé, 40\u00a0s sorties du forfait par des appels reçus après la facture",
            START, END, Decimal("0.40"),
        ),
    ]  # fmt: skip
    assert [row["usage_id"] for row in november["fct_draft_usage"] if row["draft_id"] == town["draft_id"]] == ["late"]
    [correction] = november["fct_draft_corrections"]
    assert ("allowed", -40, Decimal("0.404")) == tuple(
        correction[name] for name in ("usage_id", "allowance_seconds", "rated_amount")
    )


def test_late_usage_and_its_correction_are_billed_once(december: Tables, october_again: Tables):
    """Neither the next run nor another one of its own month finds anything left to bill or to settle."""
    lines = december["fct_draft_lines"] + october_again["fct_draft_lines"]
    kinds = {line["charge_kind"] for line in lines if line["service_code"] == "town-line"}

    assert not kinds & {"late_usage", "correction"}
    assert [row for row in october_again["fct_charge_differences"] if row["customer_code"] == "TOWN"] == []


NUMBERS = [Decimal(text) for text in ("0", "1", "-1234.5", "1234.5", "1234567.8901", "0.0085", "12.5", "999999", "30")]
DAYS = [(date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 10, 9), date(2026, 10, 9)), (date(2026, 9, 30), START),
        (date(2025, 12, 31), date(2026, 1, 1))]  # fmt: skip
SECONDS = [0, 5, 60, 125, 3600, 3725, 90000, 3600 * 12345 + 59]


def test_a_note_spells_numbers_days_and_durations_as_the_rest_of_the_page(warehouse: tuple[str, Path]):
    """The same typography from SQL and from `french.py`: spaces, signs, ordinals, to the character."""
    cases = {f"french_quantity('{value}::numeric')": french.quantity(value) for value in NUMBERS}
    cases |= {f"french_price('{value}::numeric')": french.price(value) + "\u00a0€" for value in NUMBERS}
    for start, last in DAYS:
        end = last + timedelta(days=1)
        cases[f"""french_days("date '{start}'", "date '{end}'")"""] = french.period(start, last)
    cases |= {f"french_duration('{seconds}')": french.duration(seconds) for seconds in SECONDS}
    columns = ", ".join(f"{{{{ {call} }}}} as case_{number}" for number, call in enumerate(cases))

    shown = dbt_build.run(*warehouse, "show", "--inline", f"select {columns}", "--limit", "-1")

    assert shown.success, shown.exception
    [row] = shown.result.results[0].agate_table.rows
    assert dict(zip(cases, row.values(), strict=True)) == cases


def test_a_second_run_bills_nothing_twice_and_names_its_drafts_alike(billed: Tables, billed_again: Tables):
    first = {draft["draft_id"] for draft in billed["fct_drafts"] if draft["customer_code"] != "TOWN"}

    assert first == {draft["draft_id"] for draft in billed_again["fct_drafts"]}
    assert {"BRUMAIRE-2026-10-01-2"} == {draft["bill_run_id"] for draft in billed_again["fct_drafts"]}


def test_a_late_call_of_a_billed_charge_is_a_difference_not_a_new_line(billed_again: Tables):
    [difference] = billed_again["fct_charge_differences"]
    [town] = [row for row in billed_again["rpt_bill_run"] if row["customer_code"] == "TOWN"]

    assert ("town-line", "calls", Decimal("1.50"), 1, 2) == (
        difference["service_code"],
        difference["price_component"],
        difference["difference_amount"],
        difference["billed_record_count"],
        difference["record_count"],
    )
    assert (0, Decimal("99.90")) == (town["draft_count"], town["issued_net_amount"])
