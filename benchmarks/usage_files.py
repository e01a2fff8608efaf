"""Two usage files of any size over the demo's lines: the 24-column layout and Messidor, all of it readable."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from demo.generate_usage import DESTINATIONS, DURATIONS, NOA24_TITLES, Destination
from ops.home import REPOSITORY

LINES = REPOSITORY / "demo" / "master" / "lines.csv"
FIRST_DAY, DAYS = datetime(2026, 10, 1), 31
SEED = 20261131


@dataclass(frozen=True, slots=True)
class UsageFile:
    """`body` is the whole file without its control lines: what a plain COPY reads."""

    path: Path
    body: Path
    record_count: int


@dataclass(frozen=True, slots=True)
class _Call:
    started_at: datetime  # on the clock of Paris
    line: str  # national, without its zero
    dialled: str
    destination: Destination
    seconds: int

    def amount(self, decimals: str) -> str:
        return str((self.destination.minute_cost * self.seconds / 60).quantize(Decimal(decimals)))


def write_usage_files(folder: Path, size: int) -> tuple[UsageFile, UsageFile]:
    """Write the two files, of together `size` records, spread over October 2026. The same size gives the same bytes."""
    half = size // 2
    noa24 = _write(folder, "noa24_20261101", "utf-8", "\n", [";".join(NOA24_TITLES)], _noa24(size - half), [])
    seconds = sum(call.seconds for call in _calls(half, SEED + 1))
    start, end = ["0;DEBUT;20261101;MESSIDOR;2.1"], [f"9;FIN;{half};{seconds}"]
    return noa24, _write(folder, "messidor_20261101", "cp1252", "\r\n", start, _messidor(half), end)


def _calls(count: int, seed: int) -> Iterator[_Call]:
    """In the order of time, as suppliers write them; each start stands alone in its line's second."""
    random, lines = Random(seed), _phone_lines()
    weights = [destination.weight for destination in DESTINATIONS]
    bounds, bound_weights = list(DURATIONS), list(DURATIONS.values())
    step = timedelta(days=DAYS) / max(count, 1)
    for position in range(count):
        [destination] = random.choices(DESTINATIONS, weights)
        [bound] = random.choices(bounds, bound_weights)
        pattern = random.choice(destination.numbers)
        yield _Call(
            started_at=FIRST_DAY + step * position,
            line=random.choice(lines),
            dialled="".join(str(random.randrange(10)) if sign == "#" else sign for sign in pattern),
            destination=destination,
            seconds=0 if random.randrange(50) == 0 else random.randrange(*bound),
        )


def _phone_lines() -> Sequence[str]:
    """Those in service all month."""
    with LINES.open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["line_id"].startswith("+33")]
    first, last = FIRST_DAY.date(), FIRST_DAY.date() + timedelta(days=DAYS)
    return [
        row["line_id"][3:]
        for row in rows
        if date.fromisoformat(row["valid_from"]) <= first
        and (row["valid_until"] == "infinity" or date.fromisoformat(row["valid_until"]) >= last)
    ]


def _noa24(count: int) -> Iterator[str]:
    for number, call in enumerate(_calls(count, SEED), start=1):
        nature, called = "3", call.dialled.removeprefix("0")
        if call.dialled.startswith("00"):
            nature, called = "4", call.dialled[2:]
        elif not call.dialled.startswith("0"):
            nature = "1"
        yield (
            f"B{number:09d};N;S;SBC1;C0107;;;0{call.line};{nature};{called};;{call.line}"
            f";{call.started_at:%Y-%m-%d %H:%M:%S};{call.seconds};{call.destination.label};{call.amount('0.0001')}"
            ";EUR;TK2;TK5;200;16;G711A;;"
        )


def _messidor(count: int) -> Iterator[str]:
    for number, call in enumerate(_calls(count, SEED + 1), start=1):
        minutes, seconds = divmod(call.seconds, 60)
        hours = f"{minutes // 60} h " if minutes > 59 else ""
        yield (
            f'{number};"0{call.line}";{call.started_at:%d/%m/%Y;%H:%M:%S};"{call.dialled}"'
            f";{call.destination.label.upper()};{hours}{minutes % 60:02d}mn{seconds:02d};MX2"
            f";{call.amount('0.001').replace('.', ',')};60;"
        )


def _write(
    folder: Path, name: str, encoding: str, end: str, first: list[str], records: Iterator[str], last: list[str]
) -> UsageFile:
    path, body, count = folder / f"{name}.csv", folder / f"{name}.body", 0
    with (
        path.open("w", encoding=encoding, newline="") as file,
        body.open("w", encoding=encoding, newline="") as plain,
    ):
        file.writelines(line + end for line in first)
        for count, record in enumerate(records, start=1):  # noqa: B007  # read after the loop
            file.write(record + end)
            plain.write(record + end)
        file.writelines(line + end for line in last)
    return UsageFile(path, body, count)
