"""Durations as suppliers write them, in whole seconds: for the records, and for a file's own control total.

Parts of a second are rounded once, as the source declares; where it declares nothing they are unreadable.
"""

import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from invoicing.usage.memo import remembering
from invoicing.usage.source import DurationWriting, Rounding

LONGEST = 10**9  # seconds: thirty years, and an integer of the database
EXACT = Context(prec=60)  # whatever the thread's own context is
MODES = {Rounding.UP: ROUND_CEILING, Rounding.HALF_UP: ROUND_HALF_UP, Rounding.DOWN: ROUND_FLOOR}
# By writing: what one looks like, and how many thousandths of a second each of its groups stands for.
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1_000
COUNT, DECIMAL = "([0-9]{1,15})", "([0-9]{1,12}(?:[.,][0-9]{1,10})?)"
WRITINGS: dict[DurationWriting, tuple[str, tuple[int, ...]]] = {
    DurationWriting.SECONDS: (COUNT, (SECOND,)),
    DurationWriting.MILLISECONDS: (COUNT, (1,)),
    DurationWriting.DECIMAL_SECONDS: (DECIMAL, (SECOND,)),
    DurationWriting.DECIMAL_MINUTES: (DECIMAL, (MINUTE,)),
    DurationWriting.COLON_MINUTES: ("([0-9]{1,8}):([0-5][0-9])", (MINUTE, SECOND)),
    DurationWriting.COLON_HOURS: ("([0-9]{1,6}):([0-5]?[0-9]):([0-5][0-9])", (HOUR, MINUTE, SECOND)),
    DurationWriting.DIGIT_HOURS: ("([0-9]{2,6})([0-5][0-9])([0-5][0-9])", (HOUR, MINUTE, SECOND)),
    DurationWriting.DIGIT_HUNDREDTHS: (
        "([0-9]{2,6})([0-5][0-9])([0-5][0-9])([0-9]{2})",
        (HOUR, MINUTE, SECOND, 10),
    ),
    DurationWriting.HOURS_MINUTES_SECONDS: (
        "(?:([0-9]{1,3}) h )?([0-5]?[0-9])mn([0-5][0-9])",
        (HOUR, MINUTE, SECOND),
    ),
}


def duration_reader(writing: DurationWriting, rounding: Rounding | None = None) -> Callable[[str], int | None]:
    """A function from a text to its seconds; None for a text that is no duration in this writing."""
    text_pattern, units = WRITINGS[writing]
    pattern = re.compile(text_pattern)
    is_decimal = text_pattern == DECIMAL

    def read(text: str) -> int | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        if is_decimal:
            return _seconds(EXACT.multiply(Decimal(text.replace(",", ".")), Decimal(units[0])), rounding)
        return _seconds(sum(int(part or 0) * unit for part, unit in zip(found.groups(), units, strict=True)), rounding)

    return remembering(read)


def between(start: int | None, end: int | None, rounding: Rounding | None) -> int | None:
    """The seconds from one instant to another, both in milliseconds; None when either is missing or the end is first.

    Only for instants: two local times never make a duration (`clock.names_instants`).
    """
    return None if start is None or end is None else _seconds(end - start, rounding)


def _seconds(milliseconds: int | Decimal, rounding: Rounding | None) -> int | None:
    if not 0 <= milliseconds <= LONGEST * 1000:
        return None
    seconds = EXACT.divide(Decimal(milliseconds), Decimal(1000))
    whole = seconds.to_integral_value(ROUND_FLOOR)
    if seconds != whole:
        return int(seconds.to_integral_value(MODES[rounding])) if rounding else None
    return int(whole)
