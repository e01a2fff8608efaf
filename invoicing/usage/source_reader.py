"""Reads the descriptions under `sources/`: every key is known, every position exists, or the file is refused."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from invoicing.usage.source import (
    AmountColumn,
    DurationColumn,
    DurationWriting,
    IdentityScope,
    NotBillable,
    NumberColumn,
    NumberWriting,
    PagesColumn,
    Quantity,
    Source,
    SourceError,
    StartColumns,
    StartLine,
    Trailer,
    UsageTypeColumn,
)
from invoicing.usage.yaml_keys import Keys

ENCODINGS = ("cp1252", "iso-8859-1", "utf-8")  # one byte ends a line in each of them
SERIAL_OR_PHONE = tuple(writing for writing in NumberWriting if writing is not NumberWriting.BY_NATURE)
CALLED_WRITINGS = (NumberWriting.NATIONAL, NumberWriting.BY_NATURE)
USAGE_TYPES = ("voice", "page_black", "page_colour")
HOUR_RULES = ("first_pass_until_step_back",)
TOP_KEYS = (
    "source_code", "file_name", "encoding", "separator", "quote", "header", "column_count", "trailing_separator",
    "usage_type", "columns", "identity", "not_billable", "control_lines",
)  # fmt: skip
# Two digits in each of these places, four for the year; every other sign stands for itself.
# Each place once, minutes and seconds last: they are read apart from the hour.
START_WRITING = re.compile(
    r"(?=.*YYYY)(?=.*MM)(?=.*DD)(?!.*(YYYY|MM|DD|hh|mm|ss).*\1)(?:YYYY|MM|DD|hh|[^A-Za-z0-9])+(?:mm|ss|[^A-Za-z0-9])*"
)


def load_sources(folder: Path) -> tuple[Source, ...]:
    """Read every description of a folder, in the order of their names.

    Raises:
        SourceError: one of them is unusable, or two have one source_code.
    """
    sources = tuple(read_source(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yml")))
    codes = [source.source_code for source in sources]
    for code in codes:
        if codes.count(code) > 1:
            raise SourceError(f"{folder.name}: source_code {code} stands in two descriptions; rename one")
    return sources


def read_source(text: str, file_name: str) -> Source:
    """Read one description.

    Raises:
        SourceError: it is no YAML mapping, a key is unknown or missing, or a value cannot be.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SourceError(f"{file_name}: not readable as YAML ({error}); see sources/messidor.yml") from error
    top = Keys(document, file_name, "", required=TOP_KEYS)
    column_count = top.number("column_count")
    columns = top.section(
        "columns", required=("line", "start"), optional=("called", "label", "duration", "amount", "pages")
    ).within(column_count)
    identity = top.section("identity", required=("at", "scope")).within(column_count)
    label = columns.optional_section("label", required=("at",))
    control = top.optional_section("control_lines", required=("start", "trailer"))
    source = Source(
        source_code=top.text("source_code"),
        file_name=top.text("file_name"),
        encoding=top.choice("encoding", ENCODINGS),
        separator=top.sign("separator"),
        quote=top.optional_sign("quote"),
        header=top.optional_text("header"),
        column_count=column_count,
        trailing_separator=top.flag("trailing_separator"),
        usage_type=_usage_type(top, column_count),
        line=_number(columns.section("line", required=("at", "writing")), SERIAL_OR_PHONE),
        start=_start(columns),
        called=_called(columns),
        label_at=label.position("at") if label else None,
        duration=_duration(columns),
        amount=_amount(columns),
        pages=_pages(columns),
        identity=identity.positions("at"),
        identity_scope=IdentityScope(identity.choice("scope", tuple(IdentityScope))),
        not_billable=tuple(
            NotBillable(
                rule.text("reason"), Quantity(rule.choice("when", tuple(Quantity))), rule.number("is", at_least=0)
            )
            for rule in top.sections("not_billable", required=("reason", "when", "is"))
        ),
        start_line=_start_line(control),
        trailer=_trailer(control),
    )
    _refuse_missing_quantities(source, file_name)
    return source


def _usage_type(top: Keys, column_count: int) -> str | UsageTypeColumn:
    if not isinstance(top.value("usage_type"), Mapping):
        return top.choice("usage_type", USAGE_TYPES)
    rule = top.section("usage_type", required=("at", "values")).within(column_count)
    values: Any = rule.value("values")
    words = rule.section("values", required=tuple(values) if isinstance(values, Mapping) else ())
    return UsageTypeColumn(rule.position("at"), tuple((word, words.choice(word, USAGE_TYPES)) for word in words))


def _number(column: Keys, writings: tuple[NumberWriting, ...]) -> NumberColumn:
    writing = NumberWriting(column.choice("writing", writings))
    by_nature = writing is NumberWriting.BY_NATURE
    return NumberColumn(column.position("at"), writing, column.position("nature_at") if by_nature else None)


def _called(columns: Keys) -> NumberColumn | None:
    column = columns.optional_section("called", required=("at", "writing"), optional=("nature_at",))
    return _number(column, CALLED_WRITINGS) if column else None


def _start(columns: Keys) -> StartColumns:
    column = columns.section("start", required=("at", "writing", "time_zone", "hour_that_comes_twice"))
    column.choice("hour_that_comes_twice", HOUR_RULES)
    writing = column.text("writing")
    if not START_WRITING.fullmatch(writing):
        column.refuse("writing", f"{writing!r} is made of YYYY, MM, DD, hh, then mm, ss, each once, and signs")
    time_zone = column.text("time_zone")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        column.refuse("time_zone", f"{time_zone!r} is no time zone; write it as Europe/Paris")
    return StartColumns(column.positions("at"), writing, time_zone)


def _duration(columns: Keys) -> DurationColumn | None:
    column = columns.optional_section("duration", required=("at", "writing"))
    if not column:
        return None
    return DurationColumn(column.position("at"), DurationWriting(column.choice("writing", tuple(DurationWriting))))


def _amount(columns: Keys) -> AmountColumn | None:
    column = columns.optional_section("amount", required=("at", "decimal_signs"))
    if not column:
        return None
    return AmountColumn(column.position("at"), column.choice("decimal_signs", (",", ".", ",.")))


def _pages(columns: Keys) -> PagesColumn | None:
    column = columns.optional_section("pages", required=("at", "thousands_sign"))
    return PagesColumn(column.position("at"), column.optional_sign("thousands_sign")) if column else None


def _start_line(control: Keys | None) -> StartLine | None:
    line = control.optional_section("start", required=("at", "is")) if control else None
    return StartLine(line.number("at"), line.text("is")) if line else None


def _trailer(control: Keys | None) -> Trailer | None:
    keys = ("at", "is", "record_count_at", "total_seconds_at")
    line = control.optional_section("trailer", required=keys) if control else None
    if not line:
        return None
    return Trailer(line.number("at"), line.text("is"), line.number("record_count_at"), line.number("total_seconds_at"))


def _refuse_missing_quantities(source: Source, file_name: str) -> None:
    """A rule or a control total on a quantity needs the column that holds it."""
    columns = {Quantity.DURATION: source.duration, Quantity.PAGES: source.pages}
    needed = [(f"not_billable {rule.reason}", rule.quantity) for rule in source.not_billable]
    needed += [("control_lines.trailer.total_seconds_at", Quantity.DURATION)] if source.trailer else []
    for key, quantity in needed:
        if not columns[quantity]:
            raise SourceError(f"{file_name}: {key} needs columns.{quantity}; describe it or drop the rule")
