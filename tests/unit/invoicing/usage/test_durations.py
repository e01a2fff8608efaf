"""Durations in a supplier's writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.durations import between, duration_reader
from invoicing.usage.source import DurationWriting, Rounding

HOURS = DurationWriting.HOURS_MINUTES_SECONDS


@given(st.integers(0, 999 * 3600))
def test_what_a_supplier_writes_is_read_to_the_second(seconds: int):
    minutes, rest = divmod(seconds, 60)
    hours = f"{minutes // 60} h " if minutes > 59 else ""

    assert duration_reader(HOURS)(f"{hours}{minutes % 60:02d}mn{rest:02d}") == seconds
    assert duration_reader(DurationWriting.SECONDS)(str(seconds)) == seconds
    assert duration_reader(DurationWriting.MILLISECONDS)(f"{seconds}000") == seconds
    assert duration_reader(DurationWriting.DECIMAL_SECONDS)(f"{seconds},00") == seconds
    assert duration_reader(DurationWriting.COLON_MINUTES)(f"{minutes:02d}:{rest:02d}") == seconds
    assert duration_reader(DurationWriting.COLON_HOURS)(f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}") == seconds
    digits = f"{minutes // 60:02d}{minutes % 60:02d}{rest:02d}"
    assert duration_reader(DurationWriting.DIGIT_HOURS)(digits) == seconds
    assert duration_reader(DurationWriting.DIGIT_HUNDREDTHS)(f"{digits}00") == seconds


@pytest.mark.parametrize("text", ["", "1:14", "01mn60", "1 h 75mn00", "01mn1", "-01mn14", "01mn14 ", "١٢mn14"])
def test_another_writing_is_no_duration(text: str):
    assert duration_reader(HOURS)(text) is None


@pytest.mark.parametrize("text", ["", "12.5", "-3", "01mn14", "9999999999", "٣"])
def test_seconds_are_digits_only(text: str):
    assert duration_reader(DurationWriting.SECONDS)(text) is None


@pytest.mark.parametrize(
    ("writing", "text", "seconds"),
    [
        ("decimal_minutes", "1,5", 90), ("decimal_minutes", "0.25", 15), ("decimal_minutes", "2", 120),
        ("decimal_minutes", "1,01", None), ("decimal_seconds", "13.483", None), ("decimal_seconds", "13,000", 13),
        ("milliseconds", "13483", None), ("milliseconds", "13000", 13), ("hhmmsscc", "00011450", None),
        ("hhmmss", "012345", 5025), ("hhmmss", "1000000", 360000), ("hhmmss", "016000", None), ("hhmmss", "2345", None),
        ("mm:ss", "125:03", 7503), ("mm:ss", "1:60", None), ("mm:ss", "00:01:14", None), ("hh:mm:ss", "00:60:00", None),
        ("seconds", "000000001234", 1234), ("seconds", "1000000000", 10**9), ("seconds", "1000000001", None),
    ],
)  # fmt: skip
def test_a_part_of_a_second_is_unreadable_where_no_rounding_is_declared(writing: str, text: str, seconds: int | None):
    assert duration_reader(DurationWriting(writing))(text) == seconds


@pytest.mark.parametrize(
    ("writing", "text", "up", "half_up", "down"),
    [
        ("decimal_seconds", "13.483", 14, 13, 13), ("decimal_seconds", "13,5", 14, 14, 13), ("milliseconds", "13001", 14, 13, 13),
        ("hhmmsscc", "00011499", 75, 75, 74), ("decimal_minutes", "1,01", 61, 61, 60), ("decimal_minutes", "0,3333333333", 20, 20, 19),
    ],
)  # fmt: skip
def test_a_part_of_a_second_is_rounded_once_as_declared(writing: str, text: str, up: int, half_up: int, down: int):
    readers = [
        duration_reader(DurationWriting(writing), rounding)
        for rounding in (Rounding.UP, Rounding.HALF_UP, Rounding.DOWN)
    ]

    assert [read(text) for read in readers] == [up, half_up, down]


@given(
    st.text() | st.text("0123456789:.,-hmn ", max_size=20),
    st.sampled_from(DurationWriting),
    st.sampled_from([None, *Rounding]),
)
def test_no_text_breaks_a_reader_nor_lasts_less_than_nothing(
    text: str, writing: DurationWriting, rounding: Rounding | None
):
    seconds = duration_reader(writing, rounding)(text)

    assert seconds is None or 0 <= seconds <= 10**9


def test_from_answer_to_release_is_rounded_once():
    """The BroadWorks sample: 13.483 s and 23.285 s."""
    assert between(1461092405247, 1461092418730, Rounding.UP) == 14
    assert between(1461092405247, 1461092418730, Rounding.DOWN) == 13
    assert between(1461092405247, 1461092418730, None) is None
    assert between(1461092405247, 1461092418247, None) == 13
    assert between(1000, 999, Rounding.DOWN) is None
    assert between(None, 999, Rounding.DOWN) is None
