"""Every key of a description: what it may say, and how what it may not say is refused."""

from typing import Any

import pytest
import yaml

from invoicing.usage.source import SourceError
from invoicing.usage.source_reader import read_source
from tests.described_usage import COLUMNS, START, description

ELEMENT: dict[str, Any] = {
    "line": {"at": "a", "writing": "national"}, "called": None, "duration": None, "start": {**START, "at": "s"},
}  # fmt: skip
XML: dict[str, Any] = {"layout": "xml", "record": "r", "identity": {"at": "i", "scope": "ever"}}
JSON: dict[str, Any] = {"layout": "json", "records": "a.b", "identity": {"at": "i", "scope": "ever"}}
FIXED: dict[str, Any] = {
    "layout": "fixed_width", "record_begins": "D", "line_length": 30, "identity": {"at": "a", "scope": "ever"},
    "fields": {"a": {"from": 2, "length": 9}, "s": {"from": 11, "length": 20}},
}  # fmt: skip
TITLED: dict[str, Any] = {**XML, "layout": "delimited", "header": True, "column_count": None, "separator": ";",
                          "quote": None, "trailing_separator": False}  # fmt: skip
del TITLED["record"]
HALVES = {"by": 6, "kind": "halves", "half": {"at": 5, "start": "A", "stop": "B"}, "wait_hours": 24}
TRAILER = {"at": 1, "is": "FIN"}
VERSION = {"at": 5, "writing": "number"}
SPAN = {"from": 3, "until": 4, "writing": "epoch", "time_zone": "UTC"}
COUNTERS = {"columns": [{"at": 5, "usage_type": "page_black"}]}


def column(name: str, **keys: Any) -> dict[str, Any]:
    return {name: {**COLUMNS.get(name, {"at": 5}), **keys}}


ACCEPTED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"file_name": ["a_*", "b_*"]}), ({}, {"encoding": "utf-16"}), ({}, {"quote": '"', "escape": "\\"}),
    ({}, {"padding": " "}), ({}, {"column_count": [6, 7]}), ({}, {"header": "Appelant"}), ({}, {"currency_code": "CHF"}),
    (ELEMENT, TITLED), (ELEMENT, {**TITLED, "other_columns": ["x"]}), (ELEMENT, {**TITLED, "other_columns": "allowed"}),
    (ELEMENT, XML), (ELEMENT, JSON), (ELEMENT, {**JSON, "records": ""}),
    ({**ELEMENT, **column("line", at="a")}, {**FIXED, "padding": "0"}),
    ({}, {"usage_type": {"at": 5, "values": {"V": "voice"}, "ignore": {"Q": "quality"}}}),
    (column("line", writing="any", extensions=4, names="internal", lost_zero="restored", ignored_signs=" ."), {}),
    (column("called", writing="by_nature", nature_at=5), {}), (column("called", writing="outside_digit", outside_digit="9"), {}),
    (column("start", at=[3, 5], writing="DD/MM/YYYY hh:mm"), {}), (column("start", **{"is": "end"}), {}),
    (column("start", writing="epoch", hour_that_comes_twice="offset"), {}),
    (column("duration", rounding="up", empty="zero"), {}), ({"duration": {**SPAN, "rounding": "down", "empty": "absent"}}, {}),
    ({"direction": "outgoing"}, {}), (column("direction", values={"E": "incoming"}), {}), (column("zone"), {}),
    (column("label"), {}), (column("pages", thousands_sign=" ", empty="zero"), {}), (column("events", empty="absent"), {}),
    (column("bytes", at=[4, 5]), {}), (column("bytes", unit="Mo", base=1024, decimal_signs=",", thousands_sign=" "), {}),
    (column("bytes", unit="written", base=1000, rounding="up", empty="absent"), {}),
    (column("units", decimal_signs=",.", thousands_sign=" ", empty="zero"), {"usage_type": "unit"}),
    ({"counters": {**COUNTERS, "thousands_sign": " "}, **column("reading_kind", values={"S": "measured"})}, {"usage_type": "meter"}),
    (column("amount", decimal_signs=",", thousands_sign=" ", sign="parentheses", currency="EUR", empty="zero"), {}),
    (column("amount", decimal_signs=".", implied_decimals=4, sign="trailing"), {}), (column("currency"), {}),
    *(({}, {"identity": {"at": [5, 6], "scope": scope}}) for scope in ("ever", "file", "caller", "day")),
    ({}, {"identity": "all_columns"}),
    ({}, {"not_billable": [{"reason": "r", "when": "duration", "is": [0, 1]}, {"reason": "q", "at": 5, "is_not": "OK"}]}),
    ({}, {"not_billable": [{"reason": "r", "when": "number_category", "is": "internal"}]}),
    *(({}, {"corrections": word}) for word in ("none", "credit")),
    ({}, {"corrections": {"kind": "cancel", "at": 5, "is": ["A", "S"]}}), ({}, {"corrections": {"kind": "replace", "version": VERSION}}),
    ({}, {"corrections": {"kind": "replace", "version": {"at": 5, "writing": "YYYYMMDD", "time_zone": "Europe/Paris"}}}),
    ({}, {"one_call": HALVES}), ({}, {"one_call": {"by": [5, 6], "kind": "legs", "any_order": [1, 2]}}),
    ({}, {"control_lines": {"start": {"at": 1, "is": "D", "sequence_at": 2}, "trailer": TRAILER, "others": [{"at": 1, "is": "#"}]}}),
    (column("amount", decimal_signs=","), {"control_lines": {"trailer": {**TRAILER, "record_count_at": 2, "total_seconds_at": 3,
     "total_seconds_writing": "hhmmss", "total_amount_at": {"from": 9, "length": 4}}}}),
    ({}, {"file_name_parts": {"pattern": "_(?P<day>[0-9]{8})_(?P<sequence>[0-9]+)", "day_writing": "YYYYMMDD"}}),
    ({}, {"rhythm": {"every": "day", "lateness_hours": 0, "sequence": "continuous", "empty_day": "file"}}),
    ({}, {"road": {"kind": "sftp", "connection": "sftp_essai", "folder": "/out"}}),
]  # fmt: skip

