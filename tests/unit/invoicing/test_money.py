from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.money import MixedCurrencies, round_cents, vat_breakdown


@dataclass(frozen=True)
class ALine:
    net_amount: Decimal
    vat_rate: Decimal = Decimal("0.20")
    vat_category: str = "S"
    currency_code: str = "EUR"


RATES = [("S", Decimal("0.20")), ("S", Decimal("0.055")), ("S", Decimal("0.10")), ("AE", Decimal("0"))]
lines = st.builds(
    lambda net, band: ALine(net, band[1], band[0]),
    st.decimals(min_value=-10_000, max_value=10_000, places=2, allow_nan=False),
    st.sampled_from(RATES),
)


def test_vat_is_rounded_once_per_band():
    """Two lines of 0.12 at 20 % owe 0.05 together, though 0.02 each."""
    [band] = vat_breakdown([ALine(Decimal("0.12")), ALine(Decimal("0.12"))])

    assert Decimal("0.24") == band.net_amount
    assert Decimal("0.05") == band.vat_amount


def test_no_line_makes_no_band():
    assert vat_breakdown([]) == []


def test_a_tie_goes_away_from_zero_on_both_sides():
    """Half-even would give 0.02 and −0.02: PostgreSQL's round() and the tax office give the other cent."""
    assert round_cents(Decimal("0.025")) == Decimal("0.03")
    assert round_cents(Decimal("-0.025")) == Decimal("-0.03")


def test_lines_of_two_currencies_are_refused_by_name():
    with pytest.raises(MixedCurrencies, match="EUR, USD"):
        vat_breakdown([ALine(Decimal(1)), ALine(Decimal(1), currency_code="USD")])


def test_one_rate_in_two_categories_makes_two_bands():
    bands = vat_breakdown([ALine(Decimal(1), Decimal(0), "AE"), ALine(Decimal(1), Decimal(0), "E")])

    assert [band.vat_category for band in bands] == ["AE", "E"]


@given(st.lists(lines, max_size=30).flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))))
def test_the_order_of_lines_does_not_matter(drawn):
    written, shuffled = drawn

    assert vat_breakdown(written) == vat_breakdown(shuffled)


@given(st.lists(lines, max_size=30))
def test_bands_add_up_to_the_lines(written):
    """Nothing is lost between the lines and BT-109, and each band is within half a cent of its exact VAT."""
    bands = vat_breakdown(written)

    assert sum(band.net_amount for band in bands) == sum(line.net_amount for line in written)
    for band in bands:
        assert abs(band.vat_amount - band.net_amount * band.vat_rate) <= Decimal("0.005")


@given(st.lists(lines, max_size=30))
def test_a_credit_note_mirrors_its_invoice_to_the_cent(written):
    mirrored = [ALine(-line.net_amount, line.vat_rate, line.vat_category) for line in written]

    assert [-band.vat_amount for band in vat_breakdown(written)] == [
        band.vat_amount for band in vat_breakdown(mirrored)
    ]


@given(st.lists(lines, min_size=1, max_size=30))
def test_splitting_a_line_changes_no_band(written):
    first, *others = written
    part = round_cents(first.net_amount / 3)
    halves = [ALine(part, first.vat_rate, first.vat_category)]
    halves += [ALine(first.net_amount - part, first.vat_rate, first.vat_category)]

    assert vat_breakdown(written) == vat_breakdown([*halves, *others])
