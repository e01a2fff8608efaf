"""Invoice numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.numbering import MAXIMUM_LENGTH, NumberingRefused, check_issue_date, format_number, series_of


def test_series_restarts_with_the_year_of_the_issue_date():
    assert series_of("FA", date(2026, 12, 31)) == "FA-2026-"
    assert series_of("FA", date(2027, 1, 1)) == "FA-2027-"


@given(st.lists(st.integers(1, 9_999_999), min_size=2, unique=True))
def test_numbers_of_one_series_sort_as_their_positions_do(positions: list[int]):
    numbers = [format_number("FA-2026-", position) for position in sorted(positions) if position < 1_000_000]

    assert sorted(numbers) == numbers
    assert len(set(numbers)) == len(numbers)


def test_a_number_longer_than_chorus_pro_reads_is_refused():
    with pytest.raises(NumberingRefused, match="shorten the series prefix"):
        format_number("FACTURES-LYON-2026-", 1)


def test_a_position_before_the_first_is_refused():
    with pytest.raises(NumberingRefused, match="starts at 1"):
        format_number("FA-2026-", 0)


def test_the_longest_accepted_number_has_twenty_characters():
    assert len(format_number("FACTURE-ABC-2-", 1)) == MAXIMUM_LENGTH


def test_a_date_before_the_last_of_the_series_is_refused():
    with pytest.raises(NumberingRefused, match="earlier than 2026-11-02"):
        check_issue_date(date(2026, 11, 1), series="FA-2026-", last_issued_on=date(2026, 11, 2), closed_periods=[])


def test_the_same_day_as_the_last_is_allowed():
    check_issue_date(date(2026, 11, 2), series="FA-2026-", last_issued_on=date(2026, 11, 2), closed_periods=[])


def test_a_closed_period_refuses_its_days_and_not_its_end():
    closed = [(date(2026, 10, 1), date(2026, 11, 1))]

    with pytest.raises(NumberingRefused, match="closed period"):
        check_issue_date(date(2026, 10, 31), series="FA-2026-", last_issued_on=None, closed_periods=closed)
    check_issue_date(date(2026, 11, 1), series="FA-2026-", last_issued_on=None, closed_periods=closed)
