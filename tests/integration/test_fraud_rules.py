"""Each fraud rule just over its limit and just below it, in one dbt build; then what silences, limits and costs do."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration.dbt_build import build
from tests.integration.fraud_cases import BELOW, CASES, FIXED, MOROCCO, NOON, OVER, UK, call, every_call, line, number
from tests.integration.fraud_sample import SELECTION, insert_owners, rows
from tests.integration.rate_rows import a_call, at, insert, insert_file, insert_master

NEW, SILENCED, OWN_LIMIT, OFF, ESTIMATED, UNOWNED, INCOMING, HELD, OTHER_CURRENCY = range(200, 209)


@dataclass(frozen=True)
class Watched:
    dsn: str = field(repr=False)

    def evidence(self, rule: str, beginning: str) -> dict[str, list[str]]:
        """Status → the records that begin so and that this rule names."""
        found = rows(
            self.dsn,
            'select status, array_agg(distinct usage_id order by usage_id) as names from "check".int_fraud__evidence'
            " where rule_code = %s and usage_id like %s group by status",
            *(rule, beginning + "%"),
        )
        return {row["status"]: row["names"] for row in found}

    def one(self, query: str, *arguments: Any) -> dict[str, Any]:
        [row] = rows(self.dsn, query, *arguments)
        return row


def spending(name: str, place: int, amount: str | None = "30") -> list[dict[str, Any]]:
    """One call that costs more than an hour may."""
    return [dict(call(f"{name}/1", place, number(FIXED, 1), NOON, 600, amount))]


@pytest.fixture(scope="module")
def watched(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A database with every case, built once with the tests of the step."""
    dsn = embedded_postgres.create_database(postgres_server, "fraud_rules")
    migrate(dsn)
    with psycopg.connect(dsn) as conn:
        cases = every_call()
        insert_file(conn, "cases", cases)
        more = [
            call("new/1", NEW, number(UK, 1), at(14, 23), 1801),
            *spending("silenced", SILENCED),
            *spending("own", OWN_LIMIT, "11"),
            *spending("off", OFF),
            *(
                call(f"estimated/{n}", ESTIMATED, number(MOROCCO, n), NOON + timedelta(minutes=20 * n), 1200, None)
                for n in range(3)
            ),
            *spending("unowned", UNOWNED),
            *({**row, "direction": "incoming", "not_billable_reason": "incoming"} for row in spending("in", INCOMING)),
        ]
        insert_file(conn, "more", more)
        insert_file(conn, "held", spending("held", HELD), hold_reason="trailer_disagrees")
        insert_file(conn, "dollars", spending("dollars", OTHER_CURRENCY), currency_code="USD")
        insert_owners(conn, [row["line_id"] for row in [*cases, *more]], 1, without=[line(UNOWNED)])
        insert(
            conn,
            "watch.test_numbers",
            [{"called_prefix": "+37120000", "list_name": "tests", "known_from": "2026-01-01"}],
        )
        owner = {line(place): owner_of(conn, line(place)) for place in (SILENCED, OWN_LIMIT, OFF)}
        since = {"valid_from": date(2026, 1, 1), "known_from": "2026-01-01"}
        insert(
            conn, "watch.suppressions",
            [{"line_id": line(SILENCED), "author": "A. Martin", "reason": "télévente", "valid_until": date(2026, 11, 1), **since}],
        )  # fmt: skip
        insert(
            conn, "watch.thresholds",
            [
                {"rule_code": "velocity_1h", "customer_code": owner[line(OWN_LIMIT)], "amount_limit": 10, "holds_usage": True, **since},
                {"rule_code": "velocity_1h", "customer_code": owner[line(OFF)], "is_active": False, **since},
            ],
        )  # fmt: skip
        land_two_customers_calling_back(conn)
    build(dsn, tmp_path_factory.mktemp("dbt"), *SELECTION)
    yield Watched(dsn)
    embedded_postgres.drop_database(postgres_server, "fraud_rules")


def land_two_customers_calling_back(conn: psycopg.Connection[Any]) -> None:
    """Five lines ring one range back within 72 hours, and two customers own them all."""
    places = range(260, 265)
    back = [call(f"two/{place}", place, number("+2243500", place), NOON, amount="0.50") for place in places]
    before = [call(f"two/before/{place}", place, number(FIXED, 1), NOON - timedelta(days=60)) for place in places]
    insert_file(conn, "two", [*before, *back])
    owners = [{"line_id": line(place), "service_code": f"TEL-C00{place % 2}"} for place in places]
    insert_master(conn, "lines", owners)


def owner_of(conn: psycopg.Connection[Any], line_id: str) -> str:
    [code] = conn.execute(
        "select nodes.customer_code from master.lines join master.services using (service_code)"
        " join master.nodes using (node_code) where line_id = %s",
        [line_id],
    ).fetchone() or [""]
    return str(code)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_alerts_just_over_its_limit_and_not_just_below(watched: Watched, rule: str):
    assert ["alert"] == list(watched.evidence(rule, f"{rule}/{OVER}/"))
    assert {} == watched.evidence(rule, f"{rule}/{BELOW}/")


