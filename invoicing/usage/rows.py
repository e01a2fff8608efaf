"""Lines and elements into columns, a block at a time. One that cannot be split spoils itself, not its neighbours."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from invoicing.usage.control import ControlReader
from invoicing.usage.elements import Element
from invoicing.usage.layout import Layout
from invoicing.usage.lines import LongLine
from invoicing.usage.source import Source

TOO_LONG = "line_too_long: no record has a mebibyte"
NO_RECORD = "unreadable_element: no record, or longer than any"


class Refused(NamedTuple):
    source_line: int
    source_path: str | None
    raw_text: str
    reason: str


class Block(NamedTuple):
    """Some lines of a file: its records column by column, what could not be split, and what is no record."""

    numbers: Sequence[int]
    paths: Sequence[str] | None
    lines: Sequence[str]
    columns: Sequence[Sequence[str]]  # by slot; those that mean nothing may be empty
    refused: Sequence[Refused] = ()
    control: Sequence[tuple[int, str]] = ()


class Splitter:
    """Splits one file, in its order. What is a column of a line, its layout knows."""

    def __init__(self, source: Source, control: ControlReader) -> None:
        self._layout: Layout = source.layout
        self._control = control

    def block(self, first: int, items: Sequence[str] | Sequence[Element]) -> Block:
        """The next lines or elements of the file; `first` is the number of the first."""
        lines: Sequence[str]
        if items and isinstance(items[0], Element):
            elements: Sequence[Element] = items  # type: ignore[assignment]
            paths, lines, rows = zip(*elements, strict=True)
            columns = self._columns_of_rows(rows)
        else:
            lines, paths, rows = items, None, None  # type: ignore[assignment]
            columns = self._columns(lines) if set(map(type, lines)) == {str} else None
        if (first == 1 and self._has_header) or columns is None or self._control.may_speak(columns, lines):
            return self._sort(first, lines, paths, rows if rows is not None else map(self._fields, lines))
        self._control.last_line = first + len(lines) - 1
        return Block(range(first, first + len(lines)), paths, lines, columns)

    _has_header = False

    def _columns(self, lines: Sequence[str]) -> Sequence[Sequence[str]] | None:
        """All the columns of lines that have the same; None when each must be looked at."""
        raise NotImplementedError

    def _columns_of_rows(self, rows: Sequence[list[str]]) -> Sequence[Sequence[str]] | None:
        if not rows[0] or len(set(map(len, rows))) > 1:
            return None
        return list(zip(*rows, strict=True))

    def _fields(self, line: str) -> list[str]:
        """The columns of one line."""
        raise NotImplementedError

    def _fault(self, line: str, fields: list[str]) -> str | None:
        """Why these columns are no record's."""
        return None if fields else NO_RECORD

    def _is_header(self, fields: list[str]) -> bool:
        return False

    def _named(self, fields: list[str]) -> Sequence[str]:
        """The columns of one line by slot, as far as it has them."""
        return fields

    def _by_slot(self, rows: list[list[str]]) -> Sequence[Sequence[str]]:
        return list(zip(*rows, strict=True))

    def _sort(self, first: int, lines: Sequence[str], paths: Sequence[str] | None, rows: Iterable[list[str]]) -> Block:
        """Look at each: blank and control lines, those that cannot be split, records."""
        good: list[int] = []
        good_rows: list[list[str]] = []
        refused: list[Refused] = []
        control: list[tuple[int, str]] = []
        for number, line, fields in zip(count(first), lines, rows, strict=False):
            path = paths[number - first] if paths else None
            if isinstance(line, LongLine):
                self._control.last_line = number
                refused.append(Refused(number, path, line, TOO_LONG))
            elif self._is_control(number, line, fields, can_be_blank=paths is None):
                control.append((number, line))
            elif reason := self._fault(line, fields):
                refused.append(Refused(number, path, line, reason))
            else:
                good.append(number - first)
                good_rows.append(fields)
        return Block(
            [first + index for index in good],
            [paths[index] for index in good] if paths else None,
            [lines[index] for index in good],
            self._by_slot(good_rows) if good_rows else (),
            refused,
            control,
        )

    def _is_control(self, number: int, line: str, fields: list[str], *, can_be_blank: bool) -> bool:
        if can_be_blank and not line.strip():
            return True
        is_header = number == 1 and self._is_header(fields)
        return is_header or self._control.takes(number, line, self._named(fields))


class ElementSplitter(Splitter):
    """JSON and XML: each element has all its columns, or is none."""

    def _columns(self, lines: Sequence[str]) -> None:
        return None


class FixedSplitter(Splitter):
    """Lines of one length, cut by position."""

    def _columns(self, lines: Sequence[str]) -> Sequence[Sequence[str]] | None:
        layout = self._layout
        if set(map(len, lines)) != {layout.line_length}:
            return None
        if not all(line.startswith(layout.record_begins) for line in lines):
            return None
        return [[line[start:end].strip(layout.padding) for line in lines] for start, end in layout.slices]

    def _fields(self, line: str) -> list[str]:
        return [line[start:end].strip(self._layout.padding) for start, end in self._layout.slices]

    def _fault(self, line: str, fields: list[str]) -> str | None:
        if not line.startswith(self._layout.record_begins):
            return f"unknown_record_type: {line[: len(self._layout.record_begins)]}"
        if len(line) != self._layout.line_length:
            return f"wrong_length: {len(line)} of {self._layout.line_length}"
        return None
