"""What a source's rules say of a record: what tells it from others, one call, a version, a cancellation, nobody pays."""

import json

import pytest

from tests.described_usage import COLUMNS, a_call, described, read_bytes, read_lines

PAGES = [{"at": 4, "usage_type": "page_black"}, {"at": 5, "usage_type": "page_colour"}]


def ids(source, *lines: str, file: str = "") -> list:
    """The identities of some lines; `file` is a blank line that makes another file of them."""
    return [row["usage_id"] for row in read_bytes(source, "\n".join((*lines, file)).encode())[1]]


@pytest.mark.parametrize(
    ("scope", "is_same"),
    [
        ("ever", {"word": True, "file": True, "line": True, "start": True, "identity": False}),
        ("file", {"word": True, "file": False, "line": True, "start": True, "identity": False}),
        ("caller", {"word": True, "file": True, "line": False, "start": True, "identity": False}),
        ("day", {"word": True, "file": True, "line": True, "start": False, "identity": False}),
    ],
)
def test_an_identity_holds_as_far_as_its_scope_says(scope: str, is_same: dict[str, bool]):
    source = described(identity={"at": 6, "scope": scope})
    others = {"word": "x", "line": "0199001009", "start": "2026-10-04 10:15:30", "identity": "T2"}

    found = {"file": ids(source, a_call(), file=" ") == ids(source, a_call())}
    for key, value in others.items():
        one, other = ids(source, a_call(), a_call(**{key: value}))
        found[key] = one == other

    assert found == is_same


def test_a_day_is_the_one_in_paris():
    source = described({"start": {**COLUMNS["start"], "time_zone": "UTC"}}, identity={"at": 6, "scope": "day"})
    before, after = ids(source, *(a_call(start=f"2026-10-03 2{hour}:30:00") for hour in (1, 2)))

    assert before != after
    assert [after] == ids(source, a_call(start="2026-10-04 10:00:00"))


def test_a_line_written_otherwise_is_the_same_caller():
    source = described({"line": {"at": 1, "writing": "any"}}, identity={"at": 6, "scope": "caller"})

    assert len({*ids(source, a_call(), a_call(line="+33199001008"), a_call(line="0033199001008"))}) == 1


@pytest.mark.parametrize("keys", [{}, {"quote": '"'}, {"column_count": [6, 7]}])
def test_without_identity_every_column_tells_a_record_apart_even_those_that_mean_nothing(keys: dict):
    source = described(identity="all_columns", **keys)

    one, same, other = ids(source, a_call(), a_call(), a_call(word="autre"))

    assert one == same != other


def test_the_identity_of_equal_texts_does_not_change_with_its_neighbours():
    source = described({"label": {"at": 5}}, quote='"')

    [alone] = ids(source, a_call())
    beside = ids(source, a_call(), a_call(word="a\\b"), a_call(identity='"T;1"'), "a")

    assert beside[0] == beside[1] == alone
    assert beside[2] not in (None, alone) and beside[3] is None


def test_a_later_version_replaces_by_number_or_date():
    by_number = described(corrections={"kind": "replace", "version": {"at": 5, "writing": "number"}})
    by_date = described(corrections={
        "kind": "replace", "version": {"at": 5, "writing": "DD/MM/YYYY hh:mm:ss", "time_zone": "Europe/Paris"},
    })  # fmt: skip

    numbers = [row["version_key"] for row in read_lines(by_number, *(a_call(word=n) for n in ("9", "10", "x")))]
    dates = read_lines(by_date, *(a_call(word=f"0{n}/10/2026 00:30:00") for n in (1, 2)))

    assert numbers[0] < numbers[1] and numbers[2] is None
    assert [row["version_key"] for row in dates] == ["2026-09-30T22:30:00.000Z", "2026-10-01T22:30:00.000Z"]


def test_a_version_that_cannot_be_read_refuses_the_record():
    source = described(corrections={"kind": "replace", "version": {"at": 5, "writing": "number"}})

    [row] = read_lines(source, a_call(word="v2"))

    assert (row["reject_reason"], row["usage_id"]) == ("unreadable_version: v2", None)
    assert row["line_id"] == "+33199001008"


def test_a_cancellation_is_told_by_its_words_and_never_by_a_record_that_is_refused():
    source = described(corrections={"kind": "cancel", "at": 5, "is": ["A", "ANN"]})

    rows = read_lines(
        source, *(a_call(word=word) for word in ("A", "ANN", "a", "")), a_call(word="A", seconds="?"), "A"
    )

    assert [row["is_cancellation"] for row in rows] == ["t", "t", "f", "f", "f", "f"]


def test_legs_of_one_call_share_a_key_and_records_without_one_have_none():
    source = described(one_call={"by": 5, "kind": "legs"})

    one, same, other, none = read_lines(source, *(a_call(word=word) for word in ("c1", "c1", "c2", "")))

    assert one["call_key"] == same["call_key"] not in (None, other["call_key"])
    assert none["call_key"] is None and none["reject_reason"] is None
    assert "call_half" not in one


HALVES = {"by": 6, "kind": "halves", "half": {"at": 5, "start": "INVITE", "stop": ["BYE", "CANCEL"]}, "wait_hours": 24}


