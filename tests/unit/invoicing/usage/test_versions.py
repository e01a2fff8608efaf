"""Versions of one record, sorted as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.versions import version_reader


@given(st.lists(st.integers(0, 10**30 - 1)))
def test_numbers_sort_in_their_own_order_as_text(numbers: list[int]):
    read = version_reader("number")

    assert sorted(read(str(number)) for number in numbers) == [read(str(number)) for number in sorted(numbers)]


def test_dates_sort_in_time_whatever_their_offset():
    read = version_reader("iso_offset")
    in_time = [
        "2025-10-26T02:30:00+02:00",
        "2025-10-26T02:10:00+01:00",
        "2025-10-26T02:10:00.5+01:00",
        "2025-10-26T03:00:00Z",
    ]

    assert read(in_time[0]) == "2025-10-26T00:30:00.000Z"
    assert sorted(map(read, in_time)) == [read(text) for text in in_time]


@pytest.mark.parametrize(
    ("writing", "text"),
    [
        ("number", ""), ("number", "-1"), ("number", "1.5"), ("number", "٣"), ("number", "1" * 31),
        ("DD/MM/YYYY hh:mm", "26/10/2025 02:30"), ("DD/MM/YYYY hh:mm", "30/03/2025 02:30"), ("epoch", "12"),
    ],
)  # fmt: skip
def test_what_has_no_place_in_time_is_no_version(writing: str, text: str):
    assert version_reader(writing, "Europe/Paris")(text) is None
