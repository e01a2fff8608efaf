"""Each column of a record by its keys: what it means, and the code and words of what it cannot mean."""

import pytest

from tests.described_usage import COLUMNS, a_call, described, read_lines

PRIVATE = {"writing": "any", "extensions": 4, "names": "internal"}


def column(name: str, **keys) -> dict:
    return {name: {**COLUMNS.get(name, {"at": 5}), **keys}}


@pytest.mark.parametrize(
    ("columns", "values", "reason"),
    [
        ({}, {"line": "x"}, "unreadable_line: x"),
        ({}, {"called": "x"}, "unreadable_number: x"),
        ({}, {"start": "2026-10-03"}, "impossible_date: 2026-10-03"),
        ({}, {"start": "2026-03-29 02:30:00"}, "impossible_date: 2026-03-29 02:30:00 does not exist in Europe/Paris"),
        ({}, {"start": "2026-10-25 02:30:00"}, "ambiguous_hour: 2026-10-25 02:30:00 comes twice in Europe/Paris"),
        ({}, {"seconds": "1:14"}, "unreadable_duration: 1:14"),
        (column("pages"), {"word": "x"}, "unreadable_pages: x"),
        (column("events"), {"word": "-1"}, "unreadable_events: -1"),
        (column("bytes", at=[4, 5]), {"word": "1,5"}, "unreadable_volume: 74 + 1,5"),
        (column("units", decimal_signs=","), {"word": "1.5"}, "unreadable_units: 1.5"),
        (column("amount", decimal_signs=","), {"word": "1.5"}, "unreadable_amount: 1.5"),
        (column("currency"), {"word": "USD"}, "other_currency: USD"),
        (column("direction", values={"E": "incoming"}), {"word": "S"}, "unknown_direction: S"),
        (column("reading_kind", values={"S": "measured"}), {"word": "?"}, "unknown_reading_kind: ?"),
        ({"counters": {"columns": [{"at": 5, "usage_type": "scan"}]}}, {"word": "x"}, "unreadable_counter: x"),
        ({}, {"identity": "\ufffd"}, "unreadable_bytes: column 6"),
    ],
)
def test_each_fault_has_its_code_and_the_suppliers_own_words(columns: dict, values: dict, reason: str):
    [row] = read_lines(described(columns), a_call(**values))

    assert (row["reject_reason"], row["usage_id"], row["raw_text"]) == (reason, None, a_call(**values))


def test_a_byte_that_is_no_text_does_not_hurt_where_nothing_is_billed():
    [row] = read_lines(described(column("label")), a_call(word="Caf\ufffd"))

    assert (row["reject_reason"], row["supplier_label"]) == (None, "Caf\ufffd")


def test_a_refused_record_spoils_no_neighbour():
    lines = [a_call(identity=str(n), seconds="x" if n == 7 else str(n)) for n in range(20)]

    rows = read_lines(described(), *lines)

    assert [row["duration_seconds"] for row in rows] == [None if n == 7 else str(n) for n in range(20)]
    assert [row["usage_id"] is None for row in rows] == [n == 7 for n in range(20)]


@pytest.mark.parametrize(
    ("columns", "values", "found"),
    [
        (column("duration", empty="absent"), {"seconds": ""}, {"duration_seconds": None}),
        (column("duration", empty="zero"), {"seconds": " "}, {"duration_seconds": "0"}),
        (column("duration", writing="decimal_seconds", rounding="up"), {"seconds": "1,2"}, {"duration_seconds": "2"}),
        (column("bytes", at=[4, 5]), {"word": "6"}, {"byte_count": "80"}),
        (column("bytes", at=[4, 5]), {"word": ""}, {"byte_count": "74"}),
        (column("bytes", unit="Mo", base=1024), {"word": "1,5"}, {"byte_count": "1572864"}),
        (column("bytes", empty="absent"), {"word": ""}, {"byte_count": None}),
        (column("units", decimal_signs=","), {"word": "1,5"}, {"unit_count": "1.500000"}),
        (column("amount", decimal_signs=",", sign="parentheses"), {"word": "(1,5)"}, {"supplier_amount": "-1.5000000000"}),
        (column("amount", decimal_signs=".", implied_decimals=4), {"word": "217"}, {"supplier_amount": "0.0217000000"}),
        (column("currency"), {"word": "EUR"}, {"line_id": "+33199001008"}),
        (column("zone"), {"word": " UE "}, {"zone": "UE"}),
        ({"direction": "transfer"}, {}, {"direction": "transfer"}),
        (column("direction", values={"E": "incoming"}), {"word": "E"}, {"direction": "incoming"}),
        (column("start", **{"is": "end"}), {}, {"started_at": "2026-10-03 08:14:16+00:00:00"}),
        (column("line", **PRIVATE), {"line": "user1"}, {"line_id": "user1"}),
        (column("called", **PRIVATE), {"called": "1001"}, {"number_category": "internal"}),
        ({"duration": {"from": 4, "until": 5, "writing": "epoch", "time_zone": "UTC"}},
         {"seconds": "1790000000", "word": "1790000074"}, {"duration_seconds": "74"}),
    ],
)  # fmt: skip
def test_a_column_means_what_its_keys_say(columns: dict, values: dict, found: dict):
    [row] = read_lines(described(columns), a_call(**values))

    assert row["reject_reason"] is None
    assert {name: row[name] for name in found} == found


def test_an_sms_is_one_event_where_nothing_counts_them():
    typed = described(usage_type={"at": 5, "values": {"V": "voice", "S": "sms"}, "ignore": {"Q": "quality_record"}})

    rows = read_lines(typed, *(a_call(word=word) for word in "VSQX"))
    [constant] = read_lines(described(usage_type="sms"), a_call())

    assert [row["event_count"] for row in (*rows, constant)] == [None, "1", None, None, "1"]
    assert [row["not_billable_reason"] for row in rows] == [None, None, "quality_record", None]
    assert [row["reject_reason"] for row in rows] == [None, None, None, "unknown_usage_type: X"]
