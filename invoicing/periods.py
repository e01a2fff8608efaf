"""Billing periods: `[start, end)` in Paris days. The calendar month is the default, never the key."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class BillRunDates:
    period_start: date
    period_end: date  # excluded
    issued_on: date


def month_before(day: date) -> date:
    """First day of the month before a day's: 2026-11-02 → 2026-10-01."""
    return date(day.year - 1, 12, 1) if day.month == 1 else date(day.year, day.month - 1, 1)


def month_after(day: date) -> date:
    """First day of the month after a day's: 2026-12-15 → 2027-01-01."""
    return date(day.year + 1, 1, 1) if day.month == 12 else date(day.year, day.month + 1, 1)


def bill_run_dates(now: datetime, period_start: str | None, issued_on: str | None) -> BillRunDates:
    """Settle the dates of a bill run: what is given, else the month before and today, both in Paris.

    Raises:
        ValueError: a text is no ISO date, or the period does not start on the first of a month: months never overlap,
            so no day is billed twice.
    """
    today = now.astimezone(PARIS).date()
    start = date.fromisoformat(period_start) if period_start else month_before(today)
    if start.day != 1:
        raise ValueError(f"period_start {start} is not the first of a month; only months are billed so far")
    return BillRunDates(start, month_after(start), date.fromisoformat(issued_on) if issued_on else today)
