from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.documents import french

NARROW, NO_BREAK = "\u202f", "\u00a0"


def test_thousands_are_parted_by_a_narrow_no_break_space():
    assert french.money(Decimal("1234.56")) == f"1{NARROW}234,56{NO_BREAK}€"


def test_a_negative_amount_has_a_true_minus_sign():
    assert french.number(Decimal("-6.25"), 2) == "−6,25"


def test_a_half_cent_goes_away_from_zero():
    assert french.number(Decimal("0.005"), 2) == "0,01"


def test_an_amount_that_rounds_to_zero_has_no_sign():
    assert french.number(Decimal("-0.001"), 2) == "0,00"


def test_a_price_shows_cents_at_least_and_no_idle_zero():
    assert french.price(Decimal("12")) == "12,00"
    assert french.price(Decimal("0.012500")) == "0,0125"


def test_a_quantity_shows_no_idle_zero():
    assert french.quantity(Decimal("12450.0000")) == f"12{NARROW}450"
    assert french.quantity(Decimal("0.5000")) == "0,5"
    assert french.quantity(Decimal("1E+2")) == "100"


def test_a_rate_keeps_its_half_point():
    assert french.percent(Decimal("0.2000")) == f"20{NO_BREAK}%"
    assert french.percent(Decimal("0.055")) == f"5,5{NO_BREAK}%"


@pytest.mark.parametrize(
    ("start", "last", "words"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), "du 1er au 31 octobre 2026"),
        (date(2026, 9, 16), date(2026, 10, 15), "du 16 septembre au 15 octobre 2026"),
        (date(2026, 12, 16), date(2027, 1, 15), "du 16 décembre 2026 au 15 janvier 2027"),
        (date(2026, 10, 14), date(2026, 10, 14), "le 14 octobre 2026"),
    ],
)
def test_a_period_says_once_what_its_days_share(start, last, words):
    assert french.period(start, last).replace(NO_BREAK, " ") == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (125, "2 min 05 s"), (3600, "1 h 00 min 00 s"), (90_061, "25 h 01 min 01 s")],
)
def test_a_duration_is_in_hours_minutes_and_seconds(seconds, words):
    assert french.duration(seconds).replace(NO_BREAK, " ") == words


def test_a_french_number_is_written_by_pairs_and_others_stay_whole():
    assert french.phone("+33199001008").replace(NO_BREAK, " ") == "01 99 00 10 08"
    assert french.phone("+447700900123") == "+447700900123"
    assert french.phone("3900") == "3900"


def test_a_siret_shows_its_siren():
    assert french.siret("12345678200010").replace(NO_BREAK, " ") == "123 456 782 00010"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False), st.integers(0, 6))
def test_a_written_number_reads_back_as_its_rounded_value(value, decimals):
    text = french.number(value, decimals)

    read = Decimal(text.replace(NARROW, "").replace("−", "-").replace(",", "."))

    assert abs(read - value) <= Decimal(5).scaleb(-decimals - 1)


@given(st.text(alphabet="0123456789ABCDEF", max_size=40), st.integers(1, 8))
def test_grouping_adds_spaces_only(text, size):
    assert french.grouped(text, size).replace(NO_BREAK, "") == text
