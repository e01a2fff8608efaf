"""Durations as suppliers write them, in seconds: in SQL for the rows, in Python for a file's own control total."""

import re
from collections.abc import Callable

from invoicing.usage.source import DurationWriting

SECONDS = "[0-9]{1,9}"
HOURS_MINUTES_SECONDS = "(?:([0-9]{1,3}) h )?([0-5]?[0-9])mn([0-5][0-9])"


def duration_reader(writing: DurationWriting) -> Callable[[str], int | None]:
    """A function from a text to its seconds; None for a text that is no duration in this writing.

    It remembers what it read: a month of calls has a few thousand distinct durations.
    """
    pattern = re.compile(SECONDS if writing is DurationWriting.SECONDS else HOURS_MINUTES_SECONDS)
    known: dict[str, int | None] = {}

    def read(text: str) -> int | None:
        if text not in known:
            found = pattern.fullmatch(text)
            known[text] = _seconds(writing, found) if found else None
        return known[text]

    return read


def _seconds(writing: DurationWriting, found: re.Match[str]) -> int:
    if writing is DurationWriting.SECONDS:
        return int(found[0])
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])


def duration_sql(writing: DurationWriting, text: str) -> str:
    """The same reading as an SQL expression over a text expression; null for a text that is no duration."""
    if writing is DurationWriting.SECONDS:
        return f"case when {text} ~ '^{SECONDS}$' then {text}::integer end"
    after_hours = f"case when strpos({text}, ' h ') > 0 then split_part({text}, ' h ', 2) else {text} end"
    hours = f"case when strpos({text}, ' h ') > 0 then split_part({text}, ' h ', 1)::integer else 0 end"
    return (
        f"case when {text} ~ '^{HOURS_MINUTES_SECONDS}$' then\n"
        f"            {hours} * 3600\n"
        f"            + split_part({after_hours}, 'mn', 1)::integer * 60\n"
        f"            + split_part({text}, 'mn', 2)::integer\n"
        "        end"
    )
