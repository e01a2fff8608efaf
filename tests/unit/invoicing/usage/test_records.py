"""A record's columns as COPY takes them: typed and identified, or refused with the first fault."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.records import COLUMNS, record_writer
from invoicing.usage.source import IdentityScope, NotBillable, Quantity, Source, source_coded
from invoicing.usage.source_reader import load_sources
from tests.integration.usage_lines import a_call, noa24

SOURCES = load_sources(Path(__file__).parents[4] / "sources")
MESSIDOR, NOA24, COMPTEURS = (source_coded(code, SOURCES) for code in ("messidor", "noa24", "compteurs"))
UNESCAPED = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def read(*lines: str, source: Source | None = MESSIDOR, file_id: str = "f" * 64, name: str = "a.csv") -> list[dict]:
    """The rows as a server reads them: COPY's signs undone, null as None."""
    write = record_writer(source, file_id, name)
    rows = []
    for number, line in enumerate(lines, start=2):
        row = write(number, line)
        assert row.endswith("\n") and row.count("\n") == 1
        rows.append(dict(zip(COLUMNS, map(unescaped, row[:-1].split("\t")), strict=True)))
    return rows


def unescaped(text: str) -> str | None:
    if text == "\\N":
        return None
    parts = text.split("\\\\")
    for written, sign in list(UNESCAPED.items())[1:]:
        parts = [part.replace(written, sign) for part in parts]
    assert not [part for part in parts if "\\" in part]
    return "\\".join(parts)


def test_a_readable_record_is_typed_and_has_its_identity():
    [row] = read(a_call(label=" Œuvre "))

    assert row | {"usage_id": None, "content_digest": None, "raw_text": None} == {
        "file_id": "f" * 64, "source_line": "2", "source_file": "a.csv", "source_code": "messidor", "raw_text": None,
        "is_rejected": "f", "reject_reason": None, "usage_id": None, "content_digest": None,
        "started_at": "2026-10-03 10:15:30+02:00:00", "local_day": "2026-10-03", "is_time_guessed": "f",
        "usage_type": "voice", "line_id": "+33199001008", "called_number": "+33639980012", "duration_seconds": "74",
        "page_count": None, "supplier_amount": "0.1480000000", "supplier_label": "Œuvre", "not_billable_reason": None,
    }  # fmt: skip


def test_identity_and_content_keep_their_digests():
    """They are in the warehouse of users: another digest would bill every call that is delivered again."""
    [call], [ticket] = read(a_call()), read(noa24(("3", "639980012")).decode().splitlines()[1], source=NOA24)
    [pages] = read("CP1;31/10/2026;NOIR;4\u00a0218", source=COMPTEURS)

    assert [(row["usage_id"], row["content_digest"]) for row in (call, ticket, pages)] == [
        ("6feb53940b9aa143ebd19dc046c7ab6c", "f5871ccacfc1512b0b0cb08691aaa987"),
        ("6f25d527beac95fee5224cc61bcaf7a4", "f037ed4b7b6b2ece7a2c1672d4a6cd82"),
        ("85369c434a181dcee7329f043d95a398", "6e20243177619bc58f61625a075af5b3"),
    ]  # fmt: skip


@given(st.text(alphabet=st.characters(blacklist_characters="\r\n\0", blacklist_categories=["Cs"]), max_size=40))
def test_any_text_is_one_row_that_keeps_the_text(text: str):
    for source in (MESSIDOR, NOA24, COMPTEURS, None):
        [row] = read(text, source=source)

        assert row["raw_text"] == text
        assert (row["is_rejected"] == "t") == (row["reject_reason"] is not None)


@pytest.mark.parametrize("field", ["label", "called", "duration", "amount", "line", "day", "time"])
@given(text=st.text(alphabet="0123456789 :/,.-hmn\\\tN\ufffdé\u0663", max_size=12))
def test_any_value_leaves_a_whole_record_or_a_reason(field: str, text: str):
    [row] = read(a_call(**{field: text}))

    needed = ("usage_id", "content_digest", "usage_type", "line_id", "started_at", "local_day", "duration_seconds")
    assert (row["reject_reason"] is None) == (None not in [row[name] for name in needed])
    assert row["reject_reason"] is None or text in row["raw_text"]


