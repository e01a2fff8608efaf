"""Completeness in a real database: eight sources of different habits, one dbt build, then what it says of each."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dateutil.easter import easter
from psycopg.rows import dict_row

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build
from tests.integration.rate_rows import PARIS, Row, a_call, insert, insert_file

AS_OF = "2026-11-20 08:00:00+00"  # a Friday; with 24 hours allowed, Wednesday the 18th is the last day that is due
FIRST, LAST = date(2026, 9, 1), date(2026, 11, 19)
DAYS = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
MISSING_DAY, BUSY_DAY, HOLIDAY = date(2026, 11, 3), date(2026, 11, 17), date(2026, 11, 11)
STEADY_DAY = date(2026, 11, 18)  # one call more, where every day before had the same count
SELECT = ("--select", "+fct_silence_alerts")


def a_source(source_code: str, expected_every: str | None, **changes: Any) -> Row:
    return {
        "source_code": source_code,
        "description_digest": "d",
        "expected_every": expected_every,
        "lateness_hours": 24,
        "is_empty_day_a_file": True,
        "known_at": datetime(2026, 11, 10, 6, tzinfo=UTC),
        **changes,
    }


def deliver(
    conn: psycopg.Connection[Any], source_code: str, day: date, call_count: int, name: str = "", **facts: Any
) -> None:
    """One file of a day's calls, delivered on the next morning; an empty one has the bytes of any other empty one."""
    name = name or f"{source_code}_{day:%Y%m%d}.csv"
    file_id = f"{source_code}-{name}" if call_count else f"{source_code}-empty"
    held = {"hold_reason": facts.pop("hold_reason")} if "hold_reason" in facts else {}
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=PARIS)
    calls = [a_call(f"{name}-{number}", "+33199001001", "+33261910001", noon) for number in range(call_count)]
    landed_at = noon + timedelta(hours=18)
    if not conn.execute("select 1 from landing.usage_files where file_id = %s", (file_id,)).fetchone():
        insert_file(conn, file_id, calls, source_code=source_code, landed_at=landed_at, **held)
    delivery = {"file_id": file_id, "source_file": name, "source_code": source_code, "delivered_at": landed_at}
    insert(conn, "landing.file_deliveries", [{"named_day": day, **delivery, **facts}])


def land(conn: psycopg.Connection[Any]) -> None:
    insert(
        conn,
        "landing.sources",
        [
            a_source("daily", "day"),
            a_source("silent", "day"),
            a_source("numbered", "day", is_sequence_continuous=True),
            a_source("office", "weekday"),
            a_source("calm", "day", is_empty_day_a_file=False),
            a_source("hourly", "hour"),
            a_source("weekly", "week", lateness_hours=72),
            a_source("never", "day"),
            a_source("unpromised", None),
        ],
    )
    for number, day in enumerate(DAYS, start=1):
        is_sunday = day.isoweekday() == 7
        if day != MISSING_DAY:
            deliver(conn, "daily", day, 0 if is_sunday else 60 if day == BUSY_DAY else 20 + day.day % 2)
        if day <= date(2026, 11, 15):
            deliver(conn, "silent", day, 1)
        if number not in (60, 61, 63):
            deliver(
                conn,
                "numbered",
                day,
                2 if day == STEADY_DAY else 1,
                sequence_number=number if number < 40 else number - 39,
            )
        if day.isoweekday() <= 5 and day != HOLIDAY:
            deliver(conn, "office", day, 1)
        if not is_sunday and day not in (date(2026, 11, 12), date(2026, 11, 18)):
            deliver(conn, "calm", day, 12)
        if is_sunday:
            deliver(conn, "weekly", day - timedelta(days=3), 5)
    deliver(conn, "daily", BUSY_DAY, 0, "daily_20261117.csv")  # the same name on the same day is no second file
    deliver(conn, "unpromised", date(2026, 11, 5), 3, named_day=None)
    for hour in range(25):  # the clock goes back on 25 October: the day has 25 hours
        deliver(conn, "hourly", date(2026, 10, 25), 1, f"hourly_20261025_{hour:02}.csv")
    for hour in range(23):
        deliver(conn, "hourly", date(2026, 10, 26), 1, f"hourly_20261026_{hour:02}.csv")
    deliver(conn, "hourly", date(2026, 10, 27), 1, "hourly_held.csv", hold_reason="trailer_disagrees")


