"""An XLSX file from inside: its first sheet, the texts that its cells share, and how they are formatted.

Each part is unpacked as a stream under one budget, and only the parts that are needed.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from openpyxl.styles.numbers import builtin_format_code  # type: ignore[import-untyped]
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH  # type: ignore[import-untyped]

from invoicing.usage.decoding import BAD
from invoicing.usage.limits import Budget, Limits, Unreadable
from invoicing.usage.xml_elements import XmlElements, local_name
from invoicing.usage.zips import Zip

WORKBOOK = "xl/workbook.xml"
RELATIONSHIP = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATIONSHIP = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
STRING_COST = 64  # bytes that Python needs beside the characters
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how a sheet writes a character that XML may not hold
NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Workbook:
    sheet_name: str
    epoch: datetime
    strings: list[str]
    formats: list[str]  # by the number of a cell's style
    rows: Iterator[Any]  # of the first sheet that is not hidden


def open_workbook(stream: BinaryIO, limits: Limits) -> Workbook:
    """Read what the cells need to be understood, up to the first row.

    Raises:
        Unreadable: a part is missing, broken, or larger than the limits; while reading the rows too.
    """
    stream.seek(0, 2)
    package = _Package(Zip(stream, limits), Budget(stream.tell(), limits), limits)
    related = {target: kind for target, kind in package.related("").values()}
    path = next((target for target, kind in related.items() if kind == "officeDocument"), WORKBOOK)
    targets = package.related(path)
    name, sheet = _first_sheet(package, path, targets)
    by_kind = {kind: target for target, kind in targets.values()}
    dated = [element.get("date1904") for element in package.elements(path, "workbookPr", "sheets")]
    return Workbook(
        sheet_name=name,
        epoch=MAC_EPOCH if dated and dated[0] in ("1", "true") else WINDOWS_EPOCH,
        strings=_strings(package, by_kind.get("sharedStrings"), limits),
        formats=_formats(package, by_kind.get("styles"), limits),
        rows=package.elements(sheet, "sheetData/row", "sheetData"),
    )


def text_of(element: Any) -> str:
    """The text of a shared or inline string, its runs joined, without what tells how it is pronounced."""
    pieces = [
        node.text or ""
        for node in element.iter("{*}t")
        if node.getparent() is element or local_name(node.getparent()) == "r"
    ]
    return unescaped("".join(pieces))


def unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return NO_TEXT.sub(BAD, ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))


class _Package:
    def __init__(self, archive: Zip, budget: Budget, limits: Limits) -> None:
        self._archive, self._budget, self._limits = archive, budget, limits

    def elements(self, part: str, record: str, until: str) -> Iterator[Any]:
        entry = self._archive.entry(part)
        if entry is None:
            raise Unreadable(f"broken_sheet: {part} is missing in the workbook; save it anew as XLSX or CSV")
        stream: Any = self._archive.open(entry, self._budget)
        for _, element in XmlElements(record, self._limits, until=until).read(stream):
            yield element

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """By identifier, the parts that a part names, and of what kind they are. What lies outside is not followed."""
        folder, file = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if self._archive.entry(path) is None:
            return {}
        return {
            element.get("Id", ""): (
                posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/"),
                element.get("Type", "").rpartition("/")[2],
            )
            for element in self.elements(path, "Relationship", "Relationships")
            if element.get("TargetMode") != "External"
        }


def _first_sheet(package: _Package, path: str, targets: dict[str, tuple[str, str]]) -> tuple[str, str]:
    for element in package.elements(path, "sheets/sheet", "sheets"):
        number = element.get(RELATIONSHIP) or element.get(STRICT_RELATIONSHIP) or ""
        target, kind = targets.get(number, ("", ""))
        if kind == "worksheet" and element.get("state", "visible") == "visible":
            return element.get("name", ""), target
    raise Unreadable("broken_sheet: no sheet to be seen in the workbook; save it anew as XLSX or CSV")


def _strings(package: _Package, part: str | None, limits: Limits) -> list[str]:
    strings: list[str] = []
    left = limits.shared_text
    for element in package.elements(part, "sst/si", "sst") if part else ():
        strings.append(text_of(element))
        left -= len(strings[-1]) + STRING_COST
        if left < 0:
            raise Unreadable("sheet_too_large: more shared texts than are held at once; send it as CSV")
    return strings


def _formats(package: _Package, part: str | None, limits: Limits) -> list[str]:
    if not part:
        return []
    own = {}
    for element in package.elements(part, "numFmts/numFmt", "numFmts"):
        own[element.get("numFmtId")] = element.get("formatCode", "")
        _refuse_more(own, limits)
    formats: list[str] = []
    for element in package.elements(part, "cellXfs/xf", "cellXfs"):
        number = element.get("numFmtId", "0")
        builtin = builtin_format_code(int(number)) if number.isdecimal() and len(number) < 4 else None
        formats.append(own.get(number) or builtin or "General")
        _refuse_more(formats, limits)
    return formats


def _refuse_more(found: Any, limits: Limits) -> None:
    if len(found) > limits.styles:
        raise Unreadable("sheet_too_large: more formats than a workbook may have; send it as CSV")
