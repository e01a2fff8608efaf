"""Copier meters in a real database: what is billed, and what becomes a task for a person instead."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build
from tests.integration.meter_rows import MASTER, READINGS, SAMPLE, monthly, sample_readings
from tests.integration.rate_rows import insert_file, insert_master

AS_OF = "2026-11-10 08:00:00+00"
SELECT = ("--select", "+rpt_meter_tasks", "int_meters__usage", "rate_no_page_count_is_negative")


class Meters:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.dsn, row_factory=dict_row) as conn:
            return conn.execute(query, values).fetchall()

    def usage(self, line_id: str) -> list[tuple[date, int]]:
        """Day and pages of what is billed to a machine's black counter."""
        query = (
            "select * from rate.int_meters__usage where line_id = %s and usage_type = 'page_black' order by started_at"
        )
        return [(row["local_day"], row["page_count"]) for row in self.rows(query, line_id)]

    def tasks(self, line_id: str) -> list[tuple[str, date]]:
        query = "select * from watch_reports.rpt_meter_tasks where line_id = %s order by read_at, task_kind"
        return [(row["task_kind"], row["local_day"]) for row in self.rows(query, line_id)]


@pytest.fixture(scope="module")
def meters(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meters]:
    dsn = embedded_postgres.create_database(postgres_server, "meters")
    migrate(dsn)
    with psycopg.connect(dsn) as conn:
        for table, rows in MASTER.items():
            insert_master(conn, table, rows)
        insert_file(conn, "readings", READINGS, source_code="relevés")
        insert_file(conn, "cut", monthly("PLAIN", 5, 9), source_code="relevés", hold_reason="trailer_disagrees")
        if SAMPLE.exists():
            sample = sample_readings()
            for part in range(3):  # split by every third line, and the last part twice under other bytes
                insert_file(conn, f"sample-{part}", sample[part::3], source_code="sample")
            insert_file(conn, "sample-again", sample[2::3], source_code="sample")
    dbt_build.build(dsn, tmp_path_factory.mktemp("dbt"), *SELECT, as_of=AS_OF)
    yield Meters(dsn)
    embedded_postgres.drop_database(postgres_server, "meters")


AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 30), date(2026, 9, 30), date(2026, 10, 30)
CASES = {
    "a first reading is where counting starts once a person says so": (
        "PLAIN",
        [(SEPTEMBER, 500), (OCTOBER, 200)],
        [("start", AUGUST)],
    ),
    "a counter that went back asks, and so do the pages after it, but not those beyond": (
        "RESET",
        [(date(2026, 11, 5), 50)],
        [("start", AUGUST), ("negative", SEPTEMBER), ("follows", OCTOBER)],
    ),
    "the same reading again is no task, and a counter that stands still bills nothing": (
        "AGAIN",
        [(SEPTEMBER, 500)],
        [("start", AUGUST)],
    ),
    "two readings at one instant": ("TWO", [], [("start", AUGUST), ("conflict", SEPTEMBER), ("follows", OCTOBER)]),
    "a late reading bills its pages on its own day, and says so": (
        "LATE",
        [(date(2026, 10, 4), 300), (OCTOBER, 100)],
        [("start", AUGUST), ("late", date(2026, 10, 4))],
    ),
    "an estimate waits for the measured reading, which counts from before it": (
        "GUESS",
        [(OCTOBER, 600)],
        [("start", AUGUST), ("late", OCTOBER), ("estimated", date(2026, 11, 5))],
    ),
    "a measured reading below the estimate": ("HIGH", [], [("start", AUGUST), ("below_estimate", OCTOBER)]),
    "a machine taken away without a last reading": (
        "OLD",
        [],
        [("start", AUGUST), ("final", date(2026, 9, 14))],
    ),
    "a machine that takes its place": ("NEW", [(OCTOBER, 100)], [("start", SEPTEMBER)]),
    "a machine silent at the end of a period": ("SILENT", [], [("start", AUGUST), ("missing", date(2026, 10, 31))]),
    "one serial number in three writings is one machine, under the master's writing": (
        "FIC001",
        [(SEPTEMBER, 100), (OCTOBER, 200)],
        [("start", AUGUST)],
    ),
    "a jump beyond the machine's own past": (
        "JUMP",
        [(date(2026, month, 30), pages) for month, pages in zip(range(5, 10), (100, 110, 90, 105, 95), strict=True)],
        [("start", date(2026, 4, 30)), ("jump", OCTOBER)],
    ),
    "a million pages in a month, without a past": (
        "WILD",
        [],
        [("start", AUGUST), ("jump", SEPTEMBER), ("missing", date(2026, 10, 31))],
    ),
    "a machine that changed service between two readings": (
        "PASSED",
        [(SEPTEMBER, 200)],
        [("start", AUGUST), ("moved", OCTOBER)],
    ),
    "a first reading that a person entered is a start": (
        "HANDED",
        [(SEPTEMBER, 80)],
        [("missing", date(2026, 10, 31))],
    ),
    "a reading without a counter": ("MUTE", [], [("no_counter", OCTOBER)]),
    "a counter that is no whole number": ("ODD", [], [("conflict", OCTOBER)]),
    "a machine that the source does not bill": ("STOPPED", [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_readings_become_pages_or_tasks(meters: Meters, case: str) -> None:
    line_id, usage, tasks = CASES[case]

    assert usage == meters.usage(line_id)
    assert tasks == meters.tasks(line_id)


def test_each_reading_line_has_one_outcome_and_its_reason(meters: Meters) -> None:
    outcomes = meters.rows("select * from rate.int_meters__outcomes where file_id in ('readings', 'cut')")
    found = {(row["file_id"], row["source_line"]): (row["outcome"], row["reason"]) for row in outcomes}
    by_serial: dict[str, list[tuple[str, str]]] = {}
    for line, reading in enumerate(READINGS, start=2):
        by_serial.setdefault(reading["line_id"], []).append(found["readings", line])
    merged, task = ("merged", "reading"), ("held", "meter_task")

    assert len(READINGS) + 2 == len(outcomes)
    assert {("held", "file_held")} == {found["cut", 2], found["cut", 3]}
    assert [task, merged, merged] == by_serial["PLAIN"]
    assert [task, task, task, merged] == by_serial["RESET"]
    assert [task, merged, merged, ("duplicate", "reading_repeated")] == by_serial["AGAIN"]
    assert [task, task, merged] == [*by_serial["TWO"][:2], by_serial["LATE"][1]]
    assert [task, merged, merged, task] == by_serial["GUESS"]
    assert [("not_billable", "no_contract")] == by_serial["STOPPED"]
    assert [task] == by_serial["MUTE"] == by_serial["ODD"]


def test_a_task_says_in_french_what_was_read_and_what_can_be_answered(meters: Meters) -> None:
    query = "select * from watch_reports.rpt_meter_tasks where line_id = %s and task_kind = %s"
    [reset], [late], [new] = (
        meters.rows(query, *key) for key in (("RESET", "negative"), ("LATE", "late"), ("NEW", "start"))
    )

    assert "noir\u00a0: 1\u202f000 → 200 (−800)" == reset["counters"]
    assert "Compteur en baisse" in reset["words"]
    assert (3, False) == (late["days_late"], late["is_holding"])
    assert "Relevé 3\u00a0jours après la fin de la période" in late["words"]
    assert "qui remplace OLD" in new["words"]


@pytest.mark.skipif(not SAMPLE.exists(), reason="shared/samples/meters is not here")
def test_the_sample_bills_each_machine_from_its_first_reading_to_its_last(meters: Meters) -> None:
    """Twelve machines, three readings; five print in black only. Split over files and repeated, the pages are the same."""
    readings = sorted(sample_readings(), key=lambda reading: reading["started_at"])
    spans: dict[tuple[str, str], list[int]] = {}
    for reading in readings:
        for usage_type, counter in reading["counters"].obj.items():
            if counter is not None:
                spans.setdefault((reading["line_id"], usage_type), []).append(counter)
    rows = meters.rows(
        "select line_id, usage_type, sum(page_count) as pages from rate.int_meters__usage"
        " where source_code = 'sample' group by 1, 2"
    )
    outcomes = meters.rows("select outcome, reason from rate.int_meters__outcomes where source_code = 'sample'")

    assert {key: counters[-1] - counters[0] for key, counters in spans.items()} == {
        (row["line_id"], row["usage_type"]): row["pages"] for row in rows
    }
    assert {("held", "meter_task"): 12, ("merged", "reading"): 24, ("duplicate", "reading_repeated"): 12} == Counter(
        (row["outcome"], row["reason"]) for row in outcomes
    )