class Report:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def rows(self, query: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as conn:
            return conn.execute(query).fetchall()

    def day(self, source_code: str, day: date) -> dict[str, Any]:
        [row] = self.rows(
            "select * from watch_reports.rpt_source_completeness"
            f" where source_code = '{source_code}' and local_day = '{day}'"
        )
        return row


@pytest.fixture(scope="module")
def report(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    dsn = embedded_postgres.create_database(postgres_server, "completeness")
    migrate(dsn)
    with psycopg.connect(dsn) as conn:
        land(conn)
    dbt_build.build(dsn, tmp_path_factory.mktemp("dbt"), *SELECT, as_of=AS_OF)
    yield Report(dsn)
    embedded_postgres.drop_database(postgres_server, "completeness")


def test_a_day_without_its_file_is_missing_and_an_empty_file_is_not(report: Report) -> None:
    missing, sunday, plain = (report.day("daily", day) for day in (MISSING_DAY, date(2026, 11, 15), date(2026, 11, 16)))

    assert ("missing", 1, 0, 0) == tuple(
        missing[key] for key in ("state", "expected_files", "delivered_files", "empty_files")
    )
    assert ("complete", 1, 1, 1) == tuple(
        sunday[key] for key in ("state", "expected_files", "delivered_files", "empty_files")
    )
    assert "complete" == plain["state"]


def test_a_day_that_is_not_due_yet_is_waited_for(report: Report) -> None:
    waited = report.day("silent", LAST)

    assert "waiting" == waited["state"]
    assert "21/11/2026" in waited["words"]


def test_a_volume_unlike_its_past_is_a_drift_and_one_record_more_is_not(report: Report) -> None:
    """Tuesdays hold 20 or 21 calls: the median absolute deviation is under one."""
    drift, usual = report.day("daily", BUSY_DAY), report.day("daily", date(2026, 11, 18))

    assert ("drift", 60) == (drift["state"], drift["record_count"])
    assert 20 <= drift["median_records"] <= 21
    assert drift["mad_records"] <= 1
    assert "complete" == usual["state"]
    steady = report.day("numbered", STEADY_DAY)
    assert ("complete", 2, 0) == (steady["state"], steady["record_count"], steady["mad_records"])
    assert "daily" in [row["source_code"] for row in report.rows(DRIFTS)]


DRIFTS = "select source_code from watch_reports.fct_silence_alerts where alert_kind = 'drift'"


def test_under_four_days_of_the_same_weekday_no_volume_is_judged(report: Report) -> None:
    young, old = report.day("daily", date(2026, 9, 22)), report.day("daily", date(2026, 9, 29))

    assert ("not_enough_past", 3) == (young["state"], young["past_count"])
    assert ("complete", 4) == (old["state"], old["past_count"])


def test_a_hole_in_a_continuous_sequence_is_named_and_a_counter_that_starts_again_is_none(report: Report) -> None:
    holes = report.rows(
        "select local_day, missing_sequence from watch_reports.rpt_source_completeness"
        " where source_code = 'numbered' and missing_sequence is not null order by local_day"
    )

    assert [(FIRST + timedelta(days=61), "21 à 22"), (FIRST + timedelta(days=63), "24")] == [
        (row["local_day"], row["missing_sequence"]) for row in holes
    ]


def test_a_source_of_working_days_promises_nothing_on_weekends_and_french_holidays(report: Report) -> None:
    days = report.rows(
        "select local_day, state from watch_reports.rpt_source_completeness where source_code = 'office'"
    )

    assert HOLIDAY not in {row["local_day"] for row in days}
    assert {row["local_day"].isoweekday() for row in days} == {1, 2, 3, 4, 5}
    assert "missing" not in {row["state"] for row in days}


def test_where_a_day_without_calls_has_no_file_only_an_unusual_silence_is_missing(report: Report) -> None:
    sunday, thursday = report.day("calm", date(2026, 11, 15)), report.day("calm", date(2026, 11, 12))

    assert ("complete", 0) == (sunday["state"], sunday["delivered_files"])
    assert "missing" == thursday["state"]


def test_hours_are_counted_by_the_paris_clock(report: Report) -> None:
    long_day, short_day = report.day("hourly", date(2026, 10, 25)), report.day("hourly", date(2026, 10, 26))

    assert (25, 25, "not_enough_past") == tuple(long_day[key] for key in ("expected_files", "delivered_files", "state"))
    assert (24, 23, "hole") == tuple(short_day[key] for key in ("expected_files", "delivered_files", "state"))
    assert "00, 01" in short_day["silent_hours"]
    assert "12" not in short_day["silent_hours"]
    assert "held" == report.day("hourly", date(2026, 10, 27))["state"]


def test_a_week_is_one_row_and_its_file_may_come_on_any_of_its_days(report: Report) -> None:
    weeks = report.rows(
        "select local_day, state, delivered_files from watch_reports.rpt_source_completeness"
        " where source_code = 'weekly'"
    )

    assert {7} == {row["local_day"].isoweekday() for row in weeks}
    assert {1} == {row["delivered_files"] for row in weeks}
    assert "complete" in {row["state"] for row in weeks}


def test_a_source_that_promised_nothing_is_shown_and_never_alerts(report: Report) -> None:
    shown = report.day("unpromised", date(2026, 11, 5))

    assert (0, 1, "not_enough_past") == tuple(shown[key] for key in ("expected_files", "delivered_files", "state"))
    assert "unpromised" not in {
        row["source_code"] for row in report.rows("select * from watch_reports.fct_silence_alerts")
    }


def test_a_silent_source_alerts_once_its_day_and_its_lateness_have_passed(report: Report) -> None:
    silences = {
        row["source_code"]: (row["silent_since"], row["missing_days"])
        for row in report.rows("select * from watch_reports.rpt_silent_sources")
    }

    assert (date(2026, 11, 16), 3) == silences["silent"]
    assert (date(2026, 11, 10), 9) == silences["never"]  # since it was described
    assert not {"daily", "calm", "numbered", "office", "weekly"} & set(silences)


def test_a_day_that_never_came_is_told_though_the_source_speaks_again(report: Report) -> None:
    holes = report.rows("select source_code, since_day from watch_reports.fct_silence_alerts where alert_kind = 'hole'")

    assert {("daily", MISSING_DAY), ("calm", date(2026, 11, 18))} <= {tuple(row.values()) for row in holes}


def test_an_alert_is_said_in_words_and_keeps_its_key_while_it_lasts(report: Report, tmp_path: Path) -> None:
    query = "select alert_key, words from watch_reports.fct_silence_alerts where source_code = 'silent'"
    [today] = report.rows(query)

    dbt_build.build(report.dsn, tmp_path, *SELECT, as_of="2026-11-21 08:00:00+00")
    [tomorrow] = report.rows(query)
    dbt_build.build(report.dsn, tmp_path, *SELECT, as_of=AS_OF)

    assert today["alert_key"] == tomorrow["alert_key"]
    assert "muette depuis le 16/11/2026" in today["words"]
    assert ("3 livraisons", "4 livraisons") == (
        today["words"].split("\u00a0: ")[1][:12],
        tomorrow["words"].split("\u00a0: ")[1][:12],
    )


FIXED_HOLIDAYS = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]


def test_french_holidays_are_those_of_the_law_over_a_century(report: Report) -> None:
    """Article L. 3133-1 of the Code du travail."""
    found = {row["local_day"] for row in report.rows('select local_day from "check".int_completeness__holidays')}
    years = range(2000, 2101)

    assert found == {date(year, *day) for year in years for day in FIXED_HOLIDAYS} | {
        easter(year) + timedelta(days=days) for year in years for days in (1, 39, 50)
    }
