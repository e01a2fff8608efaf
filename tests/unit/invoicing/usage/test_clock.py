"""Starts in local time, in the order of a file."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.clock import StartReader
from invoicing.usage.source import StartColumns

PARIS = ZoneInfo("Europe/Paris")
WRITING = "YYYY-MM-DD hh:mm:ss"


def reader(writing: str = WRITING, time_zone: str = "Europe/Paris") -> StartReader:
    return StartReader(StartColumns((1,), writing, time_zone))


def utc_and_guess(*texts: str) -> list[tuple[str, bool]]:
    """Hour and minute in UTC, and whether it is a guess."""
    read = reader().read
    return [
        (f"{datetime.fromtimestamp(start[2], UTC):%H:%M}", start[3]) for start in map(read, texts) if start is not None
    ]


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)), st.sampled_from(["Europe/Paris", "America/New_York"]))
def test_a_start_is_the_instant_that_the_suppliers_clock_shows(moment: datetime, time_zone: str):
    moment = moment.replace(microsecond=0, fold=0)
    local = moment.replace(tzinfo=ZoneInfo(time_zone))

    start = reader(time_zone=time_zone).read(f"{moment:%Y-%m-%d %H:%M:%S}")

    assert start is not None
    started_at, local_day, epoch, comes_twice = start
    if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != moment:
        assert started_at is None
    else:
        assert started_at is not None
        assert datetime.fromisoformat(started_at).timestamp() == epoch == local.timestamp()
        assert local_day == local.astimezone(PARIS).date().isoformat()
        assert comes_twice == (local.utcoffset() != local.replace(fold=1).utcoffset())


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-31 10:15:30", "2026-13-01 10:15:30", "0000-01-01 00:00:00", "2026-02-29 00:00:00", "2026-10-03 24:00:00",
        "2026-10-03 10:60:00", "2026-10-03 10:15:60", "2026-10-03 10:15", "2026-10-3 10:15:30", "2026-10-03T10:15:30",
        "2026-10-03 10:15:30 ", "", "2026-10-0٣ 10:15:30", "2026-10-03 10:15:3٠",
    ],
)  # fmt: skip
def test_another_writing_or_no_day_of_the_calendar_is_no_start(text: str):
    assert reader().read(text) is None


@pytest.mark.parametrize(
    ("writing", "text", "started_at"),
    [
        ("DD/MM/YYYY", "03/10/2026", "2026-10-03 00:00:00+02:00:00"),
        ("YYYYMMDDhhmmss", "20261003101530", "2026-10-03 10:15:30+02:00:00"),
        ("hh YYYY.MM.DD", "10 2026.10.03", "2026-10-03 10:00:00+02:00:00"),
        ("DD/MM/YYYY hh:ss:mm", "03/10/2026 10:30:15", "2026-10-03 10:15:30+02:00:00"),
        ("YYYY-MM-DD hh:mm", "2026-01-03 10:15", "2026-01-03 10:15:00+01:00:00"),
    ],
)
def test_places_are_read_where_the_description_puts_them(writing: str, text: str, started_at: str):
    start = reader(writing).read(text)

    assert start is not None
    assert start[0] == started_at


def test_the_hour_that_never_comes_is_no_instant():
    assert reader().read("2026-03-29 02:30:00") == (None, None, 1774751400, False)


def test_the_hour_that_comes_twice_is_told_by_the_order_of_the_file():
    times = ("01:59", "02:10", "02:30", "02:45", "02:05", "02:30", "02:50", "03:00")

    assert utc_and_guess(*(f"2026-10-25 {time}:00" for time in times)) == [
        ("23:59", False), ("00:10", True), ("00:30", True), ("00:45", True), ("01:05", True), ("01:30", True),
        ("01:50", True), ("02:00", False),
    ]  # fmt: skip


def test_a_file_in_another_order_than_time_steps_back_only_inside_that_hour():
    """Two lines after each other: 02:40 of one, then the next begins at 01:10 and comes to 02:20 in its first pass."""
    times = ("02:40", "01:10", "02:20")

    assert [utc for utc, _ in utc_and_guess(*(f"2026-10-25 {time}:00" for time in times))] == [
        "00:40",
        "23:10",
        "00:20",
    ]


def test_calls_of_other_days_between_two_starts_do_not_hide_the_step_back():
    texts = ("2026-10-25 02:40:00", "2026-10-24 12:00:00", "2026-10-25 02:10:00")

    assert [utc for utc, _ in utc_and_guess(*texts)] == ["00:40", "10:00", "01:10"]


@given(st.lists(st.integers(0, 1799), min_size=1), st.lists(st.integers(1800, 3599), min_size=1))
def test_two_passes_in_order_are_told_apart(second_pass: list[int], first_pass: list[int]):
    starts = [
        datetime(2026, 10, 25, 2) + timedelta(seconds=seconds)
        for part in (first_pass, second_pass)
        for seconds in sorted(part)
    ]
    hours = [utc[:2] for utc, _ in utc_and_guess(*(f"{start:%Y-%m-%d %H:%M:%S}" for start in starts))]

    assert hours == ["00"] * len(first_pass) + ["01"] * len(second_pass)


def test_a_call_belongs_to_the_paris_day_of_its_start():
    read = reader(time_zone="America/New_York").read

    assert read("2026-10-31 18:58:00") == ("2026-10-31 18:58:00-04:00:00", "2026-10-31", 1793487480, False)
    assert read("2026-10-31 19:10:00") == ("2026-10-31 19:10:00-04:00:00", "2026-11-01", 1793488200, False)


@pytest.mark.parametrize("text", ["0001-01-01 12:00:00", "9999-12-31 12:00:00"])
def test_the_first_and_last_year_of_the_calendar_have_no_paris_day_elsewhere(text: str):
    assert reader(time_zone="America/New_York").read(text) is None
    assert reader().read(text) is not None
