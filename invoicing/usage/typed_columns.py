"""All that a source's records say, as readers of their columns."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoicing.usage.called_rows import FILLS, CalledRows
from invoicing.usage.clock import StartReader, start_of_end, why_no_start
from invoicing.usage.columns import NumberColumn, StartColumns, UsageTypeColumn, ValuesColumn
from invoicing.usage.copy_text import NULL
from invoicing.usage.memo import Memo
from invoicing.usage.numbers import line_reader
from invoicing.usage.quantities import amount_reader, count_reader, pages_reader, unit_reader
from invoicing.usage.source import Source
from invoicing.usage.start_rows import StartRows
from invoicing.usage.typed import (
    Split,
    Typed,
    counters_column,
    duration_column,
    one,
    said,
    text_column,
    values_column,
    volume_column,
)

IGNORED_TYPE = "unit"  # of what nobody pays for, whatever it is


def typed_columns(source: Source) -> list[Typed]:
    """The readers of a source, in the order in which a record's first fault is told."""
    columns = source.columns
    duration = duration_column(columns.duration) if columns.duration else None
    found = [_start(columns.start, duration), _line(source)]
    if columns.called:
        found.append(_called(columns.called))
    if duration:
        found.append(duration)
    for name, count in (("pages", columns.pages), ("events", columns.events)):
        if count:
            read = pages_reader(count) if name == "pages" else count_reader(count.thousands_sign)
            found.append(one(name, f"{name[:-1]}_count", count.at, read, count.empty))
    if columns.volume:
        found.append(volume_column(columns.volume))
    if columns.units:
        units = columns.units
        read_units = unit_reader(units.decimal_signs, units.thousands_sign)
        found.append(one("units", "unit_count", units.at, read_units, units.empty))
    if columns.counters:
        found.append(counters_column(columns.counters))
    if columns.amount:
        amount = columns.amount
        found.append(one("amount", "supplier_amount", amount.at, amount_reader(amount), amount.empty))
    if columns.currency_at:
        found.append(_currency(columns.currency_at, source.currency_code))
    if isinstance(columns.usage_type, UsageTypeColumn):
        found += _usage_type(columns.usage_type, is_counted=columns.events is not None)
    if isinstance(columns.direction, ValuesColumn):
        found.append(values_column("direction", columns.direction, "unknown_direction"))
    if columns.reading_kind:
        found.append(values_column("reading_kind", columns.reading_kind, "unknown_reading_kind"))
    for name, fill, at in (("zone", "zone", columns.zone_at), ("label", "supplier_label", columns.label_at)):
        if at:
            found.append(text_column(name, fill, at))
    return found


def constants(source: Source) -> dict[str, str]:
    """The landing columns that say the same in every record."""
    columns = source.columns
    found = {"usage_type": columns.usage_type, "direction": columns.direction}
    found["event_count"] = "1" if columns.usage_type == "sms" and not columns.events else None
    return {fill: value for fill, value in found.items() if isinstance(value, str)}


def _start(column: StartColumns, duration: Typed | None) -> Typed:
    rows = StartRows(column)
    fills = ("started_at", "local_day", *(("is_time_guessed",) if rows.is_guess_told else ()))
    slots = tuple(at - 1 for at in column.at)

    def read(split: Split) -> Sequence[Any]:
        columns = [split[at] for at in slots]
        texts = columns[0] if len(slots) == 1 else list(map(" ".join, zip(*columns, strict=True)))
        if not column.is_end or duration is None:
            return rows.read(texts)
        return [
            rows.row(start_of_end(end, int(seconds))) if end and seconds not in (None, NULL) else None
            for end, seconds in zip(rows.readings(texts), duration.read(split), strict=True)
        ]

    def why(split: Split, index: int) -> str:
        text = " ".join(split[at][index] for at in slots)
        return why_no_start(text, StartReader(column).read(text), column)

    return Typed("start", fills, column.at, read, why)


def _line(source: Source) -> Typed:
    column = source.columns.line
    read_line = line_reader(column)
    look_up = Memo(read_line).__getitem__
    call, slots = source.one_call, (column.at,)

    def read(split: Split) -> Sequence[Any]:
        return list(map(look_up, split[column.at - 1]))

    def read_halves(split: Split) -> list[Any]:
        """A stop need not say whose call it ends: its start does."""
        assert call is not None and call.half_at is not None
        halves = split[call.half_at - 1]
        return [
            "" if half in call.stops and not text.strip() else look_up(text)
            for half, text in zip(halves, split[column.at - 1], strict=True)
        ]

    has_halves = call is not None and call.half_at is not None
    return Typed(
        "line", ("line_id",), slots, read_halves if has_halves else read,
        said(column.at, "unreadable_line"), is_free_text=True,
    )  # fmt: skip


def _called(column: NumberColumn) -> Typed:
    rows, at, nature_at = CalledRows(column), column.at, column.nature_at

    def read(split: Split) -> Sequence[Any]:
        return rows.read(split[at - 1], split[nature_at - 1] if nature_at else None)

    return Typed("called", FILLS, (at, nature_at) if nature_at else (at,), read, said(at, "unreadable_number"))


def _usage_type(column: UsageTypeColumn, *, is_counted: bool) -> list[Typed]:
    ours = {**dict.fromkeys(dict(column.ignored), IGNORED_TYPE), **dict(column.values)}
    found = [values_column("usage_type", ValuesColumn(column.at, tuple(ours.items())), "unknown_usage_type")]
    if "sms" in ours.values() and not is_counted:  # each is one message
        events = {word: "1" if ours[word] == "sms" else NULL for word in ours}
        found.append(
            values_column("events", ValuesColumn(column.at, tuple(events.items())), "")._replace(fills=("event_count",))
        )
    return found


def _currency(slot: int, code: str) -> Typed:
    def read(split: Split) -> Sequence[Any]:
        return [text if text.strip() == code else None for text in split[slot - 1]]

    return Typed("currency", (), (slot,), read, said(slot, "other_currency"))


def total(values: Sequence[str | None]) -> Decimal:
    """The sum of what is readable."""
    return sum((Decimal(value) for value in values if value is not None and value != NULL), Decimal(0))
