"""A start as suppliers write it, local time without offset, read in the order of the file."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from invoicing.usage.memo import Memo
from invoicing.usage.source import StartColumns

PARIS = ZoneInfo("Europe/Paris")  # usage carries its Paris day, whatever the supplier's clock
PLACES = {
    "YYYY": "[0-9]{4}",
    "MM": "[0-9]{2}",
    "DD": "[0-9]{2}",
    "hh": "[01][0-9]|2[0-3]",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
}
PLACE = re.compile("|".join(PLACES))
EPOCH_DAY = date(1970, 1, 1).toordinal()

# When a record starts: ISO 8601 with its offset, the Paris day (both None in an hour that the clock skips), the
# seconds since 1970 in UTC, and whether its hour comes twice.
Start = tuple[str | None, str | None, int, bool]


class _Hour(NamedTuple):
    """What every start of one hour shares. `offset` is None on a day when the clock moves."""

    text: str  # '2026-10-03 10:'
    day: str
    epoch: int  # of its first second, as if it were UTC
    offset: int | None  # seconds to take off
    offset_text: str  # '+02:00:00'


class StartReader:
    """Reads the starts of one file, in its order.

    A start in the hour that comes twice belongs to the first pass until the file steps back from one such start to an
    earlier one of its day, then to the second; every such start is marked.
    """

    def __init__(self, start: StartColumns) -> None:
        self._zone = ZoneInfo(start.time_zone)
        self._is_paris = start.time_zone == PARIS.key
        # Read and remembered apart: the hour, of which a month has few, and the minutes and seconds after it.
        self._hour_length = max(place.end() for place in PLACE.finditer(start.writing) if place[0] not in ("mm", "ss"))
        self._hour_pattern = re.compile(_pattern(start.writing[: self._hour_length]))
        self._rest_pattern = re.compile(_pattern(start.writing[self._hour_length :]))
        self._hour = Memo(self._read_hour)
        self._rest = Memo(self._read_rest)
        self._steps: dict[str, tuple[int, bool, bool]] = {}  # by day: last start, did it come twice, is it the second

    def read(self, text: str) -> Start | None:
        """None when the text is not written as described, or names a day that no calendar has."""
        hour, rest = self._hour[text[: self._hour_length]], self._rest[text[self._hour_length :]]
        if hour is None or rest is None:
            return None
        before, day, epoch, offset, offset_text = hour
        after, seconds = rest
        epoch += seconds
        if offset is None:
            return self._on_a_day_of_change(before + after, day, epoch)
        epoch -= offset
        return f"{before}{after}{offset_text}", day if self._is_paris else _paris_day(epoch), epoch, False

    def _read_hour(self, text: str) -> _Hour | None:
        found = self._hour_pattern.fullmatch(text)
        if found is None:
            return None
        parts = {"hh": "00", **found.groupdict()}
        try:
            midnight = datetime(int(parts["YYYY"]), int(parts["MM"]), int(parts["DD"]))
        except ValueError:
            return None
        if not self._is_paris and midnight.year in (MINYEAR, MAXYEAR):
            return None  # its Paris day may lie outside every calendar
        offset = _offset(midnight.replace(tzinfo=self._zone))
        is_steady = offset == _offset(datetime.combine(midnight, time.max, self._zone).replace(fold=1))
        return _Hour(
            text=f"{parts['YYYY']}-{parts['MM']}-{parts['DD']} {parts['hh']}:",
            day=midnight.date().isoformat(),
            epoch=(midnight.toordinal() - EPOCH_DAY) * 86400 + int(parts["hh"]) * 3600,
            offset=offset if is_steady else None,
            offset_text=_offset_text(offset),
        )

    def _read_rest(self, text: str) -> tuple[str, int] | None:
        found = self._rest_pattern.fullmatch(text)
        if found is None:
            return None
        parts = {"mm": "00", "ss": "00", **found.groupdict()}
        return f"{parts['mm']}:{parts['ss']}", int(parts["mm"]) * 60 + int(parts["ss"])

    def _on_a_day_of_change(self, text: str, day: str, local: int) -> Start:
        moment = datetime.fromisoformat(text).replace(tzinfo=self._zone)
        first, second = _offset(moment), _offset(moment.replace(fold=1))
        comes_twice = first > second
        last, last_came_twice, is_second = self._steps.get(day, (local, False, False))
        is_second = is_second or (comes_twice and last_came_twice and local < last)
        self._steps[day] = local, comes_twice, is_second
        if first < second:
            return None, None, local, False
        offset = second if is_second else first
        epoch = local - offset
        return f"{text}{_offset_text(offset)}", day if self._is_paris else _paris_day(epoch), epoch, comes_twice


def _pattern(writing: str) -> str:
    """A regular expression with one group a place."""
    pattern, end = "", 0
    for place in PLACE.finditer(writing):
        pattern += f"{re.escape(writing[end : place.start()])}(?P<{place[0]}>{PLACES[place[0]]})"
        end = place.end()
    return pattern + re.escape(writing[end:])


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta(0)
    return offset.days * 86400 + offset.seconds


def _offset_text(offset: int) -> str:
    seconds = abs(offset)
    return f"{'-' if offset < 0 else '+'}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _paris_day(epoch: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)
    return moment.astimezone(PARIS).date().isoformat()
