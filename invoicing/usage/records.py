"""The records of one file, typed: each becomes one row for COPY, readable or refused with its reason.

Python types them, not SQL, a column of a block at a time (docs/decisions/0004). What is refused here cannot abort the
COPY.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from invoicing.usage.copy_text import NULL, escaped
from invoicing.usage.decoding import BAD
from invoicing.usage.digests import UNIT_SEPARATOR, digests
from invoicing.usage.marks import Marks
from invoicing.usage.rows import Block, Refused
from invoicing.usage.source import IdentityScope, Source
from invoicing.usage.typed import Split
from invoicing.usage.typed_columns import constants, total, typed_columns

FALSE_WHEN_REFUSED = ("is_time_guessed", "is_cancellation")
FREE_TEXTS = ("label", "zone")  # a byte that is no text does not hurt what is billed there
UNKNOWN_COLUMNS = ("file_number", "source_line", "source_path", "raw_text", "reject_reason")


class RecordTyper:
    """Types one file, in its order.

    Attributes:
        columns: of `landing.usage_records`, in the order of the rows; what the source never says is left out.
        needed: the slots that it reads; None: all.
        seconds, amount: of the readable durations and amounts so far, for the file's own totals.
    """

    def __init__(self, source: Source, *, file_id: str, file_number: int, has_paths: bool) -> None:
        self._source = source
        self._typed = typed_columns(source)
        self._constants = constants(source)
        self._marks = Marks(source)
        self._file_id, self._has_paths = file_id, has_paths
        # What no record of a block says otherwise stands in front: one text for all.
        self._head = "\t".join((str(file_number), *self._constants.values(), ""))
        path = ("source_path",) if has_paths else ()
        fills = (name for typed in self._typed for name in typed.fills)
        self._after_id: tuple[str, ...] = (*fills, *self._marks.fills)
        self.columns: tuple[str, ...] = (
            "file_number", *self._constants, "reject_reason", "source_line", *path, "raw_text", "usage_id",
            *self._after_id,
        )  # fmt: skip
        self.seconds, self.amount = 0, Decimal(0)
        trailer = source.control.trailer
        self._totals = [
            name
            for name, place in (
                ("duration", trailer and trailer.total_seconds_at),
                ("amount", trailer and trailer.total_amount_at),
            )
            if place
        ]

    @property
    def needed(self) -> tuple[int, ...] | None:
        source = self._source
        if not source.has_identity and not source.layout.names:
            return None
        control = {word.at for word in source.control.words if isinstance(word.at, int)}
        typed = {slot for typed in self._typed for slot in typed.slots}
        return tuple(sorted(typed | control | {*source.identity.at} | self._marks.slots))

    def rows(self, block: Block) -> list[str]:
        """One row for each record of the block and each of its refused lines, in this order, without its end."""
        rows = self._records(block) if block.lines else []
        rows += [self.refused(each) for each in block.refused]
        return rows

    def refused(self, line: Refused) -> str:
        """The row of what could not even be split."""
        path = [escaped(line.source_path or "")] if self._has_paths else []
        values = ["f" if name in FALSE_WHEN_REFUSED else NULL for name in self._after_id]
        head = f"{self._head}{escaped(line.reason)}\t{line.source_line}"
        return "\t".join((head, *path, escaped(line.raw_text), NULL, *values))

    def _records(self, block: Block) -> list[str]:
        split, lines = block.columns, block.lines
        values = [typed.read(split) for typed in self._typed]
        by_name = {typed.name: value for typed, value in zip(self._typed, values, strict=True)}
        if "duration" in self._totals:
            self.seconds += int(total(by_name["duration"]))
        if "amount" in self._totals:
            self.amount += total(by_name["amount"])
        text = "".join(lines)
        is_plain = block.paths is None and "\\" not in text and "\t" not in text
        ids = self._ids(split, by_name, is_plain)
        marks = self._marks.read(split, by_name, ids)
        faults = self._faults(split, values, marks, has_bad_bytes=BAD in text or block.paths is not None)
        heads: Iterable[str] = map(f"{self._head}{NULL}\t".__add__, map(str, block.numbers))
        if faults:
            values, marks, ids = self._without(faults, values, marks, ids)
            heads = [
                f"{self._head}{escaped(faults[index]) if index in faults else NULL}\t{number}"
                for index, number in enumerate(block.numbers)
            ]
        paths: Sequence[str] = block.paths or ()
        if not is_plain:
            lines, paths = list(map(escaped, lines)), list(map(escaped, paths))
            values = [
                list(map(escaped, value)) if typed.is_free_text else value
                for typed, value in zip(self._typed, values, strict=True)
            ]
        known = [value for typed, value in zip(self._typed, values, strict=True) if typed.fills]
        path = [paths] if self._has_paths else []
        return list(map("\t".join, zip(heads, *path, lines, ids, *known, *marks, strict=True)))

    def _ids(self, split: Split, by_name: dict[str, Sequence[Any]], is_plain: bool) -> list[str]:
        """Digests of the source and the identity: the same text always gave the same one."""
        identity = self._source.identity
        columns = [split[slot - 1] for slot in identity.at] or list(split)
        scope = (self._file_id,) if identity.scope is IdentityScope.FILE else ()
        if identity.scope is IdentityScope.CALLER:
            columns.append([line or "" for line in by_name["line"]])
        elif identity.scope is IdentityScope.DAY:
            columns.append([start.split("\t")[1] if start else "" for start in by_name["start"]])
        return digests(UNIT_SEPARATOR.join((self._source.source_code, *scope, "")), columns, is_plain=is_plain)

    def _faults(
        self, split: Split, values: list[Sequence[Any]], marks: list[Any], *, has_bad_bytes: bool
    ) -> dict[int, str]:
        """The first fault of each record that has one: a code, then the supplier's own words."""
        faults: dict[int, str] = {}
        if has_bad_bytes:
            hurt = {slot for typed in self._typed if typed.name not in FREE_TEXTS for slot in typed.slots}
            for slot in sorted(hurt | {*self._source.identity.at} | self._marks.slots):
                if BAD not in "".join(split[slot - 1]):
                    continue
                for index, text in enumerate(split[slot - 1]):
                    if BAD in text:
                        faults.setdefault(index, f"unreadable_bytes: column {self._name(slot)}")
        for typed, value in zip(self._typed, values, strict=True):
            if not all(value):
                for index, text in enumerate(value):
                    if text is None:
                        faults.setdefault(index, typed.why(split, index))
        for mark, why in zip(marks, self._marks.why, strict=True):
            if why and not all(mark):
                for index, text in enumerate(mark):
                    if text is None:
                        faults.setdefault(index, why(split, index))
        return faults

    def _name(self, slot: int) -> str:
        names = self._source.layout.names
        return names[slot - 1] if names else str(slot)

    def _without(
        self, faults: dict[int, str], values: list[Sequence[Any]], marks: list[Any], ids: list[str]
    ) -> tuple[list[Sequence[Any]], list[Any], list[str]]:
        """What a refused record keeps is what could be read of it; it has no identity, and no rule looks at it."""
        kept: list[Sequence[Any]] = []
        for typed, value in zip(self._typed, values, strict=True):
            nulls = "\t".join("f" if name in FALSE_WHEN_REFUSED else NULL for name in typed.fills)
            kept.append([nulls if text is None else text for text in value])
        blank = [
            [
                text if index not in faults else "f" if name in FALSE_WHEN_REFUSED else NULL
                for index, text in enumerate(mark)
            ]
            for name, mark in zip(self._marks.fills, marks, strict=True)
        ]
        return kept, blank, [NULL if index in faults else text for index, text in enumerate(ids)]


def unknown_rows(refused: Iterable[Refused], file_number: int) -> Iterator[str]:
    """The rows of a file that no description reads, with the columns `UNKNOWN_COLUMNS`."""
    for line in refused:
        path = NULL if line.source_path is None else escaped(line.source_path)
        yield f"{file_number}\t{line.source_line}\t{path}\t{escaped(line.raw_text)}\t{escaped(line.reason)}"