def test_the_records_of_the_window_that_passed_are_the_evidence(watched: Watched):
    assert {"alert": ["velocity_1h/over/1", "velocity_1h/over/2"]} == watched.evidence("velocity_1h", "velocity_1h/")
    assert 11 == len(watched.evidence("overlap_channels", "overlap_channels/")["alert"])
    assert {"alert": [f"drip/over/{night}" for night in range(5)]} == watched.evidence("drip", "drip/")


def test_lines_of_too_few_customers_ringing_back_are_no_wave(watched: Watched):
    assert {} == watched.evidence("wangiri", "two/")


def test_a_line_that_was_never_seen_is_undecided_and_the_report_says_for_how_long(watched: Watched):
    assert {"not_enough_history": ["new/1"]} == watched.evidence("off_hours", "new/")
    quiet = watched.one(
        "select * from watch_reports.rpt_fraud_quiet where line_id = %s and rule_code = 'off_hours'", line(NEW)
    )
    assert "historique de 0\u00a0jour, il en faut 14" == quiet["reason"]


def test_a_silence_keeps_its_author_and_reason_in_the_report(watched: Watched):
    assert {"suppressed": ["silenced/1"]} == watched.evidence("velocity_1h", "silenced/")
    reasons = rows(watched.dsn, "select reason from watch_reports.rpt_fraud_quiet where reason_code = 'suppressed'")
    assert {"mis en sourdine par A. Martin\u00a0: télévente"} == {row["reason"] for row in reasons}


def test_a_customers_own_limit_wins_and_a_rule_may_be_off_for_one(watched: Watched):
    assert {"alert": ["own/1"]} == watched.evidence("velocity_1h", "own/")
    assert {} == watched.evidence("velocity_1h", "off/")


def test_a_record_without_an_amount_is_estimated_by_prefix_and_marked(watched: Watched):
    alert = watched.one("select * from watch_reports.fct_fraud_alerts where line_id = %s", line(ESTIMATED))
    assert alert["is_cost_estimated"]
    assert Decimal("0.45") * 60 == alert["cost_so_far"]  # Moroccan mobiles, an hour of them


def test_an_amount_in_another_currency_is_no_euros(watched: Watched):
    cost = watched.one("select * from rate.int_fraud__calls where line_id = %s", line(OTHER_CURRENCY))
    assert cost["is_cost_estimated"]
    assert Decimal("0.06") == cost["cost"]


def test_a_line_that_nobody_owns_is_watched_too(watched: Watched):
    alert = watched.one("select * from watch_reports.fct_fraud_alerts where line_id = %s", line(UNOWNED))
    assert alert["customer_code"] is None
    assert "velocity_1h" in alert["rule_codes"]


def test_incoming_calls_and_held_files_raise_nothing(watched: Watched):
    assert [] == rows(
        watched.dsn, "select 1 from rate.int_fraud__calls where line_id = any(%s)", [line(INCOMING), line(HELD)]
    )


def test_rules_of_one_line_and_day_make_one_alert_and_a_record_costs_once(watched: Watched):
    alert = watched.one("select * from watch_reports.fct_fraud_alerts where line_id = %s", line(61))
    assert "baseline, first_country, overlap_foreign" == alert["rule_codes"]
    assert (3, Decimal("11.70"), 1800) == (alert["call_count"], alert["cost_so_far"], alert["duration_seconds"])


def test_called_numbers_leave_the_rate_schema_masked_only(watched: Watched):
    text = str(rows(watched.dsn, "select * from watch_reports.fct_fraud_alerts"))
    text += str(rows(watched.dsn, 'select * from "check".int_fraud__evidence'))
    assert number(MOROCCO, 1) not in text
    assert "+212 60 00 XXXX" in text


def test_only_days_that_a_landing_touched_are_looked_at_again(watched: Watched, tmp_path: Path):
    with psycopg.connect(watched.dsn) as conn:
        conn.execute("insert into watch.runs (watched_until) select max(landed_at) from landing.usage_records")
        conn.execute("update watch.runs set watched_until = watched_until + interval '2 hours'")
        late = a_call("late/1", line(10), number(FIXED, 1), at(20), supplier_amount="50")
        insert_file(conn, "late", [late], landed_at=at(31, 23))
    build(watched.dsn, tmp_path, *SELECTION)

    days = rows(watched.dsn, 'select local_day from "check".int_fraud__days where is_watched order by 1')
    alerts = rows(watched.dsn, "select line_id, local_day from watch_reports.fct_fraud_alerts")

    assert [date(2026, 10, day) for day in (20, 21, 22, 23)] == [row["local_day"] for row in days]
    assert [{"line_id": line(10), "local_day": date(2026, 10, 20)}] == alerts
