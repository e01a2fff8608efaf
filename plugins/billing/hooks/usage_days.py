"""The days of an API as deliveries: one file a day and account, written whole and then named."""

from collections.abc import Sequence
from datetime import datetime
from typing import IO

import requests

from billing.hooks.usage_drop import RoadCut, Taken, UsageDrop
from billing.hooks.usage_files import Brought
from billing.hooks.usage_http import MIB, UsageHttpHook
from invoicing.usage.pages import PageError
from invoicing.usage.road import HttpsRoad
from invoicing.usage.windows import Window, is_final, past_windows, placeholders


def collect_days(
    hook: UsageHttpHook, road: HttpsRoad, source_code: str, drop: UsageDrop, asked_at: datetime, lateness_hours: int
) -> Brought:
    """Bring each past day that may still change; once its lateness is over, a day is asked for one last time.

    An answer of the same bytes as the day's last one is no delivery. A day whose pages do not fit together gives
    nothing and spares the others.

    Raises:
        RoadRefused, RoadCut: the server, or some days; what came whole is in the drop.
    """
    brought = Brought()
    with drop.alone(), hook.session() as session:
        for window in past_windows(asked_at, road.keeps_days):
            for account in road.accounts:
                if drop.taken(_key(account, window, "final")) is not None:
                    continue
                try:
                    _bring(hook, session, road, source_code, drop, window, account, brought)
                except PageError as error:
                    brought.left.append(f"{_name(source_code, account, window)}: {error}")
                    continue
                if is_final(window, asked_at, lateness_hours):
                    taken = Taken(_name(source_code, account, window), window.ends_at, "")
                    drop.remember(_key(account, window, "final"), taken)
    if brought.left:
        raise RoadCut(f"connection {road.connection}: nothing of {'; '.join(brought.left)}")
    return brought


def waiting_days(hook: UsageHttpHook, road: HttpsRoad, windows: Sequence[Window]) -> list[str]:
    """Name the days for which the API has at least one record; nothing is brought."""
    with hook.session() as session:
        return [
            window.day.isoformat()
            for window in windows
            if any(_has_record(hook, session, road, window, account) for account in road.accounts)
        ]


def _has_record(hook: UsageHttpHook, session: requests.Session, road: HttpsRoad, window: Window, account: str) -> bool:
    return next(hook.records(session, road, _values(road, window, account)), None) is not None


def _bring(
    hook: UsageHttpHook,
    session: requests.Session,
    road: HttpsRoad,
    source_code: str,
    drop: UsageDrop,
    window: Window,
    account: str,
    brought: Brought,
) -> None:
    key, name = _key(account, window, "last"), _name(source_code, account, window)
    part = drop.part(key)
    with open(part, "wb") as handle:
        _write(handle, hook, session, road, window, account)
    last = drop.taken(key)
    if last is not None and last.sha256 == drop.digest(part):
        part.unlink()
    else:
        brought.taken.append(drop.put(key, part, name, window.ends_at))


def _write(
    handle: IO[bytes],
    hook: UsageHttpHook,
    session: requests.Session,
    road: HttpsRoad,
    window: Window,
    account: str,
) -> None:
    """Write one JSON array, a record a line, without ever holding the day in memory."""
    size = handle.write(b"[")
    separator = b"\n"
    for record in hook.records(session, road, _values(road, window, account)):
        size += handle.write(separator + record.encode())
        separator = b",\n"
        if size > road.max_mib * MIB:
            raise PageError(f"more than {road.max_mib} MiB; raise road.max_mib if that is a true day")
    handle.write(b"\n]\n")


def _values(road: HttpsRoad, window: Window, account: str) -> dict[str, str]:
    return placeholders(window, road.instants, is_until_included=road.is_until_included, account=account)


def _key(account: str, window: Window, what: str) -> str:
    return f"{account}\x1f{window.day}\x1f{what}"


def _name(source_code: str, account: str, window: Window) -> str:
    return "_".join(filter(None, [source_code, account, f"{window.day:%Y%m%d}"])) + ".json"
