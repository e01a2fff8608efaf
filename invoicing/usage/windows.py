"""Days on a road: which Paris days an API is asked for, and when a supplier's silence says something."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """One Paris day; both ends in UTC, the end excluded."""

    day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """A delivery counts from `since` on; without any until `silent_at`, the source is silent."""

    since: datetime
    silent_at: datetime


def midnight(day: date) -> datetime:
    """The start of a Paris day, in UTC: days of 23 and 25 hours come out right."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def window(day: date) -> Window:
    return Window(day, midnight(day), midnight(day + ONE_DAY))


def past_windows(asked_at: datetime, keeps_days: int) -> Iterator[Window]:
    """The days that are over and that the supplier still keeps, oldest first."""
    today = asked_at.astimezone(PARIS).date()
    return (window(today - timedelta(days=back)) for back in range(keeps_days, 0, -1))


def is_final(asked: Window, asked_at: datetime, lateness_hours: int) -> bool:
    """Whether nothing may be added to a day any more: it need not be asked for again."""
    return asked_at >= asked.ends_at + timedelta(hours=lateness_hours)


def written(instant: datetime, writing: str) -> str:
    """Write an instant as an API wants it: 'date' and 'paris' by Paris time, 'utc' with a Z, 'epoch' in seconds."""
    local = instant.astimezone(PARIS)
    if writing == "date":
        return local.date().isoformat()
    if writing == "paris":
        return local.isoformat(timespec="seconds")
    if writing == "epoch":
        return str(int(instant.timestamp()))
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def placeholders(asked: Window, writing: str, *, is_until_included: bool, account: str) -> dict[str, str]:
    """What {from}, {until} and {account} stand for."""
    last = asked.ends_at
    if is_until_included:
        last = asked.starts_at if writing == "date" else asked.ends_at - timedelta(seconds=1)
    return {"from": written(asked.starts_at, writing), "until": written(last, writing), "account": account}


def expected(every: str | None, lateness_hours: int, day: date) -> Expected | None:
    """What the rhythm promises once `day` is over; None when it promises nothing for it.

    Args:
        every: hour, day, weekday (Monday to Friday), week (ended by a Sunday), month (ended by its last day).
        day: a Paris day.
    """
    after = day + ONE_DAY
    is_promised = {
        "hour": True, "day": True, "weekday": day.isoweekday() <= 5, "week": day.isoweekday() == 7,
        "month": after.day == 1,
    }.get(every or "", False)  # fmt: skip
    if not is_promised:
        return None
    since = midnight(after)
    return Expected(since, since + timedelta(hours=lateness_hours))
