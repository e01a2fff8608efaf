"""The records of one file, typed: each physical line becomes one row for COPY, readable or refused with its reason.

Python types them, not SQL: a column says the same texts again and again, and readers that remember them type one record
while the server writes another (docs/performance.md). What is refused here cannot abort the COPY.
"""

from collections.abc import Callable, Sequence
from hashlib import md5
from operator import itemgetter
from typing import Any, NamedTuple

from invoicing.usage.clock import Start, StartReader
from invoicing.usage.durations import duration_reader
from invoicing.usage.numbers import called_reader, line_reader
from invoicing.usage.quantities import amount_reader, pages_reader
from invoicing.usage.rows import row_splitter
from invoicing.usage.source import UNKNOWN, IdentityScope, Quantity, Source

COLUMNS = (
    "file_id", "source_line", "source_file", "source_code", "raw_text", "is_rejected", "reject_reason", "usage_id",
    "content_digest", "started_at", "local_day", "is_time_guessed", "usage_type", "line_id", "called_number",
    "duration_seconds", "page_count", "supplier_amount", "supplier_label", "not_billable_reason",
)  # fmt: skip
BAD_BYTE = "\ufffd"  # what stands for a byte that is no text
UNIT_SEPARATOR = "\x1f"
NULL = "\\N"  # in COPY's text format
# COPY's own signs; the line ends stand in no line, but may stand in a file's name.
COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
FAULTS = ("unreadable_line", "unreadable_number", "unreadable_duration", "unreadable_pages", "unreadable_amount")


class Values(NamedTuple):
    """What a record says. None is unreadable, or a column that the description does not have."""

    usage_type: str | None = None
    line_id: str | None = None
    called_number: str | None = None
    duration_seconds: int | None = None
    page_count: int | None = None
    supplier_amount: str | None = None


UNREAD: Start = (None, None, 0, False)
NOTHING = Values()


def record_writer(source: Source | None, file_id: str, source_file: str) -> Callable[[int, str], str]:
    """A function from a line's number and text to its row for COPY, in the order of `COLUMNS`.

    Lines are given in the order of the file. Without a description, each record is refused.
    """
    source_code = source.source_code if source else UNKNOWN
    file, name = f"{file_id}\t", f"\t{source_file.translate(COPY_ESCAPES)}\t{_escape(source_code)}\t"
    if source is not None:
        return _RowWriter(source, file, name).row
    reason = "unknown_layout: no source description matches this name"
    return lambda source_line, line: f"{file}{source_line}{name}{_refused(line, reason)}"


