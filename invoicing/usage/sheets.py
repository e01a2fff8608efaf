"""The rows of a workbook's first sheet, as the fields that a CSV of it would hold."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from invoicing.usage.cells import CellReader
from invoicing.usage.elements import Element, blocks_of
from invoicing.usage.limits import STANDARD, Limits, Unreadable
from invoicing.usage.workbook import open_workbook
from invoicing.usage.xml_elements import local_name

PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")


def sheet_blocks(
    stream: BinaryIO,
    *,
    start_writing: str | None,
    limits: Limits = STANDARD,
    decimal_sign: str = ".",
    column_count: int | None = None,
) -> Iterator[list[Element]]:
    """Read the first visible sheet of an XLSX file, row by row. Rows without any value are not there.

    Args:
        stream: the file, seekable.
        start_writing: how the source writes a start, 'DD/MM/YYYY hh:mm:ss': dates are written so, or their date part
            when the cell shows no time; None is 'YYYY-MM-DD hh:mm:ss'. Times alone are 'hh:mm:ss'.
        limits: what the workbook may ask for.
        decimal_sign: between units and decimals.
        column_count: a row that ends early has empty fields up to here; None: up to the first row's last value.

    Raises:
        Unreadable: after the rows before it: broken_sheet, broken_xml, broken_archive, archive_too_large,
            sheet_too_large, xml_entities.
    """
    return blocks_of(_rows(stream, start_writing, limits, decimal_sign, column_count), limits)


def _rows(
    stream: BinaryIO, start_writing: str | None, limits: Limits, decimal_sign: str, column_count: int | None
) -> Iterator[tuple[str, str, list[str]]]:
    workbook = open_workbook(stream, limits)
    text = CellReader(workbook, start_writing, decimal_sign).text
    width = column_count or 0
    number = 0
    for count, row in enumerate(workbook.rows, start=1):
        if count > limits.rows:
            raise Unreadable(f"sheet_too_large: more than {limits.rows} rows; send it as CSV")
        number = _row_number(row, number)
        fields = _fields(row, number, text, limits)
        if fields:
            width = width or len(fields)
            fields.extend([""] * (width - len(fields)))
            yield f"{workbook.sheet_name}!A{number}", ";".join(fields), fields


def _row_number(row: Any, last: int) -> int:
    written = row.get("r", "")
    return int(written) if written.isdecimal() and len(written) < 8 else last + 1


def _fields(row: Any, number: int, text: Any, limits: Limits) -> list[str]:
    """The cells' texts up to the last that has one; a cell says itself in which column it stands."""
    fields: list[str] = []
    column = 0
    for cell in row:
        if local_name(cell) != "c":
            continue
        place = PLACE.fullmatch(cell.get("r", ""))
        column = _column(place[1]) if place else column + 1
        value = text(cell)
        if not value:
            continue
        if column > limits.columns:
            raise Unreadable(f"sheet_too_large: row {number} has more than {limits.columns} columns; send it as CSV")
        if column <= len(fields):
            raise Unreadable(f"broken_sheet: row {number} is out of order; save it anew as XLSX or CSV")
        fields.extend([""] * (column - 1 - len(fields)))
        fields.append(value)
    return fields


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
