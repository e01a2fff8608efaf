"""Reads the `columns` of a description, and its `usage_type`: who, whom, when, how much."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from invoicing.usage.clock import names_instants, start_fault
from invoicing.usage.columns import (
    AmountColumn,
    BytesColumn,
    ByteUnit,
    Columns,
    CountersColumn,
    DurationColumn,
    DurationWriting,
    Empty,
    HourRule,
    InstantsColumn,
    NumberColumn,
    NumberWriting,
    PagesColumn,
    Rounding,
    SignPlace,
    StartColumns,
    UnitsColumn,
    UsageTypeColumn,
    ValuesColumn,
)
from invoicing.usage.quantities import amount_fault
from invoicing.usage.yaml_keys import Keys

USAGE_TYPES = (
    "voice", "sms", "data", "fax", "page_black", "page_colour", "page_black_a3", "page_colour_a3", "scan", "meter",
    "unit",
)  # fmt: skip
DIRECTIONS = ("outgoing", "incoming", "transfer", "internal")
DECIMAL_SIGNS = (",", ".", ",.")
READING_KINDS = ("measured", "estimated", "entered")
COLUMNS = (
    "called", "direction", "zone", "label", "duration", "pages", "events", "bytes", "units", "counters",
    "reading_kind", "amount", "currency",
)  # fmt: skip
SERIAL_WRITINGS = (NumberWriting.SERIAL, NumberWriting.ICCID)
LINE_WRITINGS = tuple(writing for writing in NumberWriting if writing is not NumberWriting.BY_NATURE)
CALLED_WRITINGS = tuple(writing for writing in NumberWriting if writing not in SERIAL_WRITINGS)
NUMBER_KEYS = ("extensions", "names", "lost_zero", "outside_digit", "ignored_signs")


def read_columns(top: Keys) -> Columns:
    """The section `columns` and the key `usage_type` of a description.

    Raises:
        SourceError: a key is unknown or missing, a column is none, or a value cannot be.
    """
    columns = top.section("columns", required=("line", "start"), optional=COLUMNS)
    line = columns.section("line", required=("at", "writing"), optional=NUMBER_KEYS)
    called = columns.optional_section("called", required=("at", "writing"), optional=("nature_at", *NUMBER_KEYS))
    counters = columns.optional_section("counters", required=("columns",), optional=("thousands_sign",))
    kind = columns.optional_section("reading_kind", required=("at", "values"))
    return Columns(
        line=_number(line, LINE_WRITINGS),
        start=_start(columns),
        usage_type=_usage_type(top),
        called=_number(called, CALLED_WRITINGS) if called else None,
        direction=_direction(columns),
        zone_at=_text_at(columns, "zone"),
        label_at=_text_at(columns, "label"),
        duration=_duration(columns),
        pages=_count(columns, "pages"),
        events=_count(columns, "events"),
        volume=_volume(columns),
        units=_units(columns),
        counters=_counters(counters) if counters else None,
        reading_kind=ValuesColumn(kind.slot("at"), kind.words("values", READING_KINDS)) if kind else None,
        amount=_amount(columns),
        currency_at=_text_at(columns, "currency"),
    )


def _usage_type(top: Keys) -> str | UsageTypeColumn:
    if isinstance(top.value("usage_type"), str):
        return top.choice("usage_type", USAGE_TYPES)
    rule = top.section("usage_type", required=("at", "values"), optional=("ignore",))
    ignored = rule.words("ignore", ()) if rule.has("ignore") else ()
    return UsageTypeColumn(rule.slot("at"), rule.words("values", USAGE_TYPES), ignored)


def _number(column: Keys, writings: tuple[NumberWriting, ...]) -> NumberColumn:
    writing = NumberWriting(column.choice("writing", writings))
    by_nature = writing is NumberWriting.BY_NATURE
    return NumberColumn(
        at=column.slot("at"),
        writing=writing,
        nature_at=column.slot("nature_at") if by_nature else None,
        extensions=column.number("extensions") if column.has("extensions") else None,
        are_names_internal=column.has("names") and column.choice("names", ("internal", "unreadable")) == "internal",
        is_lost_zero_restored=(
            column.has("lost_zero") and column.choice("lost_zero", ("restored", "unreadable")) == "restored"
        ),
        outside_digit=column.text("outside_digit") if column.has("outside_digit") else "0",
        ignored_signs=column.text("ignored_signs") if column.has("ignored_signs") else "",
    )


def _start(columns: Keys) -> StartColumns:
    required = ("at", "writing", "time_zone", "hour_that_comes_twice")
    column = columns.section("start", required=required, optional=("is",))
    start = StartColumns(
        at=column.slots("at"),
        writing=column.text("writing"),
        time_zone=read_time_zone(column),
        hour_rule=HourRule(column.choice("hour_that_comes_twice", tuple(HourRule))),
        is_end=column.has("is") and column.choice("is", ("start", "end")) == "end",
    )
    fault = start_fault(start)
    if fault:
        column.refuse("writing", f"{start.writing!r}: {fault}")
    if start.is_end and not columns.has("duration"):
        column.refuse("is", "the start of what ended needs columns.duration; describe it")
    return start


def read_time_zone(column: Keys) -> str:
    time_zone = column.text("time_zone")
    if time_zone == "localtime":
        column.refuse("time_zone", "'localtime' is another zone on another machine; write it as Europe/Paris")
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Europe" is a folder
        column.refuse("time_zone", f"{time_zone!r} is no time zone; write it as Europe/Paris")
    return time_zone


def _direction(columns: Keys) -> str | ValuesColumn | None:
    if not columns.has("direction"):
        return None
    if isinstance(columns.value("direction"), str):
        return columns.choice("direction", DIRECTIONS)
    column = columns.section("direction", required=("at", "values"))
    return ValuesColumn(column.slot("at"), column.words("values", DIRECTIONS))


def _text_at(columns: Keys, key: str) -> int | None:
    column = columns.optional_section(key, required=("at",))
    return column.slot("at") if column else None


def _duration(columns: Keys) -> DurationColumn | InstantsColumn | None:
    if not columns.has("duration"):
        return None
    node = columns.value("duration")
    if not isinstance(node, Mapping) or "from" not in node:
        column = columns.section("duration", required=("at", "writing"), optional=("rounding", "empty"))
        writing = DurationWriting(column.choice("writing", tuple(DurationWriting)))
        return DurationColumn(column.slot("at"), writing, _rounding(column), _empty(column))
    keys = ("from", "until", "writing", "time_zone")
    column = columns.section("duration", required=keys, optional=("rounding", "empty"))
    instants = InstantsColumn(
        from_at=column.slot("from"),
        until_at=column.slot("until"),
        writing=column.text("writing"),
        time_zone=read_time_zone(column),
        rounding=_rounding(column),
        empty=_empty(column),
    )
    told = StartColumns((instants.from_at,), instants.writing, instants.time_zone)
    fault = start_fault(told)
    if fault:
        column.refuse("writing", f"{instants.writing!r}: {fault}")
    if not names_instants(told):
        column.refuse("time_zone", "two local times make no duration; use times in UTC or with an offset")
    return instants


def _rounding(column: Keys) -> Rounding | None:
    return Rounding(column.choice("rounding", tuple(Rounding))) if column.has("rounding") else None


def _empty(column: Keys) -> Empty:
    return Empty(column.choice("empty", tuple(Empty))) if column.has("empty") else Empty.UNREADABLE


def _signs(column: Keys, key: str = "thousands_sign") -> str | None:
    return column.text(key) if column.has(key) else None


def _count(columns: Keys, key: str) -> PagesColumn | None:
    column = columns.optional_section(key, required=("at",), optional=("thousands_sign", "empty"))
    return PagesColumn(column.slot("at"), _signs(column), _empty(column)) if column else None


def _volume(columns: Keys) -> BytesColumn | None:
    keys = ("unit", "base", "decimal_signs", "thousands_sign", "rounding", "empty")
    column = columns.optional_section("bytes", required=("at",), optional=keys)
    if not column:
        return None
    unit = ByteUnit(column.choice("unit", tuple(ByteUnit))) if column.has("unit") else ByteUnit.BYTE
    if unit is not ByteUnit.BYTE and not (column.has("base") and column.number("base") in (1000, 1024)):
        column.refuse("base", "a Ko is 1000 or 1024 bytes; ask the supplier which")
    return BytesColumn(
        at=column.slots("at"),
        unit=unit,
        base=column.number("base") if column.has("base") else 1000,
        decimal_signs=_decimal_signs(column) if column.has("decimal_signs") else _refuse_shared(column, ",."),
        thousands_sign=_signs(column),
        rounding=_rounding(column),
        empty=_empty(column),
    )


def _units(columns: Keys) -> UnitsColumn | None:
    optional = ("thousands_sign", "empty")
    column = columns.optional_section("units", required=("at", "decimal_signs"), optional=optional)
    if not column:
        return None
    return UnitsColumn(column.slot("at"), _decimal_signs(column), _signs(column), _empty(column))


def _decimal_signs(column: Keys) -> str:
    return _refuse_shared(column, column.choice("decimal_signs", DECIMAL_SIGNS))


def _refuse_shared(column: Keys, decimal_signs: str) -> str:
    for sign in sorted(set(decimal_signs) & set(_signs(column) or "")):
        column.refuse("thousands_sign", f"{sign!r} is a decimal sign too; write decimal_signs without it")
    return decimal_signs


def _counters(counters: Keys) -> CountersColumn:
    columns = counters.sections("columns", required=("at", "usage_type"))
    if not columns:
        counters.refuse("columns", "[] names no counter; write one or several")
    for index, column in enumerate(columns):
        if column.value("usage_type") in [other.value("usage_type") for other in columns[:index]]:
            column.refuse("usage_type", f"{column.value('usage_type')!r} stands twice; drop one")
    return CountersColumn(
        at=tuple(column.slot("at") for column in columns),
        usage_types=tuple(column.choice("usage_type", USAGE_TYPES) for column in columns),
        thousands_sign=_signs(counters),
    )


def _amount(columns: Keys) -> AmountColumn | None:
    keys = ("thousands_sign", "implied_decimals", "sign", "currency", "empty")
    column = columns.optional_section("amount", required=("at", "decimal_signs"), optional=keys)
    if not column:
        return None
    amount = AmountColumn(
        at=column.slot("at"),
        decimal_signs=column.choice("decimal_signs", DECIMAL_SIGNS),
        thousands_sign=_signs(column),
        implied_decimals=column.number("implied_decimals", at_least=0) if column.has("implied_decimals") else None,
        sign=SignPlace(column.choice("sign", tuple(SignPlace))) if column.has("sign") else SignPlace.LEADING,
        currency=column.text("currency") if column.has("currency") else None,
        empty=_empty(column),
    )
    fault = amount_fault(amount)
    if fault:
        column.refuse("decimal_signs", fault)
    return amount
