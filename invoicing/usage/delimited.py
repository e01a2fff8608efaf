"""Lines between separators into columns, by position or by the titles of line 1."""

import csv
from collections.abc import Callable, Iterator, Sequence

from invoicing.usage.control import ControlReader
from invoicing.usage.layout import Layout, LayoutKind
from invoicing.usage.rows import ElementSplitter, FixedSplitter, Splitter
from invoicing.usage.source import Source

END = "\n"  # stands in no line


class DelimitedSplitter(Splitter):
    """Columns between separators, by position or by the titles of line 1."""

    def __init__(self, source: Source, control: ControlReader, needed: Sequence[int] | None) -> None:
        """`needed` are the slots that anything is read from; None: all."""
        super().__init__(source, control)
        layout = source.layout
        self._has_header = layout.header is not None or layout.has_titles
        self._counts = layout.column_counts
        self._width = max(self._counts, default=0)
        self._needed = frozenset(needed) if needed is not None else None
        self._at: list[int] | None = list(range(self._width))  # the column of each slot
        self._fault_of_all: str | None = None
        self._special = [sign for sign in (layout.quote, layout.escape) if sign]
        self._fields_of = row_splitter(layout)
        if self._has_header:
            control.header_fault = self._no_header()

    def _no_header(self) -> str:
        if self._layout.has_titles:
            return "header: line 1 with the titles is missing"
        return f"header: line 1 does not begin with {self._layout.header}"

    def _is_header(self, fields: list[str]) -> bool:
        if not self._has_header:
            return False
        if self._layout.has_titles:
            self._control.header_fault = self._fault_of_all = self._take_titles([title.strip() for title in fields])
            return True
        if not fields or fields[0] != self._layout.header:
            return False
        self._control.header_fault = None
        return True

    def _take_titles(self, titles: list[str]) -> str | None:
        """Find each title's column, wherever it stands; the reason when that cannot be."""
        layout = self._layout
        if titles and not titles[-1] and layout.trailing_separator:
            titles.pop()
        self._counts, self._width = (len(titles),), len(titles)
        missing = [name for name in layout.names if name not in titles]
        twice = [name for name in layout.names if titles.count(name) > 1]
        known = {*layout.names, *(layout.other_titles or ())}
        unknown = [title for title in titles if title not in known] if layout.other_titles is not None else []
        self._at = None if missing or twice else [titles.index(name) for name in layout.names]
        if missing:
            return f"header: no column {missing[0]}"
        if twice:
            return f"header: column {twice[0]} stands twice"
        return f"header: unknown column {unknown[0]}; add it to other_columns" if unknown else None

    def _columns(self, lines: Sequence[str]) -> Sequence[Sequence[str]] | None:
        layout = self._layout
        if self._at is None or len(self._counts) != 1:
            return None
        # All lines in one piece, cut once: each line's end must then stand where one is due.
        text = f"{layout.separator}{END}{layout.separator}".join(lines)
        fields = text.split(layout.separator)
        step = self._width + 1 + layout.trailing_separator
        is_even = (
            len(fields) == step * len(lines) - 1
            and fields[step - 1 :: step].count(END) == len(lines) - 1
            and not (layout.trailing_separator and any(fields[step - 2 :: step]))
        )
        unquoted: dict[int, list[str]] | None = {}
        if any(sign in text for sign in self._special):
            is_short = max(map(len, lines)) <= csv.field_size_limit()  # what is longer, its reader refuses
            unquoted = self._unquoted(fields, step, len(lines), text) if is_even and is_short else None
            if unquoted is None:
                return self._columns_of_rows(self._read_quoted(lines))
        if not is_even or unquoted is None:
            return None
        needed = self._needed
        return [
            self._stripped(unquoted.get(column) or fields[column::step]) if needed is None or slot in needed else ()
            for slot, column in enumerate(self._at, start=1)
        ]

    def _unquoted(self, fields: list[str], step: int, line_count: int, text: str) -> dict[int, list[str]] | None:
        """The quoted columns without their quotes, where each of their values has two and no other; None if not so."""
        quote, escape = self._layout.quote, self._layout.escape
        if quote is None or (escape and escape in text):
            return None
        between = f"{quote}{END}{quote}"
        found: dict[int, list[str]] = {}
        for column in range(self._width):
            if fields[column].startswith(quote):
                together = END.join(fields[column::step])
                values = together[1:-1].split(between)
                if not together.endswith(quote) or together.count(quote) != 2 * line_count:
                    return None
                if len(values) != line_count:
                    return None
                found[column] = values
        return found if text.count(quote) == 2 * line_count * len(found) else None

    def _read_quoted(self, lines: Sequence[str]) -> list[list[str]]:
        """As many rows as lines, or []: a quote left open joins lines."""
        try:
            rows = list(_csv_reader(self._layout, iter(lines)))
        except csv.Error:  # a value longer than the reader takes
            return []
        return rows if len(rows) == len(lines) else []

    def _columns_of_rows(self, rows: Sequence[list[str]]) -> Sequence[Sequence[str]] | None:
        if self._at is None or not rows or len(self._counts) != 1:
            return None
        extra = self._layout.trailing_separator
        if set(map(len, rows)) != {self._width + extra}:
            return None
        columns = list(zip(*rows, strict=True))
        if extra and any(columns[-1]):
            return None
        return [self._stripped(columns[column]) for column in self._at]

    def _fields(self, line: str) -> list[str]:
        fields, columns = self._fields_of(line)
        return fields[:columns]

    def _fault(self, line: str, fields: list[str]) -> str | None:
        if self._fault_of_all and self._at is None:
            return f"unknown_layout: {self._fault_of_all}"
        if len(fields) in self._counts:
            return None
        return f"wrong_column_count: {len(fields)} of {' or '.join(map(str, self._counts))}"

    def _named(self, fields: list[str]) -> Sequence[str]:
        if not self._layout.has_titles:
            return fields
        return [fields[column] if column < len(fields) else "" for column in self._at or ()]

    def _by_slot(self, rows: list[list[str]]) -> Sequence[Sequence[str]]:
        if len(self._counts) > 1:
            rows = [row + [""] * (self._width - len(row)) for row in rows]
        columns = list(zip(*rows, strict=True))
        return [self._stripped(columns[column]) for column in self._at or ()]

    def _stripped(self, column: Sequence[str]) -> Sequence[str]:
        padding = self._layout.padding
        return [text.strip(padding) for text in column] if padding else column


