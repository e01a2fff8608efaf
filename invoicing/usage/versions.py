"""Which of two contents of one record is the later: by the supplier's own number or date, never by arrival."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from invoicing.usage.clock import StartReader
from invoicing.usage.source import HourRule, StartColumns

NUMBER = "number"
DIGITS = 30


def version_reader(writing: str, time_zone: str = "UTC") -> Callable[[str], str | None]:
    """A function from a text to a version that sorts in time as text; None for a text that is no version.

    Args:
        writing: `number`, or how its date is written (`start_writing`).
        time_zone: of a date without offset; in the hour that comes twice such a date is no version.
    """
    if writing == NUMBER:
        return lambda text: text.zfill(DIGITS) if len(text) <= DIGITS and text.isdigit() and text.isascii() else None
    instant = StartReader(StartColumns((1,), writing, time_zone, HourRule.REFUSE)).instant

    def read(text: str) -> str | None:
        milliseconds = instant(text)
        if milliseconds is None:
            return None
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return read
