"""A block is read in one piece where that is exact: never otherwise than one text after the other."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from invoicing.usage.called_rows import CalledRows
from invoicing.usage.clock import StartReader
from invoicing.usage.columns import HourRule, NumberColumn, NumberWriting, StartColumns
from invoicing.usage.control import ControlReader
from invoicing.usage.copy_text import NULL
from invoicing.usage.delimited import row_splitter, splitter_of
from invoicing.usage.number_plan import ROWS
from invoicing.usage.numbers import called_reader
from invoicing.usage.start_rows import StartRows
from tests.described_usage import START, described

FRENCH = st.sampled_from(
    ["199001008", "639980012", "692000001", "508410001", "708000001", "700012345678", "7000123456789", "80512345",
     "892123456", "976012345", "939012345", "123456789", "3919", "15", "118218", "912345678"]
)  # fmt: skip
BEFORE = st.sampled_from(["", "0", "00", "0033", "33", "330", "00330", "+33", "00262", "262", "44", "0044", "1", "001"])
NUMBERS = (
    st.builds(str.__add__, BEFORE, FRENCH) | st.text("0123456789", max_size=16) | st.text("+0123456789 X", max_size=8)
)
WRITINGS = [
    NumberColumn(1, NumberWriting.NATIONAL),
    NumberColumn(1, NumberWriting.NATIONAL, is_lost_zero_restored=True, extensions=8),
    NumberColumn(1, NumberWriting.BY_NATURE, nature_at=2),
    NumberColumn(1, NumberWriting.E164_WITHOUT_PLUS),
    NumberColumn(1, NumberWriting.ANY),
    NumberColumn(1, NumberWriting.NATIONAL, ignored_signs=" "),
]
CLOCKS = [
    StartColumns((1,), "YYYY-MM-DD hh:mm:ss", "Europe/Paris"),
    StartColumns((1,), "YYYY-MM-DD hh:mm:ss", "UTC", HourRule.REFUSE),
    StartColumns((1,), "YYYY-MM-DD hh:mm:ss", "Asia/Kolkata"),
    StartColumns((1,), "YYYY-MM-DD hh:mm:ss", "America/New_York"),
    StartColumns((1,), "YYYY-MM-DDThh:mm:ssZ", "UTC", HourRule.OFFSET),
]
HOURS = st.sampled_from(
    ["2026-10-25 01", "2026-10-25 02", "2026-10-25 03", "2026-03-29 02", "2026-10-03 10", "2026-10-03 23",
     "2026-10-31 23", "2026-10-04 03", "2026-11-01 01", "0001-01-01 00", "9999-12-31 23", "1890-06-01 12", "2026-10-03 24"]
)  # fmt: skip
STARTS = st.builds("{}:{:02d}:{:02d}".format, HOURS, st.integers(0, 60), st.integers(0, 59)) | st.text(
    "2026-10:3 T", max_size=20
)


@pytest.mark.parametrize("column", WRITINGS)
@given(told=st.lists(st.tuples(NUMBERS, st.sampled_from("13429")), max_size=40))
def test_called_numbers_of_a_block_are_those_of_each_alone(column: NumberColumn, told: list[tuple[str, str]]):
    rows, read = CalledRows(column), called_reader(column)
    texts, natures = [text for text, _ in told], [nature for _, nature in told]
    expected = [
        called and "\t".join(part or NULL for part in called)
        for called in (read(text, nature if column.nature_at else "") for text, nature in told)
    ]

    for _ in range(2):  # the second time with all that the first has taught
        assert rows.read(texts, natures if column.nature_at else None) == expected
    digits = [n for n, text in enumerate(texts) if text.isdecimal()]
    some = rows.read([texts[n] for n in digits], [natures[n] for n in digits] if column.nature_at else None)
    assert some == [expected[n] for n in digits]


@pytest.mark.parametrize("column", WRITINGS)
def test_every_prefix_of_the_plan_is_told_apart_from_its_neighbours(column: NumberColumn):
    """Each prefix with each other last digit, in all lengths, as one dials at home and from abroad."""
    prefixes = sorted({prefix[:-1] + last for prefix in ROWS if prefix[0] == "0" for last in "0123456789"})
    home = [f"{prefix:4<{length}}" for prefix in prefixes for length in (9, 10, 11, 13, 14, 15)]
    texts = [before + text[1:] for before in ("0", "", "0033", "33", "330") for text in home]
    natures = ["3"] * len(texts)
    rows, read = CalledRows(column), called_reader(column)
    expected = [
        called and "\t".join(part or NULL for part in called)
        for called in (read(text, "3" if column.nature_at else "") for text in texts)
    ]

    for _ in range(2):  # the second time with all that the first has taught
        assert rows.read(texts, natures if column.nature_at else None) == expected
    assert len({*expected}) > 100


@pytest.mark.parametrize("column", CLOCKS)
@example(texts=["2026-10-04 03:29:59", "2026-10-04 03:30:00"], is_sorted=False)  # midnight in Paris, in Kolkata
@given(texts=st.lists(STARTS, max_size=60), is_sorted=st.booleans())
def test_starts_of_a_block_are_those_of_each_after_the_other(column: StartColumns, texts: list[str], is_sorted: bool):
    texts = sorted(texts) * 3 if is_sorted else texts
    rows, reader = StartRows(column), StartReader(column)

    found = [*rows.read(texts[:20]), *rows.read(texts[20:])]

    starts = [reader.read(text) for text in texts]
    assert found == [rows.row(start) for start in starts]
    assert [text is None for text in found] == [start is None or start[0] is None for start in starts]


QUOTED_VALUES = st.sampled_from(
    ["a", "", '"a"', '""', '"', '"""', '"a;b"', '"a""b"', 'a"b', ' "a"', '"a" ', '"a', 'a"']
)


@example(['a;";"""'])
@example(['";""";a', '"a";"b";c'])
@example(["a;b;c;d", "a;b"])
@given(st.lists(st.lists(QUOTED_VALUES, min_size=2, max_size=4).map(";".join), min_size=1, max_size=8))
def test_quotes_of_a_block_are_taken_off_as_of_each_line_alone(lines: list[str]):
    source = described(
        {"line": {"at": 1, "writing": "serial"}, "called": None, "start": {**START, "at": 2}, "duration": None},
        quote='"', column_count=3, identity="all_columns",
    )  # fmt: skip
    control = ControlReader(source)
    split = row_splitter(source.layout)
    rows = [fields[:count] for fields, count in map(split, lines)]
    good = [row for row in rows if len(row) == 3]

    for together in (lines, lines * 2, [line for line, row in zip(lines, rows, strict=True) if len(row) == 3]):
        if not together:
            continue
        block = splitter_of(source, control, None).block(1, together)
        expected = good * (2 if together == lines * 2 and lines else 1)
        assert [list(row) for row in zip(*block.columns, strict=True)] == expected
