"""Reads how a description says its files are written: layout, control lines, names and rhythm."""

import codecs
import re

from invoicing.usage.columns import DurationWriting
from invoicing.usage.layout import (
    ControlLines,
    ControlWord,
    Layout,
    LayoutKind,
    NameParts,
    Place,
    Rhythm,
    StartLine,
    Trailer,
)
from invoicing.usage.slots import Fields, Names, Positions, Slots
from invoicing.usage.start_writing import pattern, writing_fault
from invoicing.usage.yaml_keys import Keys

ENCODINGS = ("cp1252", "iso-8859-1", "utf-8", "utf-16")
LAYOUT_KEYS = {  # required, optional
    LayoutKind.DELIMITED: (
        ("separator", "quote", "header", "column_count", "trailing_separator"),
        ("escape", "padding", "other_columns"),
    ),
    LayoutKind.FIXED_WIDTH: (("record_begins", "line_length", "fields"), ("padding",)),
    LayoutKind.JSON: (("records",), ()),
    LayoutKind.XML: (("record",), ()),
}
RHYTHMS = ("hour", "day", "weekday", "week", "month")
ANY_TITLE = "allowed"


def slots_of(top: Keys, kind: LayoutKind) -> Slots:
    """How this description names its columns."""
    if kind is LayoutKind.JSON:
        return Names("dotted path")
    if kind is LayoutKind.XML:
        return Names("path")
    if kind is LayoutKind.FIXED_WIDTH:
        fields = top.value("fields")
        return Fields(tuple(map(str, fields)) if isinstance(fields, dict) else ())
    if top.value("header") is True:
        return Names("title")
    return Positions(max(_column_counts(top)))


def read_layout(top: Keys, kind: LayoutKind, slots: Slots) -> Layout:
    """The layout; `slots` has given a slot to every column that the description names by now.

    Raises:
        SourceError: a value cannot be.
    """
    encoding = top.choice("encoding", ENCODINGS)
    names = tuple(slots.names) if isinstance(slots, Names | Fields) else ()
    if kind is LayoutKind.JSON:
        records = top.value("records")
        if not isinstance(records, str):
            top.refuse("records", f'{records!r} is no dotted path; write "" when the file is the array')
        return Layout(kind, encoding, names, records=records)
    if kind is LayoutKind.XML:
        return Layout(kind, encoding, names, records=top.text("record"))
    padding = top.text("padding") if top.has("padding") else ""
    if kind is LayoutKind.FIXED_WIDTH:
        return _fixed_width(top, encoding, names, padding or " ")
    has_titles = top.value("header") is True
    if codecs.lookup(encoding).name.startswith("utf-16") and not top.text("separator").isascii():
        top.refuse("separator", "is one sign of ASCII")
    return Layout(
        kind,
        encoding,
        names,
        separator=top.sign("separator"),
        quote=top.optional_sign("quote"),
        escape=top.sign("escape") if top.has("escape") else None,
        header=None if has_titles else top.optional_text("header"),
        has_titles=has_titles,
        other_titles=_other_titles(top, has_titles),
        column_counts=() if has_titles else _column_counts(top),
        trailing_separator=top.flag("trailing_separator"),
        padding=padding,
    )


def _column_counts(top: Keys) -> tuple[int, ...]:
    value = top.value("column_count")
    if not isinstance(value, list):
        return (top.number("column_count"),)
    if not value or not all(isinstance(each, int) and not isinstance(each, bool) and each > 0 for each in value):
        top.refuse("column_count", f"{value!r} is no list of counts; write 24 or [16, 17, 18]")
    return tuple(value)


def _other_titles(top: Keys, has_titles: bool) -> frozenset[str] | None:
    if top.has("other_columns") and not has_titles:
        top.refuse("other_columns", "goes with header: true; columns by position have a column_count")
    if has_titles and top.value("column_count") is not None:
        top.refuse("column_count", "the titles of line 1 are counted; write null")
    if not top.has("other_columns"):
        return frozenset()
    return None if top.value("other_columns") == ANY_TITLE else frozenset(top.texts("other_columns"))


