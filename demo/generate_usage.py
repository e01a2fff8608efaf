"""Writes the usage files of the demo month, October 2026, as two fictional voice suppliers and a copier service would.

The same lines and seed give the same bytes and file times. What goes wrong in real files goes wrong here too,
once or twice each: see `_messidor_files`, `_noa24_files` and the calls of `_special_calls`.
"""

import argparse
import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

SEED = 20261101
PARIS = ZoneInfo("Europe/Paris")
FIRST_DAY, LAST_DAY = date(2026, 10, 1), date(2026, 10, 31)
CLOCK_CHANGE = date(2026, 10, 25)
NOBODYS_LINES = ("+33199009990", "+33199009991")
BROKEN_FROM, BROKEN_UNTIL = datetime(2026, 10, 22, 15, tzinfo=UTC), datetime(2026, 10, 22, 22, tzinfo=UTC)
REPEATED_DAY = date(2026, 10, 12)  # delivered in its own file and again in the next one

MASTER = Path(__file__).parent / "master"
BUSY_HOURS = {7: 1, 8: 6, 9: 11, 10: 12, 11: 10, 12: 4, 13: 5, 14: 10, 15: 10, 16: 9, 17: 7, 18: 3, 19: 1, 21: 1}
DURATIONS = {(4, 30): 28, (30, 120): 36, (120, 420): 25, (420, 1300): 9, (1300, 4300): 2}


@dataclass(frozen=True)
class Destination:
    label: str
    minute_cost: Decimal  # what the supplier charges, before VAT
    numbers: tuple[str, ...]  # as dialled in France; '#' stands for any digit
    weight: int = 0


FIXED = Destination(
    "France fixe", Decimal("0.0060"), ("019900####", "026191####", "035301####", "046571####", "053649####"), 500
)
MOBILE = Destination("France mobile", Decimal("0.0190"), ("063998####",), 360)
PREMIUM = Destination("SVA 0,80 €/min", Decimal("0.6667"), ("08920000##",))
DESTINATIONS = (
    FIXED,
    MOBILE,
    Destination("Numéro gratuit", Decimal(0), ("08000000##", "08050000##"), 40),
    Destination("Urgences et aide", Decimal(0), ("3919", "3114", "15", "116117"), 8),
    Destination("Royaume-Uni mobile", Decimal("0.0850"), ("00447700900###",), 24),
    Destination("Royaume-Uni fixe", Decimal("0.0190"), ("00442079460###",), 16),
    Destination("États-Unis", Decimal("0.0140"), ("00121255501##",), 18),
    Destination("Belgique fixe", Decimal("0.0210"), ("0032200000##",), 18),
    Destination("Réunion mobile", Decimal("0.1100"), ("06920000##",), 10),
    Destination("Réunion fixe", Decimal("0.0600"), ("02620000##",), 6),
)


@dataclass(frozen=True)
class Call:
    started_at: datetime  # UTC
    line: str  # E.164
    dialled: str
    destination: Destination
    seconds: int

    @property
    def local(self) -> datetime:
        return self.started_at.astimezone(PARIS)

    def amount(self, decimals: str) -> str:
        amount = (self.destination.minute_cost * self.seconds / 60).quantize(Decimal(decimals), ROUND_HALF_UP)
        return str(amount).replace(".", ",")


