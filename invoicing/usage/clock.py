"""When a record starts: what a supplier writes, by its clock, in UTC and with its Paris day.

A time that two instants may have, or none, is told or refused, never guessed in silence.
"""

from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from invoicing.usage.memo import Memo
from invoicing.usage.source import HourRule, StartColumns
from invoicing.usage.start_writing import (
    EPOCH,
    EPOCH_MS,
    epoch_milliseconds,
    fixed_hour_length,
    has_offset,
    pattern,
    writing_fault,
    written_reader,
)

PARIS = ZoneInfo("Europe/Paris")  # usage carries its Paris day, whatever the supplier's clock
EPOCH_DAY = date(1970, 1, 1).toordinal()
# From 1912 on Paris keeps whole hours, so an hour of UTC lies in one Paris day; the day after 9998 is in the calendar.
FIRST_INSTANT, LAST_INSTANT = -1_830_297_600, 253_370_764_799

# When a record starts: ISO 8601 with its offset, the Paris day (both None in an hour that the clock skips, or that
# comes twice where the source refuses it), the seconds since 1970 in UTC, and whether its hour comes twice.
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

    By the rule of the first pass, a start in the hour that comes twice belongs to it until the file steps back from one
    such start to an earlier one of its day, then to the second; every such start is marked.
    """

    def __init__(self, start: StartColumns) -> None:
        self._writing = start.writing
        self._zone = ZoneInfo(start.time_zone)
        self._is_paris = start.time_zone == PARIS.key
        self._is_twice_refused = start.hour_rule is not HourRule.FIRST_PASS_UNTIL_STEP_BACK
        # Read and remembered apart: the hour, of which a month has few, and the minutes and seconds after it.
        self.hour_length = None if has_offset(start.writing) else fixed_hour_length(start.writing)
        length, fixed = (13, "YYYY-MM-DD hh:mm:ss") if self.hour_length is None else (self.hour_length, start.writing)
        self._hour_pattern, self._rest_pattern = pattern(fixed[:length]), pattern(fixed[length:])
        self._hour = Memo(self._read_hour)
        self._rest = Memo(self._read_rest)
        self._steps: dict[str, tuple[int, bool, bool]] = {}  # by day: last start, did it come twice, is it the second
        self.read: Callable[[str], Start | None]
        if self.hour_length is not None:
            self.read = self._read_fixed
        elif start.writing in (EPOCH, EPOCH_MS):
            self.read = self._read_epoch
        else:
            self._written = written_reader(start.writing)
            self.read = self._read_written

    def instant(self, text: str) -> int | None:
        """Milliseconds since 1970, fractions kept; None when there is no such instant."""
        if self._writing in (EPOCH, EPOCH_MS):
            return epoch_milliseconds(self._writing, text)
        start = self.read(text)
        if start is None or start[0] is None:
            return None
        written = self._written(text) if self.hour_length is None else None
        return start[2] * 1000 + (written.milliseconds if written else 0)

    def steady_hour(self, text: str) -> tuple[str, str] | None:
        """What stands before and after '15:30' in every row of an hour; None where its starts must be read one by one.

        For writings with a fixed `hour_length`: there each start says its hour first, then `minutes_and_seconds`.
        """
        hour = self._hour[text]
        if hour is None or hour.offset is None or (not self._is_paris and hour.offset % 3600):
            return None
        epoch = hour.epoch - hour.offset
        if not FIRST_INSTANT <= epoch <= LAST_INSTANT:
            return None
        return hour.text, f"{hour.offset_text}\t{hour.day if self._is_paris else _paris_day(epoch)}"

    def minutes_and_seconds(self, text: str) -> str | None:
        """'15:30' of the rest of a start; None when it is not written as described."""
        rest = self._rest[text]
        return rest and rest[0]

    def _read_fixed(self, text: str) -> Start | None:
        """None when the text is not written as described, or names a day that no calendar has."""
        return self._local(text[: self.hour_length], text[self.hour_length :])

    def _read_epoch(self, text: str) -> Start | None:
        instant = epoch_milliseconds(self._writing, text)
        return None if instant is None else _in_utc(instant // 1000)

    def _read_written(self, text: str) -> Start | None:
        written = self._written(text)
        if written is None:
            return None
        if written.offset is None:
            return self._local(written.hour, written.rest)
        hour, rest = self._hour[written.hour], self._rest[written.rest]
        return None if hour is None or rest is None else _in_utc(hour.epoch + rest[1] - written.offset)

    def _local(self, hour_text: str, rest_text: str) -> Start | None:
        hour, rest = self._hour[hour_text], self._rest[rest_text]
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
        parts = {"h": "00", **found.groupdict()}
        try:
            midnight = datetime(int(parts["Y"]), int(parts["M"]), int(parts["D"]))
        except ValueError:
            return None
        if not self._is_paris and midnight.year in (MINYEAR, MAXYEAR):
            return None  # its Paris day may lie outside every calendar
        offset = _offset(midnight.replace(tzinfo=self._zone))
        is_steady = offset == _offset(datetime.combine(midnight, time.max, self._zone).replace(fold=1))
        return _Hour(
            text=f"{parts['Y']}-{parts['M']}-{parts['D']} {parts['h']}:",
            day=midnight.date().isoformat(),
            epoch=(midnight.toordinal() - EPOCH_DAY) * 86400 + int(parts["h"]) * 3600,
            offset=offset if is_steady else None,
            offset_text=_offset_text(offset),
        )

    def _read_rest(self, text: str) -> tuple[str, int] | None:
        found = self._rest_pattern.fullmatch(text)
        if found is None:
            return None
        parts = {"m": "00", "s": "00", **found.groupdict()}
        return f"{parts['m']}:{parts['s']}", int(parts["m"]) * 60 + int(parts["s"])

    def _on_a_day_of_change(self, text: str, day: str, local: int) -> Start:
        moment = datetime.fromisoformat(text).replace(tzinfo=self._zone)
        first, second = _offset(moment), _offset(moment.replace(fold=1))
        comes_twice = first > second
        if first < second or (comes_twice and self._is_twice_refused):
            return None, None, local, comes_twice
        last, last_came_twice, is_second = self._steps.get(day, (local, False, False))
        is_second = is_second or (comes_twice and last_came_twice and local < last)
        self._steps[day] = local, comes_twice, is_second
        offset = second if is_second else first
        epoch = local - offset
        return f"{text}{_offset_text(offset)}", day if self._is_paris else _paris_day(epoch), epoch, comes_twice


def start_fault(start: StartColumns) -> str | None:
    """Why a description may not say its start so, with the way out; None when it may."""
    fault = writing_fault(start.writing)
    if fault is None and start.hour_rule is HourRule.OFFSET and not has_offset(start.writing):
        fault = "it has no offset to tell the hour that comes twice; write Z in its place or choose another rule"
    return fault


def why_no_start(text: str, start: Start | None, column: StartColumns) -> str:
    """The reason of a refused start: a code, then the supplier's own words."""
    if start is None:
        return f"impossible_date: {text}"
    if start[3]:
        return f"ambiguous_hour: {text} comes twice in {column.time_zone}"
    return f"impossible_date: {text} does not exist in {column.time_zone}"