def _fixed_width(top: Keys, encoding: str, names: tuple[str, ...], padding: str) -> Layout:
    length = top.number("line_length")
    fields = top.section("fields", required=names)
    slices = []
    for name in names:
        field = fields.section(name, required=("from", "length"))
        start = field.number("from") - 1
        end = start + field.number("length")
        if end > length:
            field.refuse("length", f"ends at {end}, after the line's {length} signs")
        slices.append((start, end))
    begins = top.text("record_begins")
    return Layout(
        LayoutKind.FIXED_WIDTH, encoding, names,
        record_begins=begins, line_length=length, slices=tuple(slices), padding=padding,
    )  # fmt: skip


def read_control(top: Keys) -> ControlLines:
    """The section `control_lines`."""
    control = top.optional_section("control_lines", required=(), optional=("start", "trailer", "others"))
    if control is None:
        return ControlLines()
    start = control.optional_section("start", required=("at", "is"), optional=("sequence_at",))
    optional = ("record_count_at", "total_seconds_at", "total_seconds_writing", "total_amount_at")
    trailer = control.optional_section("trailer", required=("at", "is"), optional=optional)
    others = control.sections("others", required=("at", "is")) if control.has("others") else []
    return ControlLines(
        start=StartLine(_word(start), _place(start, "sequence_at")) if start else None,
        trailer=Trailer(
            word=_word(trailer),
            record_count_at=_place(trailer, "record_count_at"),
            total_seconds_at=_place(trailer, "total_seconds_at"),
            total_seconds_writing=(
                DurationWriting(trailer.choice("total_seconds_writing", tuple(DurationWriting)))
                if trailer.has("total_seconds_writing")
                else DurationWriting.SECONDS
            ),
            total_amount_at=_place(trailer, "total_amount_at"),
        )
        if trailer
        else None,
        others=tuple(map(_word, others)),
    )


def _word(line: Keys) -> ControlWord:
    place = _place(line, "at")
    if place is None:
        line.refuse("at", "null names no place; write a column, or {from, length}")
    return ControlWord(place, frozenset(line.texts("is")))


def _place(line: Keys, key: str) -> Place | None:
    if not line.has(key):
        return None
    if not isinstance(line.value(key), dict):
        return line.slot(key)
    place = line.section(key, required=("from", "length"))
    return place.number("from") - 1, place.number("from") - 1 + place.number("length")


def read_name_parts(top: Keys) -> NameParts | None:
    """The section `file_name_parts`: which day and which number a file's name tells."""
    parts = top.optional_section("file_name_parts", required=("pattern",), optional=("day_writing",))
    if parts is None:
        return None
    text = parts.text("pattern")
    try:
        groups = set(re.compile(text).groupindex)
    except re.error as error:
        parts.refuse("pattern", f"{text!r} is no regular expression ({error})")
    if not groups or groups - {"day", "sequence"}:
        parts.refuse("pattern", f"{text!r} needs (?P<day>…), (?P<sequence>…) or both, and no other name")
    day_writing = parts.text("day_writing") if parts.has("day_writing") else None
    if ("day" in groups) != bool(day_writing):
        parts.refuse("day_writing", "goes with (?P<day>…) in the pattern; write it as YYYYMMDD")
    if day_writing and (fault := writing_fault(day_writing) or _day_fault(day_writing)):
        parts.refuse("day_writing", f"{day_writing!r}: {fault}")
    return NameParts(text, day_writing)


def _day_fault(writing: str) -> str | None:
    groups = pattern(writing).groupindex
    return None if {"Y", "M", "D"} <= set(groups) else "it names no whole day; write YYYY, MM and DD"


def read_rhythm(top: Keys) -> Rhythm:
    """The section `rhythm`: when files are expected, and what their silence means."""
    optional = ("every", "lateness_hours", "sequence", "empty_day")  # numbers may go on without a promised day
    rhythm = top.optional_section("rhythm", required=(), optional=optional)
    if rhythm is None:
        return Rhythm()
    return Rhythm(
        every=rhythm.choice("every", RHYTHMS) if rhythm.has("every") else None,
        lateness_hours=rhythm.number("lateness_hours", at_least=0) if rhythm.has("lateness_hours") else None,
        is_sequence_continuous=(
            rhythm.has("sequence") and rhythm.choice("sequence", ("continuous", "none")) == "continuous"
        ),
        is_empty_day_a_file=rhythm.has("empty_day") and rhythm.choice("empty_day", ("file", "none")) == "file",
    )
