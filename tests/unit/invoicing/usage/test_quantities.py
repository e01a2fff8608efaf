"""Amounts and pages in a supplier's writing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.quantities import (
    ABSENT,
    amount_fault,
    amount_reader,
    byte_reader,
    count_reader,
    counter_reader,
    pages_reader,
    unit_reader,
)
from invoicing.usage.source import AmountColumn, ByteUnit, PagesColumn, Rounding, SignPlace

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


def test_groups_of_another_length_than_three_are_no_number():
    assert [pages_reader(PagesColumn(1, "\u00a0"))(text) for text in ("42\u00a018", "4\u00a02180", "\u00a0218")] == [
        None
    ] * 3
    assert count_reader("\u00a0\u202f ")("1\u202f307 870") == 1307870


@given(amounts, st.sampled_from(["\u00a0", "\u202f", " ", "."]), st.sampled_from(SignPlace))
def test_an_amount_with_groups_and_a_sign_of_its_own_place_is_exact(amount: Decimal, thousands: str, sign: SignPlace):
    whole, _, decimals = f"{abs(amount):,f}".partition(".")
    written = f"{whole.replace(',', thousands)},{decimals}"
    writings = {
        SignPlace.LEADING: f"-{written}",
        SignPlace.TRAILING: f"{written}-",
        SignPlace.PARENTHESES: f"({written})",
    }
    read = amount_reader(AmountColumn(1, ",", thousands_sign=thousands, sign=sign))

    text = read(writings[sign] if amount < 0 else written)

    assert text is not None
    assert Decimal(text) == amount


@given(st.integers(-(10**10 - 1), 10**10 - 1), st.integers(0, 10))
def test_implied_decimals_are_exact(units: int, decimals: int):
    read = amount_reader(AmountColumn(1, "", implied_decimals=decimals))

    assert Decimal(read(f"{'-' if units < 0 else ''}{abs(units):014d}")) == Decimal(units).scaleb(-decimals)


@pytest.mark.parametrize(
    ("column", "text", "amount"),
    [
        (AmountColumn(1, "", implied_decimals=4), "0000002167", "0.2167000000"),
        (AmountColumn(1, "", implied_decimals=4), "0000002,67", None),
        (AmountColumn(1, ",", currency="€"), "0,0257\u00a0€", "0.0257000000"), (AmountColumn(1, ","), "0,0257 €", None),
        (AmountColumn(1, ",", currency="EUR"), "12EUR", "12.0000000000"), (AmountColumn(1, ",", currency="EUR"), "12USD", None),
        (AmountColumn(1, ",", sign=SignPlace.PARENTHESES), "(1,5", None), (AmountColumn(1, ","), "9999999999,9", "9999999999.9000000000"),
        (AmountColumn(1, ",", thousands_sign="."), "2.339", "2339.0000000000"), (AmountColumn(1, "."), "2.339", "2.3390000000"),
        (AmountColumn(1, ""), "2.339", None), (AmountColumn(1, ","), "1" * 31, None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_its_column_says(column: AmountColumn, text: str, amount: str | None):
    assert amount_reader(column)(text) == amount


def test_one_sign_with_two_meanings_is_a_fault_of_the_description():
    assert "2.339 is two amounts" in (amount_fault(AmountColumn(1, ",.", thousands_sign=".")) or "")
    assert "write 0 to 10" in (amount_fault(AmountColumn(1, "", implied_decimals=11)) or "")
    assert amount_fault(AmountColumn(1, ",", thousands_sign=".")) is None


def test_an_empty_counter_is_absent_and_zero_is_a_reading():
    read = counter_reader("\u00a0")

    assert [read(text) for text in ("", " ", "0", "307\u00a0870", "-1", "n/a")] == [
        ABSENT,
        ABSENT,
        0,
        307870,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("unit", "base", "text", "volume"),
    [
        ("o", 1000, "5000000000", 5_000_000_000), ("Ko", 1024, "1,5", 1536), ("Mo", 1000, "12.5", 12_500_000),
        ("Go", 1024, "1", 1024**3), ("Ko", 1000, "0,0005", None), ("written", 1000, "12,5 Mo", 12_500_000),
        ("written", 1024, "12 ko", 12288), ("written", 1000, "3 KiB", 3072), ("written", 1000, "7 octets", 7),
        ("written", 1000, "7 Mb", None), ("written", 1000, "7", None), ("o", 1000, "-1", None), ("o", 1000, "9" * 19, None),
    ],
)  # fmt: skip
def test_a_volume_is_whole_bytes(unit: str, base: int, text: str, volume: int | None):
    assert byte_reader(ByteUnit(unit), base)(text) == volume


def test_a_part_of_a_byte_is_rounded_only_as_declared():
    texts = [
        byte_reader(ByteUnit.KILOBYTE, 1000, rounding=rounding)("1,0005")
        for rounding in (Rounding.UP, Rounding.HALF_UP, Rounding.DOWN)
    ]

    assert texts == [1001, 1001, 1000]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("12,5", "12.500000"),
        ("-0,000001", "-0.000001"),
        ("0,0000001", None),
        ("1" * 15, None),
        ("", None),
        ("9" * 14, "9" * 14 + ".000000"),
    ],
)
def test_other_units_have_six_decimals(text: str, units: str | None):
    assert unit_reader()(text) == units


@given(
    st.text() | st.text("0123456789.,-() \u00a0\u202fKMoB€", max_size=40),
    st.sampled_from(SignPlace),
    st.sampled_from(ByteUnit),
)
def test_no_text_breaks_a_reader(text: str, sign: SignPlace, unit: ByteUnit):
    amount = amount_reader(AmountColumn(1, ",", thousands_sign=" \u00a0", sign=sign, currency="€"))(text)

    assert amount is None or abs(Decimal(amount)) < 10**10
    assert (byte_reader(unit, 1024, rounding=Rounding.UP)(text) or 0) >= 0
    assert (count_reader(" ")(text) or 0) >= 0
    assert counter_reader()(text) is None or text.strip() == "" or text.isdigit()
    assert unit_reader(thousands_sign=" ")(text) is None or text.strip("-")[0].isdigit()
