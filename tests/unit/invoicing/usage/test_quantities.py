"""Amounts and pages in a supplier's writing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.quantities import amount_reader, pages_reader
from invoicing.usage.source import AmountColumn, PagesColumn

amounts = st.decimals(Decimal("-9999999999"), Decimal("9999999999"), places=10)


@given(amounts, st.sampled_from([",", "."]))
def test_an_amount_keeps_every_decimal(amount: Decimal, sign: str):
    read = amount_reader(AmountColumn(1, ",."))

    text = read(f"{amount:f}".replace(".", sign))

    assert text is not None
    assert Decimal(text) == amount
    assert len(text.partition(".")[2]) == 10


@pytest.mark.parametrize(
    ("text", "amount"), [("0,148", "0.1480000000"), ("-0", "0.0000000000"), ("007", "7.0000000000")]
)
def test_an_amount_has_one_writing_of_ours(text: str, amount: str):
    assert amount_reader(AmountColumn(1, ","))(text) == amount


@pytest.mark.parametrize(
    "text", ["", "0.148", "1,", ",5", "+1", "1 000", "1e3", "12345678901", "0,12345678901", "٣", "--1"]
)
def test_another_writing_is_no_amount(text: str):
    assert amount_reader(AmountColumn(1, ","))(text) is None


@pytest.mark.parametrize(
    ("text", "pages"),
    [("4\u00a0218", 4218), ("0", 0), ("007", 7), ("", None), ("4 218", None), ("-1", None), ("1" * 10, None)],
)
def test_pages_are_digits_with_the_thousands_sign_of_the_source(text: str, pages: int | None):
    assert pages_reader(PagesColumn(1, "\u00a0"))(text) == pages
    assert pages_reader(PagesColumn(1, None))("4\u00a0218") is None
