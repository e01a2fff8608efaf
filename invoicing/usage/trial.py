"""What a description makes of a file, before anything is landed: its records as understood, its rejects, its totals."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

Row = Mapping[str, str | None]  # a record by column of landing.usage_records, as text; None is null

UNESCAPED = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}
COPY_ESCAPE = re.compile(r"\\[tnr\\]")
NULL = "\\N"
WHOLE_OFFSET = re.compile(r"([+-]\d\d:\d\d):00$")  # seconds of an offset, which PostgreSQL reads and people don't

# What people compare with the file, in this order; columns that no record fills are left out.
SHOWN = (
    "source_line", "source_path", "usage_type", "direction", "line_id", "called_number", "number_category",
    "country_code", "started_at", "local_day", "duration_seconds", "event_count", "byte_count", "page_count",
    "unit_count", "counters", "reading_kind", "zone", "supplier_amount", "supplier_label", "call_half",
    "not_billable_reason",
)  # fmt: skip
SUMMED = (
    "duration_seconds", "event_count", "byte_count", "page_count", "unit_count", "supplier_amount",
)  # fmt: skip
HEADINGS = {"source_line": "line", "line_id": "line_id", "called_number": "called", "number_category": "category"}
MASKED_DIGITS = 4
LONGEST_SHORT_NUMBER = 6
WIDEST_CELL = 28


@dataclass(slots=True)
class Trial:
    """Counts of one file's records. Memory does not grow with the file: only the first of each kind are kept."""

    first_count: int = 10
    examples_per_reason: int = 5
    record_count: int = 0
    guessed_time_count: int = 0
    first: list[Row] = field(default_factory=list)
    rejects: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # code → first (line, reason)
    counts: dict[str, Counter[str]] = field(
        default_factory=lambda: {
            name: Counter() for name in ("outcome", "usage_type", "number_category", "country_code")
        }
    )
    reject_counts: Counter[str] = field(default_factory=Counter)
    sums: dict[str, Decimal] = field(default_factory=dict)
    first_day: str | None = None
    last_day: str | None = None

    def take(self, row: Row) -> None:
        """Count one record, readable or refused."""
        self.record_count += 1
        reason = row.get("reject_reason")
        if reason is not None:
            code = reason.partition(":")[0]
            self.reject_counts[code] += 1
            kept = self.rejects.setdefault(code, [])
            if len(kept) < self.examples_per_reason:
                kept.append((row.get("source_path") or row.get("source_line") or "", reason))
            self.counts["outcome"]["rejected"] += 1
            return
        if len(self.first) < self.first_count:
            self.first.append(row)
        rule = row.get("not_billable_reason")
        self.counts["outcome"][f"not billable: {rule}" if rule else "billable"] += 1
        for name in ("usage_type", "number_category", "country_code"):
            value = row.get(name)
            if value is not None:
                self.counts[name][value] += 1
        for name in SUMMED:
            value = row.get(name)
            if value is not None:
                self.sums[name] = self.sums.get(name, Decimal()) + Decimal(value)
        self.guessed_time_count += row.get("is_time_guessed") == "t"
        day = row.get("local_day")
        if day is not None:
            self.first_day = min(self.first_day or day, day)
            self.last_day = max(self.last_day or day, day)

    @property
    def reject_count(self) -> int:
        return self.reject_counts.total()


def copied_rows(blocks: Iterable[str], columns: Sequence[str]) -> Iterator[Row]:
    """The rows of blocks in COPY's text format: what the database would be given, and nothing else.

    Args:
        blocks: each ends with a whole row.
        columns: their names, in order.
    """
    for block in blocks:
        for line in block.split("\n"):
            if line:
                yield dict(zip(columns, map(_from_copy, line.split("\t")), strict=True))


def _from_copy(text: str) -> str | None:
    if text == NULL:
        return None
    return COPY_ESCAPE.sub(lambda found: UNESCAPED[found[0]], text) if "\\" in text else text


def masked(number: str) -> str:
    """'+3363998XXXX'; up to six digits are a short number, and whole."""
    if len(number) <= LONGEST_SHORT_NUMBER:
        return number
    return number[:-MASKED_DIGITS] + "X" * MASKED_DIGITS


def report(trial: Trial, *, control_lines: Sequence[tuple[int, str]]) -> list[str]:
    """The trial as lines of text. Called numbers are masked: a terminal's history is no place for them."""
    lines = ["", f"First records, as understood ({len(trial.first)} of {trial.record_count:,})"]
    lines += _table(trial.first) or ["  none could be read"]
    lines += ["", f"Rejects: {trial.reject_count:,}"]
    for code, count in trial.reject_counts.most_common():
        lines.append(f"  {count:>9,}  {code}")
        lines += [f"             line {line}: {_words(reason)}" for line, reason in trial.rejects[code]]
    lines += ["", f"Control lines: {len(control_lines):,}"]
    lines += [f"  {number:>9,}  {_clipped(text, 90)}" for number, text in control_lines[: trial.examples_per_reason]]
    lines += ["", "Totals of the readable records"]
    lines += [f"  {_heading(name):<20}{_without_last_zeros(f'{total:,f}'):>20}" for name, total in trial.sums.items()]
    if trial.first_day:
        lines.append(f"  {'Paris days':<20}{trial.first_day} to {trial.last_day}")
    lines.append(f"  {'guessed hours':<20}{trial.guessed_time_count:>20,}")
    for name, counter in trial.counts.items():
        if counter:
            lines += ["", _heading(name).capitalize()]
            lines += [f"  {count:>9,}  {value}" for value, count in counter.most_common()]
    return lines


def _table(rows: Sequence[Row]) -> list[str]:
    columns = [name for name in SHOWN if any(row.get(name) is not None for row in rows)]
    cells = [[_heading(name) for name in columns], *([_cell(name, row.get(name)) for name in columns] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [("  " + "  ".join(map(str.ljust, row, widths))).rstrip() for row in cells] if rows else []


def _cell(name: str, value: str | None) -> str:
    if value is None:
        return "-"
    if name == "called_number":
        return _clipped(masked(value), WIDEST_CELL)
    if name == "started_at":
        return WHOLE_OFFSET.sub(r"\1", value)
    return _without_last_zeros(value) if name == "supplier_amount" else _clipped(value, WIDEST_CELL)


def _without_last_zeros(amount: str) -> str:
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def _words(reason: str) -> str:
    """What the supplier wrote, without our code in front; of what should be a number, never the last digits."""
    code, _, words = reason.partition(":")
    shown = masked(words.strip()) if code == "unreadable_number" else words.strip()
    return _clipped(shown, 100) or "nothing written"


def _heading(name: str) -> str:
    return HEADINGS.get(name, name).replace("_", " ")


def _clipped(text: str, width: int) -> str:
    shown = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return shown if len(shown) <= width else shown[: width - 1] + "…"
