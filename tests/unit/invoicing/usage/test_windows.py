"""Paris days for an API, and the moment from which a source is silent."""

from datetime import UTC, date, datetime, timedelta

import pytest

from invoicing.usage.windows import expected, is_final, past_windows, placeholders, window

AUTUMN, SPRING = date(2026, 10, 25), date(2026, 3, 29)


def test_a_day_is_a_paris_day_of_23_24_or_25_hours():
    lengths = [found.ends_at - found.starts_at for found in map(window, (SPRING, date(2026, 7, 1), AUTUMN))]

    assert lengths == [timedelta(hours=hours) for hours in (23, 24, 25)]
    assert window(AUTUMN).starts_at == datetime(2026, 10, 24, 22, tzinfo=UTC)


def test_past_days_end_with_the_last_one_that_is_over_in_paris():
    before, after = (datetime(2026, 10, 4, hour, 59, tzinfo=UTC) for hour in (21, 22))

    assert [found.day.day for found in past_windows(before, 2)] == [2, 3]
    assert [found.day.day for found in past_windows(after, 2)] == [3, 4]


def test_a_day_is_final_once_its_lateness_is_over():
    day = window(date(2026, 10, 4))

    assert is_final(day, day.ends_at + timedelta(hours=24), 24)
    assert not is_final(day, day.ends_at + timedelta(hours=23, minutes=59), 24)


@pytest.mark.parametrize(
    ("writing", "excluded", "included"),
    [
        ("date", ("2026-10-25", "2026-10-26"), ("2026-10-25", "2026-10-25")),
        ("utc", ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), ("2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z")),
        (
            "paris",
            ("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
            ("2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59+01:00"),
        ),
        ("epoch", ("1792879200", "1792969200"), ("1792879200", "1792969199")),
    ],
)
def test_both_ends_are_written_as_the_api_wants(writing: str, excluded: tuple[str, str], included: tuple[str, str]):
    for is_included, (start, end) in ((False, excluded), (True, included)):
        assert placeholders(window(AUTUMN), writing, is_until_included=is_included, account="a") == {
            "from": start, "until": end, "account": "a",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("every", "promised"),
    [
        ("hour", (True, True, True)),
        ("day", (True, True, True)),
        ("weekday", (True, False, False)),
        ("week", (False, True, False)),
        ("month", (False, False, True)),
        (None, (False, False, False)),
    ],
)
def test_a_rhythm_promises_its_days_only(every: str | None, promised: tuple[bool, ...]):
    friday, sunday, saturday_the_31st = date(2026, 10, 30), date(2026, 11, 1), date(2026, 10, 31)

    assert tuple(expected(every, 0, day) is not None for day in (friday, sunday, saturday_the_31st)) == promised


def test_a_source_is_silent_when_its_lateness_has_passed_after_its_day():
    awaited = expected("day", 24, AUTUMN)

    assert awaited is not None
    assert awaited.since == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert awaited.silent_at == datetime(2026, 10, 26, 23, tzinfo=UTC)