REFUSED: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"encodin": "utf-8"}, "encodin: unknown key; the keys here are source_code, file_name"),
    ({}, {"encoding": "utf-7"}, "encoding: 'utf-7' is not known; choose one of 'cp1252'"),
    ({}, {"layout": "yaml"}, "layout: 'yaml' is not known; choose one of delimited, fixed_width, json, xml"),
    ({}, {"file_name": []}, "file_name: [] is no text and no list of texts; write \"A\""),
    ({}, {"source_code": 7}, "source_code: 7 is no text; put it in quotes"),
    ({}, {"quote": '""'}, "quote: '\"\"' is not one sign; give exactly one"),
    ({}, {"trailing_separator": "no"}, "trailing_separator: 'no' is neither true nor false"),
    ({}, {"column_count": 5}, "identity.at: 6 is no position; columns go from 1 to 5"),
    ({}, {"column_count": []}, "column_count: [] is no list of counts; write 24 or [16, 17, 18]"),
    ({}, {"column_count": None}, "column_count: None is no whole number from 1"),
    ({}, {"other_columns": "allowed"}, "other_columns: goes with header: true"),
    (ELEMENT, {**TITLED, "column_count": 6}, "column_count: the titles of line 1 are counted; write null"),
    (ELEMENT, {**XML, "record": None}, "record: None is no text"),
    (ELEMENT, {**JSON, "records": ["a"]}, "records: ['a'] is no dotted path; write \"\""),
    ({**ELEMENT, **column("line", at=1)}, XML, "columns.line.at: 1 is no path; write it in quotes"),
    ({**ELEMENT, **column("line", at="x")}, FIXED, "columns.line.at: 'x' is no field; the layout has a, s"),
    (ELEMENT, {**FIXED, "line_length": 29}, "fields.s.length: ends at 30, after the line's 29 signs"),
    (ELEMENT, {**FIXED, "fields": {1: {"from": 2, "length": 9}, "s": {"from": 1, "length": 1}}}, "columns.line.at: 'a' is no field"),
    ({}, {"usage_type": "call"}, "usage_type: 'call' is not known; choose one of 'voice'"),
    ({}, {"usage_type": {"at": 5, "values": {"V": "call"}}}, "usage_type.values.V: 'call' is not known"),
    ({}, {"usage_type": {"at": 5, "values": {1: "voice"}}}, "usage_type.values.1: is no text; put it in quotes"),
    ({}, {"usage_type": {"at": 5, "values": {}}}, "usage_type.values: {} is no mapping; write {THEIRS: ours}"),
    ({}, {"usage_type": "meter"}, "usage_type meter needs columns.counters; describe them"),
    ({}, {"usage_type": {"at": 5, "values": {"M": "meter"}}}, "usage_type meter needs columns.counters; describe them"),
    (column("line", writing="by_nature"), {}, "columns.line.writing: 'by_nature' is not known"),
    (column("line", names="ours"), {}, "columns.line.names: 'ours' is not known; choose one of 'internal'"),
    (column("line", extensions=0), {}, "columns.line.extensions: 0 is no whole number from 1"),
    (column("called", writing="serial"), {}, "columns.called.writing: 'serial' is not known"),
    (column("called", writing="by_nature"), {}, "columns.called.nature_at: missing key; this writing needs it"),
    (column("start", at=[]), {}, "columns.start.at: [] names no column; write one or several"),
    (column("start", time_zone="Europe/Pari"), {}, "columns.start.time_zone: 'Europe/Pari' is no time zone; write it as"),
    (column("start", time_zone="Europe"), {}, "columns.start.time_zone: 'Europe' is no time zone"),
    (column("start", time_zone="localtime"), {}, "columns.start.time_zone: 'localtime' is another zone on another machine"),
    (column("start", writing="DD/MM hh:mm"), {}, "columns.start.writing: 'DD/MM hh:mm': it has no Y place; add it"),
    (column("start", hour_that_comes_twice="offset"), {}, "columns.start.writing: 'YYYY-MM-DD hh:mm:ss': it has no offset"),
    ({**column("start", **{"is": "end"}), "duration": None}, {}, "columns.start.is: the start of what ended needs columns.duration"),
    ({"duration": 7}, {}, "columns.duration is no mapping; write at, writing"),
    (column("duration", writing="minutes"), {}, "columns.duration.writing: 'minutes' is not known"),
    (column("duration", rounding="even"), {}, "columns.duration.rounding: 'even' is not known; choose one of 'up'"),
    (column("duration", empty="null"), {}, "columns.duration.empty: 'null' is not known; choose one of 'unreadable'"),
    ({"duration": {**SPAN, "writing": "YYYYMMDDhhmm", "time_zone": "Europe/Paris"}}, {},
     "columns.duration.time_zone: two local times make no duration; use times in UTC"),
    ({"direction": "out"}, {}, "columns.direction: 'out' is not known; choose one of 'outgoing'"),
    (column("bytes", unit="Mo"), {}, "columns.bytes.base: a Ko is 1000 or 1024 bytes; ask the supplier which"),
    (column("bytes", unit="Mo", base=1023), {}, "columns.bytes.base: a Ko is 1000 or 1024 bytes"),
    (column("bytes", thousands_sign="."), {}, "columns.bytes.thousands_sign: '.' is a decimal sign too; write decimal_signs"),
    (column("units", decimal_signs=",.", thousands_sign=","), {}, "columns.units.thousands_sign: ',' is a decimal sign too"),
    (column("units", decimal_signs="1"), {}, "columns.units.decimal_signs: '1' is not known; choose one of ','"),
    (column("amount", decimal_signs=",", thousands_sign=","), {}, "columns.amount.decimal_signs: ',' is decimal sign and"),
    (column("amount", decimal_signs=",", implied_decimals=11), {}, "columns.amount.decimal_signs: implied_decimals is 11"),
    (column("amount", decimal_signs=",", sign="before"), {}, "columns.amount.sign: 'before' is not known"),
    ({"counters": {"columns": []}}, {}, "columns.counters.columns: [] names no counter; write one or several"),
    ({"counters": {"columns": COUNTERS["columns"] * 2}}, {}, "columns.counters.columns[1].usage_type: 'page_black' stands twice"),
    (column("reading_kind", values={"S": "seen"}), {}, "columns.reading_kind.values.S: 'seen' is not known"),
    ({}, {"identity": {"at": 6, "scope": "month"}}, "identity.scope: 'month' is not known; choose one of 'ever', 'file'"),
    ({}, {"identity": "all"}, "identity is no mapping; write at, scope"),
    ({}, {"not_billable": None}, "not_billable: None is no list; write [] for none"),
    ({}, {"not_billable": [{"reason": "r", "when": "colour", "is": "x"}]}, "not_billable[0].when: 'colour' is not known"),
    ({}, {"not_billable": [{"reason": "r", "when": "number_category", "is": "intern"}]},
     "not_billable[0].is: 'intern' is never said of number_category; choose from banalised"),
    ({}, {"not_billable": [{"reason": "r", "is": 0}]}, "not_billable[0].when: a rule looks at one value; write when: duration"),
    ({}, {"not_billable": [{"reason": "r", "at": 5}]}, "not_billable[0].is: a rule has one of is and is_not"),
    ({}, {"not_billable": [{"reason": "r", "at": 5, "is": False}]}, "not_billable[0].is: False is no text and no list"),
    ({}, {"not_billable": [{"reason": "r", "when": "pages", "is": 0}]}, "not_billable[0].when: needs columns.pages; describe it"),
    ({}, {"not_billable": [{"reason": "r", "when": "duration", "is": ["0"]}]}, "not_billable[0].is: ['0'] is no list of whole"),
    ({"called": None}, {"not_billable": [{"reason": "r", "when": "number_category", "is": "internal"}]},
     "not_billable[0].when: needs columns.called; describe it"),
    ({}, {"corrections": "replace"}, "corrections: 'replace' is not known; choose one of 'none', 'credit'"),
    ({}, {"corrections": {"kind": "cancel"}}, "corrections.at: missing key"),
    ({}, {"corrections": {"kind": "replace", "version": {**VERSION, "writing": "v"}}}, "corrections.version.writing: 'v': v is no place"),
    ({}, {"one_call": {"by": 6, "kind": "halves"}}, "one_call.kind: halves need half: {at, start, stop} and wait_hours"),
    ({}, {"one_call": {**HALVES, "kind": "legs"}}, "one_call.kind: legs have no half and wait for none; drop these keys"),
    ({}, {"one_call": {**HALVES, "half": {"at": 5, "start": "A", "stop": ["B", "A"]}}}, "one_call.half.stop: 'A' is a start too"),
    ({}, {"control_lines": {"start": {"at": None, "is": "D"}}}, "control_lines.start.at: null names no place; write a column"),
    ({}, {"control_lines": {"trailer": {**TRAILER, "total_amount_at": 2}}}, "control_lines.trailer.total_amount_at needs"),
    ({"duration": None}, {"control_lines": {"trailer": {**TRAILER, "total_seconds_at": 2}}},
     "control_lines.trailer.total_seconds_at needs columns.duration; describe it or drop it"),
    ({}, {"file_name_parts": {"pattern": "("}}, "file_name_parts.pattern: '(' is no regular expression"),
    ({}, {"file_name_parts": {"pattern": "(?P<month>.)"}}, "file_name_parts.pattern: '(?P<month>.)' needs (?P<day>"),
    ({}, {"file_name_parts": {"pattern": "(?P<day>.)"}}, "file_name_parts.day_writing: goes with (?P<day>"),
    ({}, {"file_name_parts": {"pattern": "(?P<day>.)", "day_writing": "epoch"}}, "file_name_parts.day_writing: 'epoch': it names no"),
    ({}, {"currency_code": "euro"}, "currency_code: 'euro' is no ISO 4217 code; write it as EUR"),
    ({}, {"rhythm": {"every": "year"}}, "rhythm.every: 'year' is not known; choose one of 'hour'"),
    ({}, {"rhythm": {"lateness_hours": -1}}, "rhythm.lateness_hours: -1 is no whole number from 0"),
    ({}, {"road": {"kind": "ftp"}}, "road.kind: 'ftp' is not known; choose one of folder"),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "keys"), ACCEPTED, ids=str)
def test_what_may_be_said_is_accepted(columns: dict[str, Any], keys: dict[str, Any]):
    assert read_source(description(columns, **keys), "essai.yml").source_code == "essai"


@pytest.mark.parametrize(
    ("columns", "keys", "words"), REFUSED, ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_cannot_be_is_refused_with_its_file_key_and_way_out(
    columns: dict[str, Any], keys: dict[str, Any], words: str
):
    with pytest.raises(SourceError) as refused:
        read_source(description(columns, **keys), "essai.yml")

    assert str(refused.value).startswith(f"essai.yml: {words}")


@pytest.mark.parametrize("key", yaml.safe_load(description()))
def test_no_key_that_is_required_may_be_missing(key: str):
    document = yaml.safe_load(description())
    del document[key]

    with pytest.raises(
        SourceError, match=rf"^essai\.yml: {key}: missing key; add it, with null when the source has none"
    ):
        read_source(yaml.safe_dump(document), "essai.yml")
