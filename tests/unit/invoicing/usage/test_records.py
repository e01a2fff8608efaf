"""A record's columns as COPY takes them: typed and identified, or refused with the first fault."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.source import Source, source_coded
from invoicing.usage.source_reader import load_sources
from tests.described_usage import CALL, described, read_bytes
from tests.integration import usage_lines
from tests.sealed_files import rows_of, sealed

SOURCES = load_sources(Path(__file__).parents[4] / "sources")
MESSIDOR, NOA24, COMPTEURS = (source_coded(code, SOURCES) for code in ("messidor", "noa24", "compteurs"))
ENCODABLE = st.characters(codec="cp1252", exclude_characters="\r\n\0")
a_call = usage_lines.a_call
A_TICKET = usage_lines.noa24(("3", "639980012")).decode().splitlines()[1]


def read_lines(*lines: str, source: Source = MESSIDOR) -> list:
    """The rows of some lines that stand after a header or a blank line."""
    text = "\n".join((source.layout.header or "", *lines))
    return read_bytes(source, text.encode(source.layout.encoding))[1]


def test_a_readable_record_is_typed_and_has_its_identity():
    [row] = read_lines(a_call(label=" Œuvre "))

    assert {**row, "usage_id": None, "raw_text": None} == {
        "file_number": "0", "source_line": "2", "raw_text": None, "reject_reason": None, "usage_id": None,
        "started_at": "2026-10-03 10:15:30+02:00:00", "local_day": "2026-10-03", "is_time_guessed": "f",
        "usage_type": "voice", "line_id": "+33199001008", "called_number": "+33639980012",
        "number_category": "mobile", "country_code": "FR", "duration_seconds": "74",
        "supplier_amount": "0.1480000000", "supplier_label": "Œuvre", "not_billable_reason": None,
    }  # fmt: skip


def test_an_identity_keeps_its_digest():
    """They are in the warehouse of users: another digest would bill every call that is delivered again."""
    [call], [ticket] = read_lines(a_call()), read_lines(A_TICKET, source=NOA24)
    [pages] = read_lines("CP1;31/10/2026;NOIR;4\u00a0218", source=COMPTEURS)

    assert [row["usage_id"] for row in (call, ticket, pages)] == [
        "6feb53940b9aa143ebd19dc046c7ab6c",
        "6f25d527beac95fee5224cc61bcaf7a4",
        "85369c434a181dcee7329f043d95a398",
    ]


@given(st.text(alphabet=ENCODABLE, min_size=1, max_size=40).filter(str.strip))
def test_any_text_is_one_row_that_keeps_the_text(text: str):
    for source in (MESSIDOR, COMPTEURS, None):
        reading, rows = read_bytes(source, f"{text}\n{text}".encode("cp1252"))

        assert (reading.line_count, len(rows)) == (2, reading.record_count)
        assert {row["raw_text"] for row in rows} <= {text}
        assert all((row.get("usage_id") is None) == (row["reject_reason"] is not None) for row in rows)


@pytest.mark.parametrize("field", ["label", "called", "duration", "amount", "line", "day", "time"])
@given(text=st.text(alphabet="0123456789 :/,.-hmn\\\tNé", max_size=12))
def test_any_value_leaves_a_whole_record_or_a_reason(field: str, text: str):
    [row] = read_lines(a_call(**{field: text}))

    needed = ("usage_id", "usage_type", "line_id", "started_at", "local_day", "duration_seconds")
    assert (row["reject_reason"] is None) == (None not in [row[name] for name in needed])
    assert row["reject_reason"] is None or ": " in row["reject_reason"]
    assert text in (row["raw_text"] or "")


def test_a_column_lost_before_the_last_separator_is_not_made_up_by_it():
    [row] = read_lines(a_call().replace(";MX2", ""))

    assert row["reject_reason"] == "wrong_column_count: 9 of 10"
    assert row["usage_type"] == "voice" and row["line_id"] is None


def test_one_line_too_short_and_one_too_long_do_not_make_two_records():
    """Together they have as many separators as two whole lines: the block would look right."""
    rows = read_lines(A_TICKET, A_TICKET[:-1], A_TICKET + ";", A_TICKET, source=NOA24)

    assert [row["reject_reason"] for row in rows] == [
        None, "wrong_column_count: 23 of 24", "wrong_column_count: 25 of 24", None,
    ]  # fmt: skip


def test_copys_own_signs_inside_a_value_stay_in_it():
    rows = read_lines(a_call(label="FRANCE\\N\tMOBILE"), a_call(called="06\\t", label="\\."))

    assert [row["supplier_label"] for row in rows] == ["FRANCE\\N\tMOBILE", "\\."]
    assert rows[1]["reject_reason"] == "unreadable_number: 06\\t"


def test_the_first_fault_is_told_and_what_was_readable_stays():
    [row] = read_lines(a_call(called="0 abc", duration="1:14", amount="?"))

    assert row["reject_reason"] == "unreadable_number: 0 abc"
    assert (row["line_id"], row["started_at"], row["supplier_label"]) == (
        "+33199001008", "2026-10-03 10:15:30+02:00:00", "FRANCE MOBILE",
    )  # fmt: skip
    assert (row["usage_id"], row["called_number"], row["not_billable_reason"]) == (None, None, None)


def test_a_byte_that_is_no_text_refuses_what_it_hurts():
    content = "\n".join([CALL] * 3).encode()
    content = content.replace(b"mot", b"m\xfft", 1).replace(b";74;", b";7\xff;", 2).replace(b"7\xff", b"74", 1)

    _, rows = read_bytes(described({"label": {"at": 5}}), content)

    assert [row["reject_reason"] for row in rows] == [None, "unreadable_bytes: column 4", None]
    assert rows[0]["supplier_label"] == "m\ufffdt"


def test_without_a_description_every_record_is_refused():
    _, [row] = read_bytes(None, b"\na;b\\")

    why = "no source description matches this name: autre.csv; describe it in sources/"
    assert row == {
        "file_number": "0", "source_line": "2", "source_path": None, "raw_text": "a;b\\",
        "reject_reason": f"unknown_layout: {why}",
    }  # fmt: skip


def test_the_hour_that_comes_twice_is_told_over_blocks_and_refused_lines():
    """Nine hundred calls an hour: the second pass begins long after the first block."""
    clock = [(hour, n // 15, n % 15 * 4) for hour in ("02", "02", "03") for n in range(900)]
    calls = [
        a_call(n, day="25/10/2026", time=f"{hour}:{minute:02d}:{second:02d}")
        for n, (hour, minute, second) in enumerate(clock)
    ]
    calls[1200] = "no call"

    rows = [row for row in read_lines(*calls) if row["reject_reason"] is None]

    assert [(row["started_at"] or "")[19:25] for row in rows] == ["+02:00"] * 900 + ["+01:00"] * 1799
    assert [row["is_time_guessed"] for row in rows] == ["t"] * 1799 + ["f"] * 900


def test_only_the_lines_that_are_asked_for_give_rows_and_all_are_counted(tmp_path: Path):
    path = tmp_path / "essai_1"
    path.write_text("\n".join([CALL, "", CALL + ";", CALL]), encoding="utf-8")
    usage = sealed(path, (described(),))
    whole, some = usage.read(7), usage.read(7, only={2, 3, 4})

    rows, some_rows = list(rows_of(whole)), list(rows_of(some))

    assert sorted(row["source_line"] or "" for row in some_rows) == ["3", "4"]
    assert all(row in rows for row in some_rows)
    assert (some.line_count, some.record_count) == (whole.line_count, whole.record_count) == (4, 3)
