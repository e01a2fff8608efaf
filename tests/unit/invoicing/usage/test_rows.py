"""Lines and elements into columns: what cannot be split spoils itself, not its neighbours."""

import csv
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.delimited import row_splitter
from invoicing.usage.memo import LIMIT, Memo
from tests.described_usage import DESCRIPTION, a_call, described, read_bytes, read_lines

QUOTED = described(quote='"', trailing_separator=True)
OPEN = replace(QUOTED.layout, trailing_separator=False)
TITLES = "appelant;appelé;début;secondes;mot;id"


def by_title(**keys):
    named = {"line": "appelant", "called": "appelé", "start": "début", "duration": "secondes"}
    columns = {name: {**DESCRIPTION["columns"][name], "at": title} for name, title in named.items()}
    return described(
        columns, **{"header": True, "column_count": None, "identity": {"at": "id", "scope": "ever"}} | keys
    )


@given(st.lists(st.text(alphabet='a;" \\', max_size=12), max_size=6))
def test_a_line_is_split_alike_whatever_the_lines_before(lines: list[str]):
    split = row_splitter(OPEN)

    for line in lines:
        expected = next(csv.reader((line,), delimiter=";", quotechar='"')) if '"' in line else line.split(";")
        assert split(line) == (expected, len(expected))


@given(st.text(alphabet='a;"', max_size=12))
def test_a_column_that_a_last_separator_opens_is_none(line: str):
    fields, count = row_splitter(QUOTED.layout)(line)

    assert count == len(fields) - (len(fields) > 1 and fields[-1] == "")


@given(st.lists(st.sampled_from([a_call(), a_call(word='"a;b"'), a_call(word='"a'), a_call() + ";", "", "a", ";;;;;"])))
def test_lines_are_read_together_as_each_alone(lines: list[str]):
    """Neighbours share one reading of a block; a line must not show it."""
    source = described({"label": {"at": 5}}, quote='"')
    together = read_lines(source, *lines)

    alone = [
        {**row, "source_line": str(n)} for n, line in enumerate(lines, start=1) for row in read_lines(source, line)
    ]

    assert together == alone


@pytest.mark.parametrize(
    ("keys", "lines", "reasons"),
    [
        ({}, [a_call(), "a;b", a_call()], [None, "wrong_column_count: 2 of 6", None]),
        ({}, [a_call() + ";", a_call()], ["wrong_column_count: 7 of 6", None]),
        ({"column_count": [6, 7]}, [a_call(), a_call() + ";x"], [None, None]),
        ({"column_count": [6, 7]}, ["a"], ["wrong_column_count: 1 of 6 or 7"]),
        ({"trailing_separator": True}, [a_call() + ";", a_call()], [None, None]),
        ({"trailing_separator": True}, [a_call().rpartition(";")[0] + ";"], ["wrong_column_count: 5 of 6"]),
        (
            {"quote": '"'},
            [a_call(word='"a;b"'), a_call(word='"a'), a_call()],
            [None, "wrong_column_count: 5 of 6", None],
        ),
        ({"escape": "\\"}, [a_call(word="a\\;b")], [None]),
        ({"padding": " ."}, [a_call(line=" 0199001008.", seconds=" 74 ")], [None]),
        ({"quote": '"'}, [a_call(word='"' + "A" * 200_000 + '"'), a_call()], ["wrong_column_count: 1 of 6", None]),
    ],
)
def test_a_line_that_cannot_be_split_spoils_itself_only(keys: dict, lines: list[str], reasons: list[str | None]):
    rows = read_lines(described(**keys), *lines)

    assert [row["reject_reason"] for row in rows] == reasons


def test_a_value_keeps_the_sign_that_was_quoted_or_escaped():
    [quoted] = read_lines(described({"label": {"at": 5}}, quote='"'), a_call(word='"FRANCE; MOBILE"'))
    [escaped] = read_lines(described({"label": {"at": 5}}, escape="\\"), a_call(word="FRANCE\\; MOBILE"))

    assert quoted["supplier_label"] == escaped["supplier_label"] == "FRANCE; MOBILE"


def test_columns_are_found_by_their_titles_wherever_they_stand():
    turned = [";".join(reversed(line.split(";"))) for line in (TITLES, a_call())]

    [first] = read_lines(by_title(other_columns="mot"), TITLES, a_call())
    [second] = read_lines(by_title(other_columns="allowed"), *turned)

    assert first["reject_reason"] is second["reject_reason"] is None
    assert first | {"raw_text": None} == second | {"raw_text": None}


@pytest.mark.parametrize(
    ("titles", "keys", "reason", "is_read"),
    [
        (TITLES, {}, "header: unknown column mot; add it to other_columns", True),
        (TITLES.replace("secondes", "durée"), {"other_columns": "allowed"}, "header: no column secondes", False),
        (TITLES.replace("mot", "id"), {}, "header: column id stands twice", False),
    ],
)
def test_a_file_with_other_titles_is_held_and_loses_no_record(titles: str, keys: dict, reason: str, is_read: bool):
    reading, [row] = read_bytes(by_title(**keys), f"{titles}\n{a_call()}\n".encode())

    assert reading.hold_reason == reason
    assert row["raw_text"] == a_call()
    assert row["reject_reason"] == (None if is_read else f"unknown_layout: {reason}")


def test_a_fixed_line_of_another_length_or_type_is_refused_alone():
    fields = {
        "line": {"from": 2, "length": 10},
        "start": {"from": 12, "length": 19},
        "label": {"from": 31, "length": 3},
    }
    columns = {
        "line": {"at": "line", "writing": "national"},
        "label": {"at": "label"},
        "called": None,
        "duration": None,
    }
    columns["start"] = {**DESCRIPTION["columns"]["start"], "at": "start"}
    fixed = {
        "layout": "fixed_width",
        "record_begins": "D",
        "line_length": 33,
        "fields": fields,
        "identity": "all_columns",
    }
    source = described(columns, **fixed)
    line = "D01990010082026-10-03 10:15:30é  "

    rows = read_lines(source, line, line + " ", "X" + line[1:], line)

    assert [row["reject_reason"] for row in rows] == [
        None, "wrong_length: 34 of 33", "unknown_record_type: X", None,
    ]  # fmt: skip
    assert {rows[0]["supplier_label"], rows[3]["supplier_label"]} == {"é"}


def test_a_line_longer_than_any_record_is_one_reject_and_its_neighbours_are_read():
    long = a_call(word="A" * (1 << 20))

    reading, rows = read_bytes(described(), "\n".join((a_call(), long, a_call())).encode())

    assert [(row["source_line"], row["reject_reason"]) for row in rows] == [
        ("1", None), ("2", "line_too_long: no record has a mebibyte"), ("3", None),
    ]  # fmt: skip
    assert long.startswith(rows[1]["raw_text"]) and len(rows[1]["raw_text"]) < 2_000
    assert (reading.line_count, reading.record_count) == (3, 3)


def test_a_memo_reads_once_and_stays_small():
    read: list[str] = []
    memo = Memo(lambda text: read.append(text) or len(text))

    assert [memo["aa"], memo["aa"], memo[""]] == [2, 2, 0]
    assert read == ["aa", ""]
    assert max(len(memo) for number in range(LIMIT + 10) if memo[str(number)]) == LIMIT
