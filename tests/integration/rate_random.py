"""Random masters and records for rating, crowded so that rules meet: nested prefixes, moves, repeats, ties."""

import random
from datetime import date, timedelta

from tests.integration.rate_rows import Row, a_call, a_price, a_service, at
from tests.integration.slow_rater import Master


def random_master(dice: random.Random) -> Master:
    """Two grids whose prefixes crowd each other, dated versions, lines that move, allowances that run out."""
    prefixes = sorted({"".join(dice.choices("34", k=length)) for length in range(1, 10) for _ in range(12)})
    versions = [
        {
            "grid_version_id": f"{grid}-{start.day}",
            "grid_code": grid,
            "currency_code": "EUR",
            "valid_from": start,
            "valid_until": end,
        }
        for grid in ("RA", "RB")
        for start, end in ((date(2026, 10, 1), date(2026, 10, 13)), (date(2026, 10, 13), date(2026, 10, 29)))
    ]
    prices = [
        a_price(
            version["grid_version_id"],
            prefix,
            dice.choice(["near", "far", "other"]),
            f"0.{dice.randrange(10**10):010d}",
            connection_fee=dice.choice(["0", "0.05", "0.0123456789"]),
            first_increment=dice.choice([1, 30, 60]),
            next_increment=dice.choice([1, 6, 60]),
        )
        for version in versions
        for prefix in prefixes
        if len(prefix) > 1 and dice.random() < 0.7
    ]
    services = [
        a_service(f"R{n}", dice.choice(["RA", "RB"]), dice.choice([None, "RX", "RY"]), valid_from=date(2026, 10, 3))
        for n in range(6)
    ]
    moves = [(date(2026, 10, 2), date(2026, 10, 17)), (date(2026, 10, 17), date(2026, 11, 1))]
    lines = [
        {"line_id": f"R-{n}", "service_code": f"R{dice.randrange(6)}", "valid_from": start, "valid_until": end}
        for n in range(6)
        for start, end in moves
    ]
    allowances = [
        {"allowance_code": code, "price_component": component, "included_seconds": seconds}
        for code, seconds in (("RX", 700), ("RY", 3000))
        for component in ("near", "far")
    ]
    return Master(lines, services, versions, prices, allowances)


def random_records(dice: random.Random, count: int) -> list[Row]:
    """Calls of October; some delivered again, some with another content, some that the source does not bill."""
    records: list[Row] = []
    for n in range(count):
        if records and dice.random() < 0.08:
            again = dict(dice.choice(records))
            records.append(again if dice.random() < 0.6 else {**again, "supplier_label": f"other {n}"})
            continue
        records.append(
            a_call(
                f"random {n:03d}",
                f"R-{dice.randrange(7)}",
                dice.choice([None, "17", "anonymous"])
                if dice.random() < 0.03
                else "+" + "".join(dice.choices("34", k=11)),
                # whole hours, so that starts meet and usage_id decides
                at(1, 0) + timedelta(hours=dice.randrange(31 * 24)),
                duration_seconds=dice.choice([0, 1, 29, 30, 31, 60, 61, dice.randrange(600)]),
                supplier_amount=f"0.{dice.randrange(10**6):06d}",
                not_billable_reason="incoming" if dice.random() < 0.05 else None,
            )
        )
    return records
