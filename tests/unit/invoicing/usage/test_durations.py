"""Durations in a supplier's writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.durations import duration_reader
from invoicing.usage.source import DurationWriting

HOURS = DurationWriting.HOURS_MINUTES_SECONDS


@given(st.integers(0, 999 * 3600))
def test_what_a_supplier_writes_is_read_to_the_second(seconds: int):
    minutes, rest = divmod(seconds, 60)
    hours = f"{minutes // 60} h " if minutes > 59 else ""

    assert duration_reader(HOURS)(f"{hours}{minutes % 60:02d}mn{rest:02d}") == seconds
    assert duration_reader(DurationWriting.SECONDS)(str(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "1:14", "01mn60", "1 h 75mn00", "01mn1", "-01mn14", "01mn14 ", "١٢mn14"])
def test_another_writing_is_no_duration(text: str):
    assert duration_reader(HOURS)(text) is None


@pytest.mark.parametrize("text", ["", "12.5", "-3", "01mn14", "9999999999", "٣"])
def test_seconds_are_digits_only(text: str):
    assert duration_reader(DurationWriting.SECONDS)(text) is None
