"""One physical line into its columns. A quote that never closes spoils its own line, not the ones after."""

import csv
from collections.abc import Callable, Iterator

from invoicing.usage.source import Source


def row_splitter(source: Source, needed: int | None = None) -> Callable[[str], tuple[list[str], int]]:
    """A function from a line to its columns, without quotes, and to how many there are.

    The column that a last separator opens is none. Columns after the first `needed` ones may be left in one piece.
    """
    separator, quote, is_closed = source.separator, source.quote, source.trailing_separator
    most = needed or -1
    split_quoted = _quoted_splitter(separator, quote) if quote else None

    def split(line: str) -> tuple[list[str], int]:
        if split_quoted is not None and quote is not None and quote in line:
            fields = split_quoted(line)
            count = len(fields)
            return fields, count - 1 if is_closed and count > 1 and not fields[-1] else count
        count = line.count(separator)
        return line.split(separator, most), count if is_closed and count and line.endswith(separator) else count + 1

    return split


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


def _quoted_splitter(separator: str, quote: str) -> Callable[[str], list[str]]:
    """One reader for all lines: making one costs more than splitting."""
    lines = _OneLine()
    reader = csv.reader(lines, delimiter=separator, quotechar=quote)

    def split(line: str) -> list[str]:
        lines.line = line
        try:
            return next(reader)
        except csv.Error:  # a value longer than the reader takes: no layout has one
            return [line]

    return split