def row_splitter(layout: Layout) -> Callable[[str], tuple[list[str], int]]:
    """A function from a line to its columns, without quotes, and to how many there are.

    The column that a last separator opens is none.
    """
    separator, is_closed = layout.separator, layout.trailing_separator
    special = [sign for sign in (layout.quote, layout.escape) if sign]
    lines = _OneLine()
    reader = _csv_reader(layout, lines) if special else None

    def split(line: str) -> tuple[list[str], int]:
        fields: list[str] | None = None
        if reader is not None and any(sign in line for sign in special):
            lines.line = line
            try:
                fields = next(reader)
            except (csv.Error, StopIteration):  # a value longer than the reader takes: no layout has one
                fields = [line]
        if fields is None:
            fields = line.split(separator)
        length = len(fields)
        return fields, length - 1 if is_closed and length > 1 and not fields[-1] else length

    return split


def _csv_reader(layout: Layout, lines: Iterator[str]) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=layout.separator,
        quotechar=layout.quote,
        quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        escapechar=layout.escape,
        skipinitialspace=" " in layout.padding,
    )


class _OneLine:
    """Gives one line at a time to a reader that would otherwise join lines inside an open quote."""

    line: str | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self.line = self.line, None
        if line is None:
            raise StopIteration
        return line


def splitter_of(source: Source, control: ControlReader, needed: Sequence[int] | None) -> Splitter:
    """The splitter of a source's layout; the rows of a workbook are split as the delimited lines they would be."""
    kind = source.layout.kind
    if kind is LayoutKind.DELIMITED:
        return DelimitedSplitter(source, control, needed)
    return FixedSplitter(source, control) if kind is LayoutKind.FIXED_WIDTH else ElementSplitter(source, control)