def test_a_start_and_its_stop_share_a_key_and_say_which_half_they_are():
    start, stop, other = read_lines(
        described(one_call=HALVES), a_call(word="INVITE"), a_call(word="BYE", line=""), a_call(word="ACK"),
    )  # fmt: skip

    assert [row["call_half"] for row in (start, stop, other)] == ["start", "stop", None]
    assert start["call_key"] == stop["call_key"] is not None
    assert stop["reject_reason"] is None, "a stop need not say whose call it ends"
    assert other["reject_reason"] == "unknown_half: ACK"


def test_a_start_must_say_whose_call_it_is():
    [start] = read_lines(described(one_call=HALVES), a_call(word="INVITE", line=""))

    assert start["reject_reason"] == "unreadable_line: "


def test_columns_in_any_order_may_change_places_between_the_halves():
    turned = {"line": "0639980012", "called": "0199001008"}
    ordered, free = described(one_call=HALVES), described(one_call={**HALVES, "any_order": [1, 2]})
    by_both = described(one_call={**HALVES, "by": [1, 2, 6]})

    keys = {
        source: {row["call_key"] for row in read_lines(source, a_call(word="INVITE"), a_call(word="BYE", **turned))}
        for source in (ordered, free, by_both)
    }

    assert [len(keys[source]) for source in (ordered, free, by_both)] == [1, 1, 2]
    assert keys[free] != keys[ordered]


def test_an_attempt_that_nobody_pays_waits_for_no_other_half():
    source = described(one_call=HALVES, not_billable=[{"reason": "not_answered", "when": "duration", "is": 0}])

    [row] = read_lines(source, a_call(word="INVITE", seconds="0"))

    assert [row[name] for name in ("not_billable_reason", "call_key", "call_half", "reject_reason")] == [
        "not_answered", None, None, None,
    ]  # fmt: skip


def test_a_meter_tells_each_counter_that_was_read_and_no_other():
    source = described({"duration": None, "counters": {"columns": PAGES, "thousands_sign": " "}}, usage_type="meter")

    both, one, zero, none, bad = read_lines(
        source, a_call(seconds="307 870", word="695"), a_call(seconds="12", word=""), a_call(seconds="0", word="0"),
        a_call(seconds="", word=""), a_call(seconds="12", word="1,5"),
    )  # fmt: skip

    assert [json.loads(row["counters"]) for row in (both, one, zero)] == [
        {"page_black": 307870, "page_colour": 695}, {"page_black": 12}, {"page_black": 0, "page_colour": 0},
    ]  # fmt: skip
    assert [row["reject_reason"] for row in (none, bad)] == ["unreadable_counter:  ", "unreadable_counter: 12 1,5"]
    assert none["counters"] is None


def test_of_several_rules_the_first_says_why_nobody_pays():
    rules = [
        {"reason": "seven", "when": "duration", "is": [7, 8]},
        {"reason": "not_ok", "at": 5, "is_not": ["OK", "FREE"]},
        {"reason": "free", "at": 5, "is": "FREE"},
    ]
    values = [("7", "OK"), ("8", "x"), ("9", "x"), ("9", "FREE"), ("9", "OK")]

    rows = read_lines(described(not_billable=rules), *(a_call(seconds=seconds, word=word) for seconds, word in values))

    assert [row["not_billable_reason"] for row in rows] == ["seven", "seven", "not_ok", "free", None]


@pytest.mark.parametrize(
    ("columns", "rule", "values", "keys"),
    [
        ({}, {"when": "number_category", "is": "mobile"}, {}, {}),
        ({"direction": "incoming"}, {"when": "direction", "is": "incoming"}, {}, {}),
        (
            {"direction": {"at": 5, "values": {"E": "incoming"}}},
            {"when": "direction", "is": "incoming"},
            {"word": "E"},
            {},
        ),
        ({"pages": {"at": 5}}, {"when": "pages", "is": 0}, {"word": "0"}, {}),
        ({"events": {"at": 5}}, {"when": "events", "is": 0}, {"word": "0"}, {}),
        ({"bytes": {"at": 5}}, {"when": "bytes", "is": 0}, {"word": "0"}, {}),
        ({"units": {"at": 5, "decimal_signs": ","}}, {"when": "units", "is": 0}, {"word": "0,00"}, {}),
        ({"units": {"at": 5, "decimal_signs": ",", "empty": "zero"}}, {"when": "units", "is": 0}, {"word": ""}, {}),
        ({"zone": {"at": 5}}, {"when": "zone", "is": "FR"}, {"word": "FR"}, {}),
        ({"label": {"at": 5}}, {"when": "label", "is_not": "PAYANT"}, {"word": "GRATUIT"}, {}),
        ({}, {"when": "usage_type", "is": "voice"}, {}, {}),
        ({}, {"when": "usage_type", "is": "data"}, {"word": "D"}, {"usage_type": {"at": 5, "values": {"D": "data"}}}),
    ],
)
def test_a_rule_may_look_at_any_value_as_it_was_understood(columns: dict, rule: dict, values: dict, keys: dict):
    source = described(columns, not_billable=[{"reason": "free", **rule}], **keys)

    [row] = read_lines(source, a_call(**values))

    assert (row["not_billable_reason"], row["reject_reason"]) == ("free", None)
