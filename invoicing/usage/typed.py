"""One column of `landing.usage_records`, typed a block at a time: texts, words and quantities.

A column says the same texts again and again: what one text means is read once, and looked up after.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from invoicing.usage.clock import StartReader
from invoicing.usage.columns import (
    BytesColumn,
    CountersColumn,
    DurationColumn,
    Empty,
    InstantsColumn,
    StartColumns,
    ValuesColumn,
)
from invoicing.usage.copy_text import NULL
from invoicing.usage.durations import between, duration_reader
from invoicing.usage.memo import Memo
from invoicing.usage.quantities import ABSENT, byte_reader, counter_reader

Split = Sequence[Sequence[str]]  # the columns of a block, by slot
Reader = Callable[[Split], Sequence[Any]]  # what COPY takes for each record; None is unreadable


class Typed(NamedTuple):
    """One reader, and the landing columns that it fills side by side."""

    name: str  # as a rule of a description calls it
    fills: tuple[str, ...]  # (): a check only
    slots: tuple[int, ...]
    read: Reader
    why: Callable[[Split, int], str]  # the reason why one record is refused
    is_free_text: bool = False  # may hold COPY's own signs


def said(slot: int, code: str) -> Callable[[Split, int], str]:
    return lambda split, index: f"{code}: {split[slot - 1][index]}"


def _memo(read: Callable[[str], Any], empty: Empty = Empty.UNREADABLE) -> Memo[str | None]:
    """From a text to what COPY takes."""
    instead = {Empty.ABSENT: NULL, Empty.ZERO: "0"}.get(empty)

    def text_of(text: str) -> str | None:
        if instead is not None and not text.strip():
            return instead
        value = read(text)
        return None if value is None else str(value)

    return Memo(text_of)


def one(name: str, fill: str, slot: int, read: Callable[[str], Any], empty: Empty) -> Typed:
    look_up = _memo(read, empty).__getitem__
    return Typed(
        name, (fill,), (slot,), lambda split: list(map(look_up, split[slot - 1])), said(slot, f"unreadable_{name}")
    )


def text_column(name: str, fill: str, slot: int) -> Typed:
    stripped = Memo(lambda text: text.strip(" ")).__getitem__
    return Typed(
        name, (fill,), (slot,), lambda split: list(map(stripped, split[slot - 1])), said(slot, ""), is_free_text=True
    )


def values_column(name: str, column: ValuesColumn, code: str) -> Typed:
    ours = dict(column.values).get
    return Typed(
        name, (name,), (column.at,), lambda split: list(map(ours, split[column.at - 1])), said(column.at, code)
    )


def duration_column(column: DurationColumn | InstantsColumn) -> Typed:
    if isinstance(column, DurationColumn):
        read_seconds = duration_reader(column.writing, column.rounding)
        return one("duration", "duration_seconds", column.at, read_seconds, column.empty)
    reader = StartReader(StartColumns((column.from_at,), column.writing, column.time_zone))
    instead = {Empty.ABSENT: NULL, Empty.ZERO: "0"}.get(column.empty)

    def seconds(start: str, end: str) -> str | None:
        if instead is not None and not start.strip():
            return instead
        found = between(reader.instant(start), reader.instant(end), column.rounding)
        return None if found is None else str(found)

    def why(split: Split, index: int) -> str:
        return f"unreadable_duration: {split[column.from_at - 1][index]} to {split[column.until_at - 1][index]}"

    return Typed(
        "duration", ("duration_seconds",), (column.from_at, column.until_at),
        lambda split: list(map(seconds, split[column.from_at - 1], split[column.until_at - 1])), why,
    )  # fmt: skip


def volume_column(column: BytesColumn) -> Typed:
    read_bytes = byte_reader(column.unit, column.base, column.decimal_signs, column.thousands_sign, column.rounding)
    memo: Memo[Any] = Memo(read_bytes)

    def volume(*texts: str) -> str | None:
        said = [text for text in texts if text.strip()]
        if not said and column.empty is not Empty.UNREADABLE:
            return NULL if column.empty is Empty.ABSENT else "0"
        volumes = [memo[text] for text in said or texts]
        return None if None in volumes else str(sum(volumes))

    def why(split: Split, index: int) -> str:
        return f"unreadable_volume: {' + '.join(split[at - 1][index] for at in column.at)}"

    return Typed(
        "bytes", ("byte_count",), column.at, lambda split: list(map(volume, *(split[at - 1] for at in column.at))), why
    )


def counters_column(column: CountersColumn) -> Typed:
    memo = Memo(counter_reader(column.thousands_sign))

    def counters(*texts: str) -> str | None:
        readings = [memo[text] for text in texts]
        told = {kind: value for kind, value in zip(column.usage_types, readings, strict=True) if value != ABSENT}
        return None if None in readings or not told else json.dumps(told)

    def why(split: Split, index: int) -> str:
        return f"unreadable_counter: {' '.join(split[at - 1][index] for at in column.at)}"

    return Typed(
        "counters", ("counters",), column.at,
        lambda split: list(map(counters, *(split[at - 1] for at in column.at))), why,
    )  # fmt: skip
