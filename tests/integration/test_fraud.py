"""The labelled fortnight: both frauds found the same hour, what is honest stays quiet, and by what landings it costs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import fraud_sample
from tests.integration.dbt_build import build
from tests.integration.fraud_sample import LABELS, PARIS, SELECTION, Call, cost_known_by, honest_but_odd, rows

pytestmark = pytest.mark.skipif(not LABELS.exists(), reason="the labelled fortnight is not on this machine")
IRSF, WANGIRI = "A-irsf-weekend", "C-wangiri"
ALERTS = """
select alerts.*, array(
    select distinct usage_id from "check".int_fraud__evidence as evidence
    where evidence.alert_key = alerts.alert_key and status = 'alert'
) as usage_ids
from watch_reports.fct_fraud_alerts as alerts order by fired_at
"""


@dataclass(frozen=True)
class Fortnight:
    """The sample, watched; `history` fortnights of honest calls came before it."""

    dsn: str = field(repr=False)
    sample: list[Call]

    def alerts(self) -> dict[str, list[dict[str, Any]]]:
        """By the incident that most of an alert's records belong to; '' for false alerts."""
        incident_of = {f"call-{call.source_line}": call.incident for call in self.sample}
        found: dict[str, list[dict[str, Any]]] = {IRSF: [], WANGIRI: [], "": []}
        for alert in rows(self.dsn, ALERTS):
            names = [incident_of.get(usage_id, "") for usage_id in alert["usage_ids"]]
            found[max(found, key=names.count)].append(alert)
        return found


def fortnight(server: ServerInfo, folder: Path, name: str, history: int = 0, **variables: str) -> Fortnight:
    dsn = embedded_postgres.create_database(server, name)
    migrate(dsn)
    sample = fraud_sample.calls()
    with psycopg.connect(dsn) as conn:
        fraud_sample.land(conn, [*fraud_sample.earlier(sample, history), *sample])
        fraud_sample.insert_owners(conn, [call.line_id for call in sample])
    build(dsn, folder, *SELECTION, **variables)
    return Fortnight(dsn, sample)


@pytest.fixture(scope="module")
def watched(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortnight]:
    """As it is: no history before it."""
    yield fortnight(postgres_server, tmp_path_factory.mktemp("dbt"), "fraud_fortnight")
    embedded_postgres.drop_database(postgres_server, "fraud_fortnight")


@pytest.fixture(scope="module")
def seasoned(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fortnight]:
    """After twelve weeks: its honest calls, six times before it."""
    yield fortnight(postgres_server, tmp_path_factory.mktemp("dbt"), "fraud_seasoned", history=6)
    embedded_postgres.drop_database(postgres_server, "fraud_seasoned")


def next_landing(fired_at: datetime, every: str) -> datetime:
    """The hourly landing, or the daily one: at 05:00 UTC, the files of the Paris day before."""
    if every == "hour":
        return fired_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    day = fired_at.astimezone(PARIS).date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def test_both_frauds_are_found_and_no_honest_line_is_alerted(watched: Fortnight):
    found = watched.alerts()
    irsf_ids = {usage_id for alert in found[IRSF] for usage_id in alert["usage_ids"]}
    wangiri_ids = {usage_id for alert in found[WANGIRI] for usage_id in alert["usage_ids"]}

    assert 3 == len(found[IRSF])  # the line, on each of its three days
    assert {"+33199002011"} == {alert["line_id"] for alert in found[IRSF]}
    assert 617 == len(irsf_ids & {f"call-{c.source_line}" for c in watched.sample if c.incident == IRSF})
    assert 18 == len(wangiri_ids & {f"call-{c.source_line}" for c in watched.sample if c.incident == WANGIRI})
    assert {"wangiri"} == {alert["rule_codes"] for alert in found[WANGIRI]}
    assert [] == found[""]


def test_with_a_history_the_rules_that_need_one_find_the_frauds_too_and_still_no_honest_line(seasoned: Fortnight):
    found = seasoned.alerts()
    rules = {rule for alert in found[IRSF] for rule in alert["rule_codes"].split(", ")}

    assert {
        "off_hours",
        "first_country",
        "high_risk",
        "baseline",
        "velocity_month",
        "overlap_foreign",
        "velocity_1h",
    } <= rules
    assert 3 == len(found[IRSF])
    assert found[WANGIRI]
    assert [] == found[""]


def test_what_is_honest_and_odd_is_quiet_or_listed_with_the_reason(watched: Fortnight):
    odd = honest_but_odd()
    listed = rows(
        watched.dsn, "select line_id, reason_code from watch_reports.rpt_fraud_quiet where line_id = any(%s)",
        list(odd.values()),
    )  # fmt: skip
    assert {odd["travel agency"]} == {row["line_id"] for row in listed}  # the hotline and the conference raise nothing
    assert {"not_enough_history"} == {row["reason_code"] for row in listed}


def test_the_landing_after_the_first_long_call_finds_the_fraud_and_the_one_before_does_not(
    postgres_server: ServerInfo, tmp_path: Path, watched: Fortnight
):
    [first, *_] = watched.alerts()[IRSF]
    landing = next_landing(first["fired_at"], "hour")
    seen = {}
    for moment in (landing - timedelta(hours=1), landing):
        name = f"fraud_at_{moment:%H}"
        seen[moment] = fortnight(postgres_server, tmp_path, name, as_of=moment.isoformat()).alerts()
        embedded_postgres.drop_database(postgres_server, name)

    assert [] == seen[landing - timedelta(hours=1)][IRSF]
    [alert] = seen[landing][IRSF]
    assert "velocity_1h" in alert["rule_codes"]
    assert 200 > cost_known_by(watched.sample, IRSF, landing)  # of 14,269


def test_the_figures_of_the_how_to_guide(watched: Fortnight, seasoned: Fortnight):
    """Printed with `pytest -s`; docs/how-to/fraud.md holds the table, and this holds the table to them."""
    guide = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "fraud.md").read_text(encoding="utf-8")
    for name, what in ((IRSF, "hacked PBX"), (WANGIRI, "call-backs")):
        for world, history in ((watched, "none"), (seasoned, "12 weeks")):
            fired_at = min(alert["fired_at"] for alert in world.alerts()[name])
            costs = [cost_known_by(world.sample, name, next_landing(fired_at, every)) for every in ("hour", "day")]
            line = f"| {what} | {history} | {fired_at.astimezone(PARIS):%d/%m %H:%M} | {costs[0]:.2f} € | {costs[1]:.2f} € |"
            print(line)
            assert line in guide
    false_alerts = [len(world.alerts()[""]) for world in (watched, seasoned)]
    call_counts = [
        rows(world.dsn, "select count(*) as n from rate.int_fraud__calls")[0]["n"] for world in (watched, seasoned)
    ]
    per_10000 = [Decimal(found) * 10000 / calls for found, calls in zip(false_alerts, call_counts, strict=True)]
    print("calls", call_counts)
    print("false alerts per 10,000 calls", per_10000)
    assert [0, 0] == per_10000
