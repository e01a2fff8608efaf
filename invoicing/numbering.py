"""Invoice numbers: legal facts, one gapless sequence per seller and series, dates never going back."""

from collections.abc import Sequence
from datetime import date

MAXIMUM_LENGTH = 20  # Chorus Pro refuses longer numbers; the reform allows 35


class NumberingRefused(ValueError):
    """No number may be drawn: the date or the number would break the series."""


def series_of(prefix: str, issued_on: date) -> str:
    """Name the series of a day: it restarts each year, so the year is in it. `FA`, 2026-11-02 → `FA-2026-`."""
    return f"{prefix}-{issued_on.year}-"


def format_number(series: str, position: int) -> str:
    """Write the number at a position of a series, from 1: `FA-2026-`, 1 → `FA-2026-000001`.

    Raises:
        NumberingRefused: position below 1, or more than 20 characters.
    """
    if position < 1:
        raise NumberingRefused(f"series {series} starts at 1, got {position}")
    number = f"{series}{position:06d}"
    if len(number) > MAXIMUM_LENGTH:
        raise NumberingRefused(f"{number} has {len(number)} characters, Chorus Pro reads 20; shorten the series prefix")
    return number


def check_issue_date(
    issued_on: date, *, series: str, last_issued_on: date | None, closed_periods: Sequence[tuple[date, date]]
) -> None:
    """Refuse a date earlier than the last of its series, or inside a closed period `[start, end)`.

    Raises:
        NumberingRefused: naming the date in the way.

    Source: CGI ann. II art. 242 nonies A, I, 7° (chronological and continuous).
    """
    if last_issued_on is not None and issued_on < last_issued_on:
        raise NumberingRefused(
            f"issued_on {issued_on} is earlier than {last_issued_on}, the last date of series {series}; "
            f"open the bill run again with issued_on {last_issued_on} or later"
        )
    for start, end in closed_periods:
        if start <= issued_on < end:
            raise NumberingRefused(
                f"issued_on {issued_on} lies in the closed period {start} to {end} (excluded); "
                f"open the bill run again with issued_on {end} or later"
            )
