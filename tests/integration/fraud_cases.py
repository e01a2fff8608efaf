"""Calls that take each fraud rule just over its limit, and calls that stay just below it; each case has lines of its own.

A record is named after its case, 'velocity_1h/over/3': the rule, the side, a number.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.integration.rate_rows import PARIS, Row, a_call, at

NOON = at(14, 12)  # a Wednesday
FIXED, UK, MOROCCO, MALDIVES, COMOROS = "+3353649", "+44207946", "+2126000", "+9602000", "+2693400"
OVER, BELOW = "over", "below"
Case = Callable[[str, bool], Iterator[Row]]
CASES: dict[str, Case] = {}


def number(start: str, rest: int) -> str:
    """A number of 12 characters that begins so."""
    return start + f"{rest:0{12 - len(start)}d}"


def line(place: int) -> str:
    return f"+331990{place:05d}"


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def call(name: str, place: int, called: str, started: datetime, seconds: int = 60, amount: str | None = "0.01") -> Row:
    """One call of the line at `place`; without an amount its cost is estimated."""
    silent: dict[str, Any] = {} if seconds else {"not_billable_reason": "zero_duration"}
    return a_call(
        name,
        line(place),
        called,
        started,
        duration_seconds=seconds,
        supplier_amount=amount,
        direction="outgoing",
        **silent,
    )


@case
def velocity_1h(name: str, is_over: bool) -> Iterator[Row]:
    place = 10 + is_over
    yield call(f"{name}/1", place, number(FIXED, 1), NOON, amount="10")
    yield call(f"{name}/2", place, number(FIXED, 2), NOON + timedelta(minutes=50), amount="10.01" if is_over else "10")
    yield call(f"{name}/3", place, number(FIXED, 3), NOON + timedelta(minutes=61), amount="1")


@case
def velocity_24h(name: str, is_over: bool) -> Iterator[Row]:
    place = 20 + is_over
    yield call(f"{name}/1", place, number(FIXED, 1), NOON, amount="25")
    yield call(f"{name}/2", place, number(FIXED, 2), NOON + timedelta(hours=24), amount="25.01" if is_over else "25")


@case
def velocity_month(name: str, is_over: bool) -> Iterator[Row]:
    """August cost 30.01 and September 40: the median month is 35.005, the limit thrice that."""
    place = 30 + is_over
    for days, amount in ((70, "30"), (40, "40"), (9, "45.03")):
        yield call(f"{name}/{days}", place, number(FIXED, 1), NOON - timedelta(days=days), amount=amount)
    yield call(f"{name}/0", place, number(FIXED, 1), NOON, amount="60" if is_over else "59.98")


@case
def off_hours(name: str, is_over: bool) -> Iterator[Row]:
    place = 40 + is_over
    yield call(f"{name}/1", place, number(UK, 1), at(14, 23, 50), 900)
    yield call(f"{name}/2", place, number(UK, 2), at(15, 1), 901 if is_over else 900)


@case
def first_country(name: str, is_over: bool) -> Iterator[Row]:
    """Three times Morocco in three days; below, the third call is too late or the country is known."""
    place = 50 + 2 * is_over
    for days in (0, 1, 2 if is_over else 4):
        yield call(f"{name}/{days}", place, number(MOROCCO, days), NOON + timedelta(days=days), amount="0.39")
    for days in (-60, 0, 1, 2):
        if not is_over:
            yield call(f"{name}/known/{days}", 51, number(MOROCCO, 9), NOON + timedelta(days=days), amount="0.39")


@case
def overlap_foreign(name: str, is_over: bool) -> Iterator[Row]:
    """Below, the third call starts in the second in which the first one ends."""
    place = 60 + is_over
    for started, called in ((0, 1), (60, 2), (599 if is_over else 600, 3)):
        yield call(f"{name}/{called}", place, number(MOROCCO, called), NOON + timedelta(seconds=started), 600, "3.90")


@case
def overlap_channels(name: str, is_over: bool) -> Iterator[Row]:
    for called in range(10 + is_over):
        yield call(f"{name}/{called}", 70 + is_over, number(FIXED, called), NOON + timedelta(seconds=called), 300)


@case
def talk_time(name: str, is_over: bool) -> Iterator[Row]:
    """Ten channels talk for 24 hours; one second more does not fit."""
    for called in range(10):
        yield call(f"{name}/{called}", 80 + is_over, number(FIXED, called), at(14, 0), 86400)
    if is_over:
        yield call(f"{name}/one_more", 81, number(FIXED, 11), NOON, 1)


@case
def wangiri(name: str, is_over: bool) -> Iterator[Row]:
    """Five lines ring one range back; below, the fifth comes after 72 hours, or is one of the four again."""
    start = COMOROS if is_over else "+2223400"
    for place in range(5):
        started = NOON + timedelta(hours=18 * place + (0 if is_over or place < 4 else 1))
        yield call(f"{name}/{place}", 90 + 5 * is_over + place, number(start, place), started, amount="0.50")
    for place in range(5):
        if not is_over:
            started = NOON + timedelta(hours=place)
            yield call(f"{name}/again/{place}", 250 + place % 4, number("+2243400", place), started, amount="0.50")


@case
def premium(name: str, is_over: bool) -> Iterator[Row]:
    for minute in range(9 + is_over):
        yield call(f"{name}/{minute}", 100 + is_over, "+33899000001", NOON + timedelta(minutes=6 * minute), 8, "1.5")


@case
def short_calls(name: str, is_over: bool) -> Iterator[Row]:
    """Fifty calls in ten minutes; four in five last less than six seconds, or one less does."""
    for place in range(50):
        seconds = place % 6 if place < 39 + is_over else 6
        yield call(
            f"{name}/{place}", 110 + is_over, number(FIXED, place * 7), NOON + timedelta(seconds=12 * place), seconds
        )


@case
def sequential(name: str, is_over: bool) -> Iterator[Row]:
    for place in range(20 + is_over):
        yield call(f"{name}/{place}", 120 + is_over, number(FIXED, place), NOON + timedelta(seconds=20 * place), 10)


@case
def long_call(name: str, is_over: bool) -> Iterator[Row]:
    yield call(f"{name}/1", 130 + is_over, number(UK, 1), NOON, 10800 + is_over)


@case
def test_number(name: str, is_over: bool) -> Iterator[Row]:
    """The list names +37120000."""
    yield call(f"{name}/1", 140 + is_over, "+37120000001" if is_over else "+37120010001", NOON, 5)


@case
def unknown_range(name: str, is_over: bool) -> Iterator[Row]:
    yield call(f"{name}/1", 150 + is_over, number("+210" if is_over else "+212", 1), NOON)


@case
def satellite(name: str, is_over: bool) -> Iterator[Row]:
    yield call(f"{name}/1", 160 + is_over, number("+8816" if is_over else "+8000", 1), NOON, 0)


@case
def high_risk(name: str, is_over: bool) -> Iterator[Row]:
    """Five calls to the Maldives in a day; below, four, or five by a customer who called on three days before."""
    for minute in range(4 + is_over):
        yield call(f"{name}/{minute}", 170 + 2 * is_over, number(MALDIVES, minute), NOON + timedelta(minutes=minute))
    for place in range(8):
        days = 7 * (place + 1) if place < 3 else 0
        if not is_over:
            yield call(
                f"{name}/usual/{place}", 171, number(MALDIVES, place), NOON - timedelta(days=days, minutes=place)
            )


@case
def drip(name: str, is_over: bool) -> Iterator[Row]:
    """Five nights of ten minutes to new numbers; below, four nights, or always the same number."""
    for night in range(4 + is_over):
        yield call(f"{name}/{night}", 180 + 2 * is_over, number(MOROCCO, night), at(3 + 2 * night, 23), 600, "1.2")
    for night in range(5):
        if not is_over:
            yield call(f"{name}/family/{night}", 181, number(MOROCCO, 7), at(3 + 2 * night, 23), 600, "1.2")


@case
def baseline(name: str, is_over: bool) -> Iterator[Row]:
    """Eight Wednesdays cost 1 to 8: median 4.5, median deviation 2, so 16.5 is the limit."""
    for week in range(1, 9):
        yield call(f"{name}/{week}", 190 + is_over, number(FIXED, 1), NOON - timedelta(weeks=week), amount=str(week))
    yield call(f"{name}/0", 190 + is_over, number(FIXED, 1), NOON, amount="16.51" if is_over else "16.5")


def every_call() -> list[Row]:
    """All cases, and one cheap call of every line on the first of August: rules that ask for history have it."""
    rows = [
        row for rule, make in CASES.items() for side in (OVER, BELOW) for row in make(f"{rule}/{side}", side == OVER)
    ]
    first = datetime(2026, 8, 1, 12, tzinfo=PARIS).astimezone(UTC)
    seen = sorted({str(row["line_id"]) for row in rows})
    return [a_call(f"history/{line_id}", line_id, number(FIXED, 0), first) for line_id in seen] + rows
