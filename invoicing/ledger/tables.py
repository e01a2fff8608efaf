"""Tables for an ERP as CSV: RFC 4180, UTF-8, comma, dot decimals, ISO 8601 days and UTC times; a null is empty."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def csv_block(rows: Iterable[Sequence[Any]]) -> bytes:
    """Write rows, CRLF at the end of each; a numeric keeps every decimal of its column, zeros included."""
    block = io.StringIO(newline="")
    csv.writer(block, lineterminator="\r\n").writerows([_text(value) for value in row] for row in rows)
    return block.getvalue().encode()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")  # never 0E-12
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return str(value)  # texts, whole numbers, days
