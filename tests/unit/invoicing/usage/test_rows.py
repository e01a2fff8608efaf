"""A line into its columns."""

import csv
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.memo import LIMIT, Memo
from invoicing.usage.rows import row_splitter
from invoicing.usage.source import source_coded
from invoicing.usage.source_reader import load_sources

MESSIDOR = source_coded("messidor", load_sources(Path(__file__).parents[4] / "sources"))


@given(st.lists(st.text(alphabet='a;" \\', max_size=12), max_size=6))
def test_a_line_is_split_alike_whatever_the_lines_before(lines: list[str]):
    split = row_splitter(replace(MESSIDOR, trailing_separator=False))

    for line in lines:
        expected = next(csv.reader((line,), delimiter=";", quotechar='"')) if '"' in line else line.split(";")
        assert split(line) == (expected, len(expected))


@given(st.text(alphabet='a;"', max_size=12), st.integers(1, 4))
def test_a_column_that_a_last_separator_opens_is_none(line: str, needed: int):
    fields, count = row_splitter(MESSIDOR)(line)
    some, same_count = row_splitter(MESSIDOR, needed)(line)

    assert count == len(fields) - (len(fields) > 1 and fields[-1] == "")
    assert same_count == count
    assert some[:needed] == fields[:needed]


def test_a_memo_reads_once_and_stays_small():
    read: list[str] = []
    memo = Memo(lambda text: read.append(text) or len(text))

    assert [memo["aa"], memo["aa"], memo[""]] == [2, 2, 0]
    assert read == ["aa", ""]
    assert max(len(memo) for number in range(LIMIT + 10) if memo[str(number)]) == LIMIT