def test_a_separator_inside_quotes_parts_nothing_and_a_quote_left_open_spoils_one_line():
    inside = a_call(label='"FRANCE; MOBILE"')
    left_open = a_call().replace('"0639980012"', '"0639980012')

    first, second, third = read(inside, left_open, a_call())

    assert (first["reject_reason"], first["supplier_label"]) == (None, "FRANCE; MOBILE")
    assert second["reject_reason"] == "wrong_column_count: 5 of 10"
    assert third["reject_reason"] is None


def test_a_column_lost_before_the_last_separator_is_not_made_up_by_it():
    [row] = read(a_call().replace(";MX2", ""))

    assert row["reject_reason"] == "wrong_column_count: 9 of 10"
    assert row["usage_type"] == "voice" and row["line_id"] is None


def test_columns_after_the_last_one_that_means_something_are_counted_too():
    line = noa24(("3", "639980012")).decode().splitlines()[1]

    rows = read(line, line[:-1], line + ";", source=NOA24)

    assert [row["reject_reason"] for row in rows] == [
        None, "wrong_column_count: 23 of 24", "wrong_column_count: 25 of 24",
    ]  # fmt: skip


def test_a_value_too_long_to_be_one_spoils_its_own_line():
    first, second = read(a_call(label="A" * 200_000), a_call())

    assert first["reject_reason"] == "wrong_column_count: 1 of 10"
    assert second["reject_reason"] is None


def test_copys_own_signs_inside_a_value_stay_in_it():
    [row] = read(a_call(label="FRANCE\\N\tMOBILE"), name="a\tb\\c\n.csv")

    assert (row["supplier_label"], row["source_file"]) == ("FRANCE\\N\tMOBILE", "a\tb\\c\n.csv")


def test_the_first_fault_is_told_and_what_was_readable_stays():
    [row] = read(a_call(called="anonymous", duration="1:14", amount="?"))

    assert row["reject_reason"] == "unreadable_number: anonymous"
    assert (row["line_id"], row["started_at"], row["supplier_label"]) == (
        "+33199001008", "2026-10-03 10:15:30+02:00:00", "FRANCE MOBILE",
    )  # fmt: skip
    assert (row["usage_id"], row["content_digest"], row["not_billable_reason"]) == (None, None, None)


def test_an_identity_that_holds_within_a_file_differs_in_the_next_one():
    by_file = replace(MESSIDOR, identity_scope=IdentityScope.FILE)
    ids = [
        read(a_call(), source=source, file_id=file_id)[0]["usage_id"]
        for source in (MESSIDOR, by_file)
        for file_id in ("a" * 64, "b" * 64)
    ]

    assert ids[0] == ids[1]
    assert len({*ids}) == 3


def test_of_several_rules_the_first_says_why_nobody_pays():
    rules = (NotBillable("seven", Quantity.DURATION, 7), NotBillable("unanswered", Quantity.DURATION, 0))
    source = replace(MESSIDOR, not_billable=rules)

    rows = read(*(a_call(duration=f"00mn{seconds:02d}") for seconds in (0, 7, 8)), source=source)

    assert [row["not_billable_reason"] for row in rows] == ["unanswered", "seven", None]


def test_without_a_description_every_record_is_refused():
    [row] = read("a;b\\", source=None)

    known: dict[str, Any] = {name: value for name, value in row.items() if value is not None}
    assert known == {
        "file_id": "f" * 64, "source_line": "2", "source_file": "a.csv", "source_code": "unknown", "raw_text": "a;b\\",
        "is_rejected": "t", "is_time_guessed": "f",
        "reject_reason": "unknown_layout: no source description matches this name",
    }  # fmt: skip
