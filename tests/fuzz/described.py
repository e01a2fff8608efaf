"""A small sound file of each description under `sources/`, made from the description itself."""

import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

from invoicing.usage.columns import DurationWriting, InstantsColumn, NumberWriting
from invoicing.usage.layout import ControlWord, LayoutKind
from invoicing.usage.source import Source
from invoicing.usage.source_reader import load_sources

SOURCES = {source.source_code: source for source in load_sources(Path(__file__).parents[2] / "sources")}
RECORDS = 4
TOKENS = {
    "YYYY": "2026", "YY": "26", "MM": "10", "M": "10", "DD": "03", "D": "3", "hh": "09", "h": "9", "mm": "15",
    "ss": "30", "fff": "250",
}  # fmt: skip
NUMBERS = {
    NumberWriting.NATIONAL: "0199001008",
    NumberWriting.NATIONAL_WITHOUT_ZERO: "199001008",
    NumberWriting.BY_NATURE: "199001008",
    NumberWriting.E164: "+33199001008",
    NumberWriting.E164_WITHOUT_PLUS: "33199001008",
    NumberWriting.INTERNATIONAL_PREFIX: "0033199001008",
    NumberWriting.ANY: "0199001008",
    NumberWriting.OUTSIDE_DIGIT: "00199001008",
    NumberWriting.SIP: "sip:+33199001008@192.0.2.1",
    NumberWriting.EXTENSION: "1001",
    NumberWriting.SERIAL: "MFP-0001",
    NumberWriting.ICCID: "8933150319000000017",
}
DURATIONS = {
    DurationWriting.SECONDS: "74",
    DurationWriting.MILLISECONDS: "74000",
    DurationWriting.DECIMAL_SECONDS: "74.0",
    DurationWriting.DECIMAL_MINUTES: "1,5",
    DurationWriting.COLON_MINUTES: "01:14",
    DurationWriting.COLON_HOURS: "00:01:14",
    DurationWriting.DIGIT_HOURS: "000114",
    DurationWriting.DIGIT_HUNDREDTHS: "00011400",
    DurationWriting.HOURS_MINUTES_SECONDS: "01mn14",
}


def sound_file(source: Source, values: Sequence[str] = (), at: int = 0) -> bytes:
    """Some records, between what the source wants to see before and behind them.

    With values, one record for each: it says that value in the slot `at`, whatever stood there; a byte order mark says
    that the file is UTF-8, for no old code page has all of them.
    """
    encoding = "utf-8-sig" if values else source.layout.encoding
    records = _records(source, values, at)
    layout = source.layout
    if layout.kind is LayoutKind.FIXED_WIDTH:
        return _lines(encoding, [_fixed(source, record) for record in records])
    if layout.kind is LayoutKind.DELIMITED:
        end = layout.separator if layout.trailing_separator else ""
        rows = [layout.separator.join(fields) + end for fields in _rows(source, records)]
        return _lines(encoding, rows)
    if layout.kind is LayoutKind.JSON:
        elements = [_nested(layout.names, record) for record in records]
        document: Any = elements
        for key in reversed(layout.records.split(".") if layout.records else []):
            document = {key: document}
        return json.dumps(document, ensure_ascii=False, indent=1).encode(encoding)
    *parents, name = layout.records.split("/")
    body = "".join(_xml({name: _nested(layout.names, record, "/")}) for record in records)
    root = parents[0] if parents else "r"
    return f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>\n<{root}>{body}</{root}>'.encode(encoding)


def workbook_of(source: Source) -> bytes:
    """The same rows as a workbook holds them."""
    workbook = Workbook()
    for row in _rows(source, _records(source)):
        workbook.active.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def width_of(source: Source) -> int:
    """How many slots a record has."""
    return len(source.layout.names) or max(source.layout.column_counts, default=1)


def _rows(source: Source, records: list[list[str]]) -> list[list[str]]:
    layout = source.layout
    rows = [_padded(fields, layout.column_counts) for fields in records]
    if layout.has_titles:
        return [list(layout.names), *rows]
    if layout.header is not None:
        rows.insert(0, [layout.header, *rows[0][1:]])
    return rows


