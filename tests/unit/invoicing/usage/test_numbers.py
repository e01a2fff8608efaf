"""Telephone numbers as suppliers write them, read by the French plan first."""

import pytest

from invoicing.usage.numbers import called_reader, line_reader
from invoicing.usage.source import NumberColumn, NumberWriting

NATIONAL = NumberColumn(at=1, writing=NumberWriting.NATIONAL)
WITHOUT_ZERO = NumberColumn(at=1, writing=NumberWriting.NATIONAL_WITHOUT_ZERO)
BY_NATURE = NumberColumn(at=1, writing=NumberWriting.BY_NATURE, nature_at=2)
SERIAL = NumberColumn(at=1, writing=NumberWriting.SERIAL)


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("0199001008", "+33199001008"), ("0639980012", "+33639980012"), ("0639970012", "+262639970012"),
        ("0692000001", "+262692000001"), ("0262000001", "+262262000001"), ("0269000001", "+262269000001"),
        ("0590000001", "+590590000001"), ("0691000001", "+590691000001"), ("0694000001", "+594694000001"),
        ("0697000001", "+596697000001"), ("0508410001", "+508410001"), ("0708410001", "+508410001"),
        ("00447700900123", "+447700900123"), ("0033199001008", "+33199001008"), ("0033692000001", "+262692000001"),
        ("0012125550123", "+12125550123"), ("15", "15"), ("3919", "3919"), ("118218", "118218"),
        ("07000123456789", "+337000123456789"), ("0700512345678", "+33700512345678"), ("0901123456789", "+33901123456789"),
        ("0892000001", "+33892000001"),
    ],
)  # fmt: skip
def test_a_number_becomes_e164_by_the_french_plan_first(dialled: str, number: str):
    assert called_reader(NATIONAL)(dialled, "") == number


@pytest.mark.parametrize(
    "text",
    ["", "1", "0", "06399800", "06399800123", "1182189", "199001008", "+33199001008", "00", "000123456", "00123456",
     "anonymous", "019900100٨", " 0199001008"],
)  # fmt: skip
def test_another_text_is_no_called_number(text: str):
    assert called_reader(NATIONAL)(text, "") is None


@pytest.mark.parametrize(
    ("nature", "text", "number"),
    [
        ("3", "639980012", "+33639980012"), ("4", "447700900123", "+447700900123"), ("3", "692000001", "+262692000001"),
        ("1", "1023", "1023"), ("3", "3919", "3919"), ("4", "33692000001", "+262692000001"), ("9", "15", None),
        ("1", "639980012", None), ("", "639980012", None), ("4", "3919", None),
    ],
)  # fmt: skip
def test_the_nature_of_address_puts_the_prefix_back(nature: str, text: str, number: str | None):
    assert called_reader(BY_NATURE)(text, nature) == number


def test_a_subscribers_line_is_a_whole_number_or_a_serial():
    assert line_reader(NATIONAL)("0033199001008") == "+33199001008"
    assert line_reader(NATIONAL)("3919") is None
    assert line_reader(WITHOUT_ZERO)("199001008") == "+33199001008"
    assert line_reader(WITHOUT_ZERO)("33199001008") is None
    assert line_reader(SERIAL)(" CP 1 ") == "CP 1"
    assert line_reader(SERIAL)("  ") is None
