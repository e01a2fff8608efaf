"""A second opinion on rating: one record at a time, in fractions, by reading the rules aloud. Slow and obvious."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from tests.integration.rate_rows import Row


class Outcome(NamedTuple):
    outcome: str
    reason: str | None = None
    prefix: str | None = None
    billed_seconds: int | None = None
    allowance_seconds: int | None = None
    rated_amount: Fraction | None = None


class Master(NamedTuple):
    lines: Sequence[Row]
    services: Sequence[Row]
    grid_versions: Sequence[Row]
    grid_prices: Sequence[Row]
    allowances: Sequence[Row]


def rate(records: Sequence[Row], master: Master) -> list[Outcome]:
    """The outcome of each record, in the order given, which is the order of landing."""
    outcomes: list[Outcome | None] = [
        _before_rating(record, records[:index], records) for index, record in enumerate(records)
    ]
    used: Counter[tuple[str, str, date]] = Counter()
    in_order = sorted(range(len(records)), key=lambda index: (records[index]["started_at"], records[index]["usage_id"]))
    for index in in_order:
        outcomes[index] = outcomes[index] or _rated(records[index], master, used)
    return [outcome for outcome in outcomes if outcome is not None]


def _before_rating(record: Row, earlier: Sequence[Row], everything: Sequence[Row]) -> Outcome | None:
    same = [other for other in everything if other["usage_id"] == record["usage_id"]]
    if any(dict(other) != dict(record) for other in same):
        return Outcome("held", "conflict")
    if any(other["usage_id"] == record["usage_id"] for other in earlier):
        return Outcome("duplicate", "delivered_again")
    if record.get("not_billable_reason"):
        return Outcome("not_billable", record["not_billable_reason"])
    return None


def _rated(record: Row, master: Master, used: Counter[tuple[str, str, date]]) -> Outcome:
    day = record["local_day"]
    lines = [line for line in master.lines if line["line_id"] == record["line_id"] and _holds(line, day)]
    if not lines:
        return Outcome("held", "unknown_line")
    services = [s for s in master.services if s["service_code"] == lines[0]["service_code"] and _holds(s, day)]
    if not services:
        return Outcome("held", "service_not_active")
    versions = [v for v in master.grid_versions if v["grid_code"] == services[0]["grid_code"] and _holds(v, day)]
    if not versions:
        return Outcome("held", "no_grid")
    price = _longest(record["called_number"], versions[0]["grid_version_id"], master.grid_prices)
    if price is None:
        return Outcome("held", "no_price")

    billed = _billed_seconds(record["duration_seconds"], price)
    share = _share(services[0]["allowance_code"], price["price_component"], master.allowances)
    key = (record["line_id"], services[0]["allowance_code"] or "", day.replace(day=1))
    paid_by_allowance = min(billed, share - used[key]) if share else 0
    used[key] += paid_by_allowance
    fee = Fraction(0) if 0 < billed == paid_by_allowance else Fraction(price["connection_fee"])
    amount = fee + (billed - paid_by_allowance) * Fraction(price["unit_price"]) / 60
    return Outcome("rated", None, price["prefix"], billed, paid_by_allowance, amount)


def _holds(row: Row, day: date) -> bool:
    return row.get("valid_from", date.min) <= day < row.get("valid_until", date.max)


def _longest(called_number: str | None, grid_version_id: str, prices: Sequence[Row]) -> Row | None:
    by_length: defaultdict[int, list[Any]] = defaultdict(list)
    for price in prices:
        if price["grid_version_id"] == grid_version_id and (called_number or "").startswith("+" + price["prefix"]):
            by_length[len(price["prefix"])].append(price)
    return by_length[max(by_length)][0] if by_length else None


def _billed_seconds(duration: int, price: Row) -> int:
    if duration == 0:
        return 0
    billed: int = price["first_increment"]
    while billed < duration:
        billed += price["next_increment"]
    return billed


def _share(allowance_code: str | None, component: str, allowances: Sequence[Row]) -> int:
    shares = [
        allowance["included_seconds"]
        for allowance in allowances
        if allowance["allowance_code"] == allowance_code and allowance["price_component"] == component
    ]
    return shares[0] if shares else 0
