"""Dates of a bill run."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.periods import bill_run_dates, month_after, month_before


def test_without_dates_the_run_bills_the_month_before_and_issues_today_in_paris():
    late_on_the_first_in_utc = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # 00:30 of 1 December in Paris

    dates = bill_run_dates(late_on_the_first_in_utc, None, None)

    assert (date(2026, 11, 1), date(2026, 12, 1), date(2026, 12, 1)) == (
        dates.period_start,
        dates.period_end,
        dates.issued_on,
    )


def test_given_dates_are_taken_as_they_are():
    dates = bill_run_dates(datetime(2027, 5, 5, tzinfo=UTC), "2026-10-01", "2026-11-02")

    assert (date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 2)) == (
        dates.period_start,
        dates.period_end,
        dates.issued_on,
    )


def test_a_period_that_would_overlap_a_month_is_refused():
    with pytest.raises(ValueError, match="not the first of a month"):
        bill_run_dates(datetime(2026, 11, 2, tzinfo=UTC), "2026-10-15", None)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_month_after_the_month_before_is_this_month(day: date):
    assert day.replace(day=1) == month_after(month_before(day))
