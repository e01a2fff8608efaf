"""One physical line into its columns. A quote that never closes spoils its own line, not the ones after."""

import csv
from collections.abc import Callable

from invoicing.usage.source import Source


def row_splitter(source: Source) -> Callable[[str], list[str]]:
    """A function from a line to its columns, without quotes and without the column that a last separator opens."""
    separator, quote, trailing_separator = source.separator, source.quote, source.trailing_separator

    def split(line: str) -> list[str]:
        if quote is not None and quote in line:
            try:
                fields = next(csv.reader((line,), delimiter=separator, quotechar=quote))
            except csv.Error:  # a value longer than the reader takes: no layout has one
                return [line]
        else:
            fields = line.split(separator)
        if trailing_separator and len(fields) > 1 and not fields[-1]:
            del fields[-1]
        return fields

    return split
