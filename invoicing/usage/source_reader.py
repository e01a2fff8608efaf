"""Reads the descriptions under `sources/`: every key is known, every column exists, or the file is refused."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from invoicing.usage.column_reader import DIRECTIONS, USAGE_TYPES, read_columns, read_time_zone
from invoicing.usage.columns import Columns
from invoicing.usage.layout import LayoutKind
from invoicing.usage.layout_reader import (
    LAYOUT_KEYS,
    read_control,
    read_layout,
    read_name_parts,
    read_rhythm,
    slots_of,
)
from invoicing.usage.number_plan import CATEGORIES
from invoicing.usage.quantities import UNITS_DECIMALS
from invoicing.usage.roads import read_road
from invoicing.usage.source import (
    Correction,
    CorrectionKind,
    Identity,
    IdentityScope,
    NotBillable,
    OneCall,
    Source,
    SourceError,
)
from invoicing.usage.start_writing import writing_fault
from invoicing.usage.versions import NUMBER
from invoicing.usage.yaml_keys import Keys, load_once

REQUIRED = (
    "source_code", "file_name", "encoding", "usage_type", "columns", "identity", "not_billable", "control_lines",
)  # fmt: skip
OPTIONAL = (
    "layout", "file_name_parts", "currency_code", "corrections", "one_call", "rhythm", "road",
)  # fmt: skip
ALL_COLUMNS = "all_columns"
QUANTITIES = ("duration", "pages", "events", "bytes", "units")
WORDS = ("direction", "number_category", "usage_type", "zone", "label")
# What a rule may say of a value that we name ourselves: another word would never fire.
KNOWN_WORDS: dict[str, frozenset[str]] = {
    "direction": frozenset(DIRECTIONS),
    "usage_type": frozenset(USAGE_TYPES),
    "number_category": CATEGORIES,
}
CURRENCY = re.compile("[A-Z]{3}")


def load_sources(folder: Path) -> tuple[Source, ...]:
    """Read every description of a folder, in the order of their names.

    Raises:
        SourceError: one of them is unusable, or two have one source_code.
    """
    sources = tuple(read_source(_text(path), path.name) for path in sorted(folder.glob("*.yml")))
    codes = [source.source_code for source in sources]
    for code in codes:
        if codes.count(code) > 1:
            raise SourceError(f"{folder.name}: source_code {code} stands in two descriptions; rename one")
    return sources


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name}: is not written in UTF-8 ({error.reason}); save it so") from error


def read_source(text: str, file_name: str) -> Source:
    """Read one description.

    Raises:
        SourceError: it is no YAML mapping, a key is unknown or missing, or a value cannot be.
    """
    try:
        document = load_once(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # no calendar has 2026-13-45
        raise SourceError(f"{file_name}: not readable as YAML ({error}); see sources/messidor.yml") from error
    kind = _kind(document, file_name)
    required, optional = LAYOUT_KEYS[kind]
    top = Keys(document, file_name, "", required=(*REQUIRED, *required), optional=(*OPTIONAL, *optional))
    top.within(slots_of(top, kind))
    columns = read_columns(top)
    source = Source(
        source_code=top.text("source_code"),
        description_digest=sha256(text.encode()).hexdigest(),
        file_names=top.texts("file_name"),
        columns=columns,
        identity=_identity(top),
        name_parts=read_name_parts(top),
        not_billable=_not_billable(top, columns),
        correction=_correction(top),
        one_call=_one_call(top),
        control=read_control(top),
        currency_code=_currency(top),
        rhythm=read_rhythm(top),
        road=read_road(document.get("road"), file_name),
        layout=read_layout(top, kind, top.columns),  # type: ignore[arg-type]  # last: all names are known by now
    )
    _refuse_impossible(source, file_name)
    return source


def _kind(document: Any, file_name: str) -> LayoutKind:
    kind = document.get("layout", LayoutKind.DELIMITED) if isinstance(document, Mapping) else LayoutKind.DELIMITED
    if kind not in tuple(LayoutKind):
        raise SourceError(f"{file_name}: layout: {kind!r} is not known; choose one of {', '.join(LayoutKind)}")
    return LayoutKind(kind)


def _identity(top: Keys) -> Identity:
    if top.value("identity") == ALL_COLUMNS:
        return Identity(())
    identity = top.section("identity", required=("at", "scope"))
    return Identity(identity.slots("at"), IdentityScope(identity.choice("scope", tuple(IdentityScope))))


def _not_billable(top: Keys, columns: Columns) -> tuple[NotBillable, ...]:
    rules = []
    for rule in top.sections("not_billable", required=("reason",), optional=("when", "at", "is", "is_not")):
        if rule.has("when") == rule.has("at"):
            rule.refuse("when", "a rule looks at one value; write when: duration, or at: with a column")
        if ("is" in rule) == ("is_not" in rule):
            rule.refuse("is", "a rule has one of is and is_not")
        key = "is" if "is" in rule else "is_not"
        of: str | int = rule.choice("when", (*QUANTITIES, *WORDS)) if rule.has("when") else rule.slot("at")
        if isinstance(of, str) and not _has(columns, of):
            rule.refuse("when", f"needs columns.{'called' if of == 'number_category' else of}; describe it or drop it")
        words = _numbers(rule, key) if of in QUANTITIES else rule.texts(key)
        known = KNOWN_WORDS.get(str(of))
        if known and (unknown := sorted(set(words) - known)):
            rule.refuse(key, f"{unknown[0]!r} is never said of {of}; choose from {', '.join(sorted(known))}")
        if of == "units":  # which carry their decimals
            words += tuple(f"{word}.{'0' * UNITS_DECIMALS}" for word in words)
        rules.append(NotBillable(rule.text("reason"), of, frozenset(words), key == "is_not"))
    return tuple(rules)


def _has(columns: Columns, name: str) -> bool:
    there = {
        "number_category": columns.called, "direction": columns.direction, "usage_type": columns.usage_type,
        "duration": columns.duration, "pages": columns.pages, "events": columns.events, "bytes": columns.volume,
        "units": columns.units, "zone": columns.zone_at, "label": columns.label_at,
    }  # fmt: skip
    return there[name] is not None


def _numbers(rule: Keys, key: str) -> tuple[str, ...]:
    value = rule.value(key)
    if not isinstance(value, list):
        return (str(rule.number(key, at_least=0)),)
    if not value or not all(isinstance(each, int) and not isinstance(each, bool) for each in value):
        rule.refuse(key, f"{value!r} is no list of whole numbers")
    return tuple(map(str, value))


def _correction(top: Keys) -> Correction:
    if not top.has("corrections") or top.value("corrections") == CorrectionKind.NONE:
        return Correction()
    if isinstance(top.value("corrections"), str):
        top.choice("corrections", (CorrectionKind.NONE, CorrectionKind.CREDIT))
        return Correction(CorrectionKind.CREDIT)
    node = top.section("corrections", required=("kind",), optional=("version", "at", "is"))
    kind = CorrectionKind(node.choice("kind", (CorrectionKind.REPLACE, CorrectionKind.CANCEL)))
    if kind is CorrectionKind.CANCEL:
        node = top.section("corrections", required=("kind", "at", "is"))
        return Correction(kind, node.slot("at"), words=frozenset(node.texts("is")))
    node = top.section("corrections", required=("kind", "version"))
    version = node.section("version", required=("at", "writing"), optional=("time_zone",))
    writing = version.text("writing")
    fault = None if writing == NUMBER else writing_fault(writing)
    if fault:
        version.refuse("writing", f"{writing!r}: {fault}, or {NUMBER}")
    time_zone = read_time_zone(version) if version.has("time_zone") else "UTC"
    return Correction(kind, version.slot("at"), writing, time_zone)


def _one_call(top: Keys) -> OneCall | None:
    optional = ("any_order", "half", "wait_hours")
    rule = top.optional_section("one_call", required=("by", "kind"), optional=optional)
    if rule is None:
        return None
    by = rule.slots("by")
    any_order = rule.slots("any_order") if rule.has("any_order") else ()
    if rule.choice("kind", ("legs", "halves")) == "legs":
        if rule.has("half") or rule.has("wait_hours"):
            rule.refuse("kind", "legs have no half and wait for none; drop these keys, or write halves")
        return OneCall(by, any_order)
    if not rule.has("half") or not rule.has("wait_hours"):
        rule.refuse("kind", "halves need half: {at, start, stop} and wait_hours; write them")
    half = rule.section("half", required=("at", "start", "stop"))
    starts, stops = frozenset(half.texts("start")), frozenset(half.texts("stop"))
    if starts & stops:
        half.refuse("stop", f"{sorted(starts & stops)[0]!r} is a start too; a half is one of the two")
    return OneCall(by, any_order, half.slot("at"), starts, stops, rule.number("wait_hours"))


def _currency(top: Keys) -> str:
    if not top.has("currency_code"):
        return "EUR"
    code = top.text("currency_code")
    if not CURRENCY.fullmatch(code):
        top.refuse("currency_code", f"{code!r} is no ISO 4217 code; write it as EUR")
    return code


def _refuse_impossible(source: Source, file_name: str) -> None:
    """What two keys say together must be possible."""
    columns, trailer = source.columns, source.control.trailer
    if trailer and trailer.total_seconds_at and not columns.duration:
        raise SourceError(
            f"{file_name}: control_lines.trailer.total_seconds_at needs columns.duration; describe it or drop it"
        )
    if trailer and trailer.total_amount_at and not columns.amount:
        raise SourceError(
            f"{file_name}: control_lines.trailer.total_amount_at needs columns.amount; describe it or drop it"
        )
    kind = columns.usage_type
    kinds = (kind,) if isinstance(kind, str) else dict(kind.values).values()
    if "meter" in kinds and not columns.counters:
        raise SourceError(f"{file_name}: usage_type meter needs columns.counters; describe them")