def _padded(fields: list[str], counts: tuple[int, ...]) -> list[str]:
    return fields + ["x"] * (min(counts, default=len(fields)) - len(fields))


def _records(source: Source, values: Sequence[str] = (), at: int = 0) -> list[list[str]]:
    """By slot; the identity differs."""
    columns, layout = source.columns, source.layout
    width = width_of(source)
    texts = dict.fromkeys(range(1, width + 1), "x")
    start = _moment(columns.start.writing)
    parts = start.split(" ", len(columns.start.at) - 1) if len(columns.start.at) > 1 else [start]
    texts.update(zip(columns.start.at, parts, strict=True))
    for number in (columns.called, columns.line):
        if number:
            texts[number.at] = NUMBERS[number.writing]
            if number.nature_at:
                texts[number.nature_at] = "3"
    if isinstance(columns.duration, InstantsColumn):
        texts[columns.duration.from_at] = texts[columns.duration.until_at] = _moment(columns.duration.writing)
    elif columns.duration:
        texts[columns.duration.at] = DURATIONS[columns.duration.writing]
    for counted in (columns.pages, columns.events, columns.units):
        if counted:
            texts[counted.at] = "12"
    if columns.volume:
        texts.update(dict.fromkeys(columns.volume.at, "1024"))
    if columns.counters:
        texts.update(dict.fromkeys(columns.counters.at, "307"))
    if columns.amount:
        whole = "0000000217" if columns.amount.implied_decimals else f"0{columns.amount.decimal_signs[0]}148"
        texts[columns.amount.at] = whole
    if columns.currency_at:
        texts[columns.currency_at] = source.currency_code
    for words in (columns.usage_type, columns.direction, columns.reading_kind):
        if words and not isinstance(words, str):
            texts[words.at] = words.values[0][0]
    if source.one_call and source.one_call.half_at:
        texts[source.one_call.half_at] = sorted(source.one_call.starts)[0]
    if source.correction.at:
        texts[source.correction.at] = "1"
    records = []
    for number in range(len(values) or RECORDS):
        record = [texts[slot] for slot in range(1, width + 1)]
        for slot in source.identity.at:
            if record[slot - 1] == "x":
                record[slot - 1] = str(number)
        if values:
            record[at - 1] = values[number]
        records.append(record)
    control = source.control
    if layout.kind is not LayoutKind.FIXED_WIDTH:
        records[:0] = [_said(control.start.word, records[0])] if control.start else []
        records += [_said(control.trailer.word, records[-1])] if control.trailer else []
    return records


def _said(word: ControlWord, record: list[str]) -> list[str]:
    return [min(word.words) if slot == word.at else text for slot, text in enumerate(record, start=1)]


def _moment(writing: str) -> str:
    if writing.startswith("epoch"):
        return "1790925330" + ("000" if writing == "epoch_ms" else "")
    if writing == "iso_offset":
        return "2026-10-03T09:15:30+02:00"
    return re.sub("YYYY|YY|MM?|DD?|hh?|mm|ss|fff", lambda token: TOKENS[token[0]], writing)


def _fixed(source: Source, record: list[str]) -> str:
    line = [" "] * source.layout.line_length
    line[: len(source.layout.record_begins)] = source.layout.record_begins
    for (start, end), text in zip(source.layout.slices, record, strict=True):
        line[start:end] = text.zfill(end - start) if text.isdecimal() and end - start < 12 else text.ljust(end - start)
    return "".join(line)[: source.layout.line_length]


def _lines(encoding: str, rows: Iterable[str]) -> bytes:
    return "".join(row + "\r\n" for row in rows).encode(encoding)


def _nested(names: tuple[str, ...], record: list[str], sign: str = ".") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, text in zip(names, record, strict=True):
        *parents, last = name.split(sign)
        inner = found
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = text
    return found


def _xml(elements: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{_xml(inner) if isinstance(inner, dict) else escape(inner)}</{name}>"
        for name, inner in elements.items()
    )
