"""Durations as suppliers write them, in seconds: for the records, and for a file's own control total."""

import re
from collections.abc import Callable

from invoicing.usage.memo import remembering
from invoicing.usage.source import DurationWriting

SECONDS = re.compile("[0-9]{1,9}")
HOURS_MINUTES_SECONDS = re.compile("(?:([0-9]{1,3}) h )?([0-5]?[0-9])mn([0-5][0-9])")


def duration_reader(writing: DurationWriting) -> Callable[[str], int | None]:
    """A function from a text to its seconds; None for a text that is no duration in this writing."""
    reads = {DurationWriting.SECONDS: _seconds, DurationWriting.HOURS_MINUTES_SECONDS: _hours_minutes_seconds}
    return remembering(reads[writing])


def _seconds(text: str) -> int | None:
    return int(text) if SECONDS.fullmatch(text) else None


def _hours_minutes_seconds(text: str) -> int | None:
    found = HOURS_MINUTES_SECONDS.fullmatch(text)
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3]) if found else None