class _RowWriter:
    """`file` and `name` are what each row says before and after its line number."""

    def __init__(self, source: Source, file: str, name: str) -> None:
        self._source, self._file, self._name = source, file, name
        self._column_count = source.column_count
        self._split = row_splitter(source, needed=source.positions[-1])
        self._start_text = _joiner(source.start.at, " ")
        self._identity = _joiner(source.identity, UNIT_SEPARATOR)
        scope = (file.rstrip("\t"),) if source.identity_scope is IdentityScope.FILE else ()
        self._identity_scope = UNIT_SEPARATOR.join((source.source_code, *scope, ""))
        self._line_at = source.line.at - 1
        self._label_at = source.label_at - 1 if source.label_at else None
        called, duration, pages, amount = source.called, source.duration, source.pages, source.amount
        self._absent_count = (called, duration, pages, amount).count(None)
        self._called_at = called.at - 1 if called else 0
        self._nature_at = (called.nature_at or called.at) - 1 if called else 0
        self._duration_at = duration.at - 1 if duration else 0
        self._pages_at = pages.at - 1 if pages else 0
        self._amount_at = amount.at - 1 if amount else 0
        self._free = {rule.value for rule in source.not_billable}
        self._read_start = StartReader(source.start).read
        self._read_line = line_reader(source.line)
        self._read_called = called_reader(called) if called else None
        self._read_duration = duration_reader(duration.writing) if duration else None
        self._read_pages = pages_reader(pages) if pages else None
        self._read_amount = amount_reader(amount) if amount else None
        self._usage_type: str | None = None
        self._usage_type_at = 0
        self._usage_types: dict[str, str] = {}
        if isinstance(source.usage_type, str):
            self._usage_type = source.usage_type
        else:
            self._usage_type_at = source.usage_type.at - 1
            self._usage_types = dict(source.usage_type.values)

    def row(self, source_line: int, line: str) -> str:
        head = f"{self._file}{source_line}{self._name}"
        fields, count = self._split(line)
        if count != self._column_count:
            reason = f"wrong_column_count: {count} of {self._column_count}"
            return head + _refused(line, reason, values=Values(self._usage_type))
        start = self._read_start(self._start_text(fields))
        usage_type = self._usage_type or self._usage_types.get(fields[self._usage_type_at])
        line_id = self._read_line(fields[self._line_at])
        called = self._read_called and self._read_called(fields[self._called_at], fields[self._nature_at])
        duration = self._read_duration and self._read_duration(fields[self._duration_at])
        pages = self._read_pages and self._read_pages(fields[self._pages_at])
        amount = self._read_amount and self._read_amount(fields[self._amount_at])
        label = None if self._label_at is None else fields[self._label_at].strip(" ")
        values = (usage_type, line_id, called, duration, pages, amount)
        if start is None or start[0] is None or values.count(None) > self._absent_count or BAD_BYTE in line:
            fault = self._fault(line, fields, start, Values(*values))
            if fault:
                return head + _refused(line, fault, start or UNREAD, Values(*values), label)
        started_at, local_day, epoch, is_guessed = start or UNREAD
        seconds, page_count = -1 if duration is None else duration, -1 if pages is None else pages
        content = (
            f"{usage_type}\x1f{line_id}\x1f{called or ''}\x1f{epoch}\x1f{seconds}\x1f{page_count}"
            f"\x1f{label or ''}\x1f{amount or ''}"
        )
        usage_id = md5((self._identity_scope + self._identity(fields)).encode()).hexdigest()
        content_digest = md5(content.encode()).hexdigest()
        not_billable = NULL
        if duration in self._free or pages in self._free:
            not_billable = self._not_billable(duration, pages)
        if "\\" in line or "\t" in line:
            line, line_id, label = _escape(line), _escape(line_id or ""), label and _escape(label)
        return (
            f"{head}{line}\tf\t{NULL}\t{usage_id}\t{content_digest}\t{started_at}\t{local_day}"
            f"\t{'t' if is_guessed else 'f'}\t{usage_type}\t{line_id}\t{called or NULL}"
            f"\t{NULL if duration is None else duration}\t{NULL if pages is None else pages}\t{amount or NULL}"
            f"\t{NULL if label is None else label}\t{not_billable}\n"
        )

    def _not_billable(self, duration: int | None, pages: int | None) -> str:
        for rule in self._source.not_billable:
            if rule.value == (duration if rule.quantity is Quantity.DURATION else pages):
                return _escape(rule.reason)
        return NULL

    def _fault(self, line: str, fields: Sequence[str], start: Start | None, values: Values) -> str | None:
        """The first fault: a code, then the supplier's own words."""
        source = self._source
        if BAD_BYTE in line:
            kept = {source.line.at, *source.start.at, *source.identity}
            kept |= {column.at for column in (source.called, source.duration, source.amount, source.pages) if column}
            for at in sorted(kept):
                if BAD_BYTE in fields[at - 1]:
                    return f"unreadable_bytes: column {at}"
        start_text = self._start_text(fields)
        if start is None:
            return f"impossible_date: {start_text}"
        if start[0] is None:
            return f"impossible_date: {start_text} does not exist in {source.start.time_zone}"
        columns = (source.line, source.called, source.duration, source.pages, source.amount)
        for column, value, code in zip(columns, values[1:], FAULTS, strict=True):
            if column and value is None:
                return f"{code}: {fields[column.at - 1]}"
        return None if values.usage_type else f"unknown_usage_type: {fields[self._usage_type_at]}"


def _joiner(positions: Sequence[int], separator: str) -> Callable[[Sequence[str]], str]:
    """A function from a record's columns to the texts at these positions, joined."""
    pick: Callable[[Sequence[str]], Any] = itemgetter(*[position - 1 for position in positions])
    return pick if len(positions) == 1 else lambda fields: separator.join(pick(fields))


def _refused(line: str, reason: str, start: Start = UNREAD, values: Values = NOTHING, label: str | None = None) -> str:
    """A refused record from its raw_text on, with what could be read of it."""
    started_at, local_day, _, is_guessed = start
    read = (started_at, local_day, "t" if is_guessed else "f", *values, label)
    texts = [NULL if value is None else _escape(str(value)) for value in read]
    return "\t".join((_escape(line), "t", _escape(reason), NULL, NULL, *texts, NULL)) + "\n"


def _escape(text: str) -> str:
    return text.translate(COPY_ESCAPES) if "\\" in text or "\t" in text else text