def generate(lines: Iterable[Mapping[str, str]], out_dir: Path, seed: int = SEED) -> list[Path]:
    """Write every usage file of the month.

    Args:
        lines: rows of `master/lines.csv`: line_id (E.164, or a copier's serial), valid_from, valid_until.
        out_dir: made when absent; files of the same names are replaced.

    Returns:
        The paths, in the order of their names.
    """
    rows, random = list(lines), Random(seed)
    phones = [row for row in rows if row["line_id"].startswith("+")]
    copiers = [row["line_id"] for row in rows if not row["line_id"].startswith("+")]
    calls = [call for row in phones for call in _calls_of(row, random)]
    shares: dict[str, list[Call]] = {"messidor": [], "noa24": []}
    for call in [*calls, *_special_calls(phones, random)]:
        shares[_supplier(call.line)].append(call)
    files = {
        **_messidor_files(sorted(shares["messidor"], key=_time_order), random),
        **_noa24_files(sorted(shares["noa24"], key=_time_order)),
        "compteurs_202610.csv": _compteurs_file(copiers, random),
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    return [_write(out_dir / name, files[name]) for name in sorted(files)]


def _supplier(line: str) -> str:
    return "noa24" if sha256(line.encode()).digest()[0] % 2 else "messidor"


def _time_order(call: Call) -> tuple[datetime, str]:
    return call.started_at, call.line


def _calls_of(row: Mapping[str, str], random: Random) -> list[Call]:
    """Between 55 and 105 calls of a whole month, in working hours mostly; none before the line was in service."""
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    days = [day for day in days if row["valid_from"] <= day.isoformat() < row["valid_until"]]
    weights = [1 if day.weekday() > 4 else 12 for day in days]
    starts = set()
    for day in random.choices(days, weights, k=random.randrange(55, 106) * len(days) // 31) if days else ():
        [hour] = random.choices(list(BUSY_HOURS), list(BUSY_HOURS.values()))
        local = datetime(day.year, day.month, day.day, hour, random.randrange(60), random.randrange(60), tzinfo=PARIS)
        starts.add(local.astimezone(UTC))
    return [_call(start, row["line_id"], random) for start in sorted(starts)]


def _call(started_at: datetime, line: str, random: Random, destination: Destination | None = None) -> Call:
    if destination is None:
        [destination] = random.choices(DESTINATIONS, [choice.weight for choice in DESTINATIONS])
    pattern = random.choice(destination.numbers)
    dialled = "".join(str(random.randrange(10)) if sign == "#" else sign for sign in pattern)
    [bounds] = random.choices(list(DURATIONS), list(DURATIONS.values()))
    is_unanswered = random.randrange(50) == 0
    return Call(started_at, line, dialled, destination, 0 if is_unanswered else random.randrange(*bounds))


def _special_calls(phones: Sequence[Mapping[str, str]], random: Random) -> list[Call]:
    """Lines of nobody, premium numbers without a price, both passes of the hour that comes twice, the month's end."""
    carried: dict[str, list[str]] = {"messidor": [], "noa24": []}
    for row in phones:
        if row["valid_from"] <= FIRST_DAY.isoformat() and row["valid_until"] > LAST_DAY.isoformat():
            carried[_supplier(row["line_id"])].append(row["line_id"])
    calls = [_call(datetime(2026, 10, 6 + n, 8, 15, n, tzinfo=UTC), NOBODYS_LINES[n % 2], random) for n in range(6)]
    for first, second, *_ in (supplied for supplied in carried.values() if len(supplied) > 1):
        calls.append(_special(datetime(2026, 10, 14, 9, 21, 40, tzinfo=UTC), first, PREMIUM, 154, random))
        # 02:30 in summer time is 00:30 UTC, in winter time an hour later.
        for pass_hour, minutes in ((0, (8, 30, 47)), (1, (3, 30, 52))):
            for n, minute in enumerate(minutes):
                start = datetime(2026, 10, CLOCK_CHANGE.day, pass_hour, minute, 7 * n, tzinfo=UTC)
                calls.append(_special(start, (first, second)[n % 2], FIXED, 61 + minute, random))
    if carried["messidor"]:
        last = carried["messidor"][-1]
        calls.append(_special(datetime(2026, 10, 31, 22, 58, 12, tzinfo=UTC), last, MOBILE, 305, random))  # 23:58
        calls.append(_special(datetime(2026, 10, 31, 23, 10, 45, tzinfo=UTC), last, MOBILE, 92, random))  # 1 November
    return calls


def _special(start: datetime, line: str, destination: Destination, seconds: int, random: Random) -> Call:
    call = _call(start, line, random, destination)
    return Call(call.started_at, call.line, call.dialled, call.destination, seconds)


def _messidor_files(calls: Sequence[Call], random: Random) -> dict[str, bytes]:
    """Three days a file; one day delivered twice, one file under two names, one evening whose trailer disagrees."""
    evening = [call for call in calls if BROKEN_FROM <= call.started_at < BROKEN_UNTIL]
    calls = [call for call in calls if call not in set(evening)]
    files = {}
    for first in range(FIRST_DAY.day, LAST_DAY.day + 1, 3):
        start = FIRST_DAY.replace(day=first)
        until = start + timedelta(days=3)
        days = {start + timedelta(days=n) for n in range(3)}
        days |= {REPEATED_DAY} if start == REPEATED_DAY + timedelta(days=1) else set()
        days |= {LAST_DAY + timedelta(days=1)} if until > LAST_DAY else set()
        texts = [_messidor_text(call) for call in calls if call.local.date() in days]
        if start == FIRST_DAY:  # a day and an hour that do not exist
            texts.append('"0199001001";31/11/2026;25:00:00;"0639980012";FRANCE MOBILE;01mn00;MX2;0,019;60;')
        files[f"messidor_{until:%Y%m%d}.csv"] = _messidor_file(texts, until, random)
    files["messidor_20261007_bis.csv"] = files["messidor_20261007.csv"]
    files["messidor_20261023_soir.csv"] = _messidor_file(
        [_messidor_text(call) for call in evening], date(2026, 10, 23), random, missing=3
    )
    return files


def _messidor_text(call: Call) -> str:
    minutes, seconds = divmod(call.seconds, 60)
    hours = f"{minutes // 60} h " if minutes > 59 else ""
    return (
        f'"0{call.line[3:]}";{call.local:%d/%m/%Y};{call.local:%H:%M:%S};"{call.dialled}";{call.destination.label.upper()}'
        f";{hours}{minutes % 60:02d}mn{seconds:02d};MX2;{call.amount('0.001')};60;"
    )


def _messidor_file(texts: Sequence[str], made_on: date, random: Random, missing: int = 0) -> bytes:
    """`missing`: how many records more than the file holds its trailer announces."""
    indexes = list(range(1, len(texts) + 1))
    random.shuffle(indexes)  # calls are numbered when they end, and written when they are billed
    seconds = sum(_seconds_of(text) for text in texts)
    lines = [f"0;DEBUT;{made_on:%Y%m%d};MESSIDOR;2.1"]
    lines += [f"{index};{text}" for index, text in zip(indexes, texts, strict=True)]
    lines.append(f"9;FIN;{len(texts) + missing};{seconds + missing * 59}")
    return "".join(line + "\r\n" for line in lines).encode("cp1252")


def _seconds_of(text: str) -> int:
    hours, _, rest = text.split(";")[5].rpartition(" h ")
    minutes, seconds = rest.split("mn")
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)


NOA24_TITLES = (
    "ID_TICKET", "NATURE", "SENS", "NOEUD", "CLIENT", "SOUS_CLIENT", "AGENCE", "PRESENTE", "NOA", "APPELE", "PAYS",
    "LIGNE", "DEBUT", "SECONDES", "PALIER", "MONTANT_HT", "MONNAIE", "ENTREE", "SORTIE", "SIP", "Q850", "CODEC",
    "LIBRE1", "LIBRE2",
)  # fmt: skip


def _noa24_files(calls: Sequence[Call]) -> dict[str, bytes]:
    """A week a file; one hour 25, and one line that lost a column."""
    files = {}
    numbered = [(f"T2610{number:06d}", call) for number, call in enumerate(calls, start=1)]
    for first in range(FIRST_DAY.day, LAST_DAY.day + 1, 7):
        start = FIRST_DAY.replace(day=first)
        until = start + timedelta(days=7)
        lines = [";".join(NOA24_TITLES)]
        lines += [_noa24_text(ticket, call) for ticket, call in numbered if start <= call.local.date() < until]
        if first == 8:
            stray = Call(datetime(2026, 10, 9, 7, 5, tzinfo=UTC), NOBODYS_LINES[0], "0639980044", MOBILE, 75)
            text = _noa24_text("T2610900001", stray)
            lines.append(text.replace("2026-10-09 09:", "2026-10-09 25:"))
            lines.append(text.replace("T2610900001;", "T2610900002;").removesuffix(";"))
        files[f"noa24_{until:%Y%m%d}.csv"] = "".join(line + "\n" for line in lines).encode()
    return files


def _noa24_text(ticket: str, call: Call) -> str:
    nature, called = ("4", call.dialled[2:]) if call.dialled.startswith("00") else ("3", call.dialled.removeprefix("0"))
    nature = "1" if not call.dialled.startswith("0") else nature
    line, start = call.line[3:], f"{call.local:%Y-%m-%d %H:%M:%S}"
    fields = [
        ticket, "N", "S", "SBC1", "C0107", "", "", f"0{line}", nature, called, "", line, start,
        str(call.seconds), call.destination.label, call.amount("0.0001"), "EUR", "TK2", "TK5", "200", "16", "G711A",
        "", "",
    ]  # fmt: skip
    return ";".join(fields)


def _compteurs_file(copiers: Sequence[str], random: Random) -> bytes:
    """Pages of the month, with the thousands sign of a French spreadsheet."""
    lines = ["serie;date;compteur;pages"]
    for serial in copiers:
        for counter, pages in (("NOIR", random.randrange(2500, 9000)), ("COULEUR", random.randrange(300, 1900))):
            lines.append(f"{serial};{LAST_DAY:%d/%m/%Y};{counter};{f'{pages:,}'.replace(',', chr(0xA0))}")
    return "".join(line + "\r\n" for line in lines).encode("cp1252")


def _write(path: Path, content: bytes) -> Path:
    """Under its name only when whole, dated the morning of 2 November: a second run delivers nothing new."""
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_bytes(content)
    delivered_at = datetime(2026, 11, 2, 4, tzinfo=UTC).timestamp()
    os.utime(unfinished, (delivered_at, delivered_at))
    return unfinished.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the files")
    arguments = parser.parse_args()
    with (MASTER / "lines.csv").open(encoding="utf-8", newline="") as handle:
        paths = generate(csv.DictReader(handle), arguments.out)
    print(f"{len(paths)} usage files in {arguments.out}")


if __name__ == "__main__":
    main()
