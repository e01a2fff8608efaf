"""Usage files as the shipped descriptions have them, written one value at a time."""

from invoicing.usage.durations import duration_reader
from invoicing.usage.source import DurationWriting

NOA24_TITLES = "ID_TICKET;" + ";".join(f"C{n}" for n in range(2, 25))


def a_call(
    index: int = 1, line: str = "0199001008", day: str = "03/10/2026", time: str = "10:15:30", called: str = "0639980012",
    label: str = "FRANCE MOBILE", duration: str = "01mn14", amount: str = "0,148",
) -> str:  # fmt: skip
    """One line of Messidor."""
    return f'{index};"{line}";{day};{time};"{called}";{label};{duration};MX2;{amount};60;'


def messidor(*records: str, trailer: str | None = None) -> bytes:
    """A file of Messidor whose trailer agrees, unless one is given."""
    read = duration_reader(DurationWriting.HOURS_MINUTES_SECONDS)
    durations = [fields[6] for fields in (record.split(";") for record in records) if len(fields) > 6]
    trailer = trailer or f"9;FIN;{len(records)};{sum(read(duration) or 0 for duration in durations)}"
    return "".join(line + "\r\n" for line in ("0;DEBUT;20261004;MESSIDOR;2.1", *records, trailer)).encode("cp1252")


def noa24(*calls: tuple[str, str]) -> bytes:
    """A file of 24 columns with one line per (nature, called number)."""
    lines = [
        f"T{n};N;S;;;;;;{nature};{called};;199001008;2026-10-03 10:15:30;74;Été;0,1480;EUR;;;200;16;;;"
        for n, (nature, called) in enumerate(calls, start=1)
    ]
    return "\n".join((NOA24_TITLES, *lines)).encode()