def names_instants(start: StartColumns) -> bool:
    """Whether two of its texts may make a duration: two times of a clock that is put back never do."""
    return has_offset(start.writing) or start.time_zone == "UTC" or start.time_zone.startswith("Etc/")


def start_of_end(end: Start, seconds: int) -> Start | None:
    """The start of what ended then and lasted so long, reckoned in UTC; None before 1912."""
    if end[0] is None:
        return end
    start = _in_utc(end[2] - seconds)
    return start and (*start[:3], end[3])


def _in_utc(epoch: int) -> Start | None:
    if not FIRST_INSTANT <= epoch <= LAST_INSTANT:
        return None
    before, day = UTC_HOURS[str(epoch // 3600)]
    minutes, seconds = divmod(epoch % 3600, 60)
    return f"{before}{minutes:02d}:{seconds:02d}+00:00:00", day, epoch, False


def _utc_hour(hour: str) -> tuple[str, str]:
    """'2026-10-31 23:' and its Paris day."""
    epoch = int(hour) * 3600
    moment = datetime(1970, 1, 1) + timedelta(seconds=epoch)
    return moment.isoformat(" ", "minutes")[:-2], _paris_day(epoch)


UTC_HOURS = Memo(_utc_hour)


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta(0)
    return offset.days * 86400 + offset.seconds


def _offset_text(offset: int) -> str:
    seconds = abs(offset)
    return f"{'-' if offset < 0 else '+'}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _paris_day(epoch: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)
    return moment.astimezone(PARIS).date().isoformat()
