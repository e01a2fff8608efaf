"""Telephone numbers as suppliers write them, read by the French plan first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.numbers import INTERNAL, MASKED, WITHHELD, called_reader, line_reader
from invoicing.usage.source import NumberColumn, NumberWriting

NATIONAL = NumberColumn(at=1, writing=NumberWriting.NATIONAL)
BY_NATURE = NumberColumn(at=1, writing=NumberWriting.BY_NATURE, nature_at=2)
CALLED_WRITINGS = [
    writing for writing in NumberWriting if writing not in (NumberWriting.SERIAL, NumberWriting.ICCID)
]  # fmt: skip
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
SHORT = re.compile(r"[1-9][0-9]{1,5}")


def column(writing: str, **options: object) -> NumberColumn:
    return NumberColumn(1, NumberWriting(writing), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("0199001008", "+33199001008"), ("0639980012", "+33639980012"), ("0639970012", "+262639970012"),
        ("0692000001", "+262692000001"), ("0262000001", "+262262000001"), ("0269000001", "+262269000001"),
        ("0590000001", "+590590000001"), ("0691000001", "+590691000001"), ("0694000001", "+594694000001"),
        ("0697000001", "+596697000001"), ("0508410001", "+508410001"), ("0708560001", "+508560001"),
        ("00447700900123", "+447700900123"), ("0033199001008", "+33199001008"), ("0033692000001", "+262692000001"),
        ("0012125550123", "+12125550123"), ("15", "15"), ("3919", "3919"), ("118218", "118218"),
        ("07000123456789", "+337000123456789"), ("0700512345678", "+590700512345678"),
        ("0901600000001", "+594901600000001"), ("0892000001", "+33892000001"), ("00330199001008", "+33199001008"),
    ],
)  # fmt: skip
def test_a_number_becomes_e164_by_the_french_plan_first(dialled: str, number: str):
    called = called_reader(NATIONAL)(dialled, "")

    assert called is not None
    assert called.number == number


@pytest.mark.parametrize(
    ("dialled", "category", "country"),
    [
        ("0199001008", "geographic", "FR"), ("0639980012", "mobile", "FR"), ("0639970012", "mobile", "YT"),
        ("0900000901", "polyvalent", "FR"), ("0800000001", "free", "FR"), ("0806000001", "banalised", "FR"),
        ("0825167741", "sva", "FR"), ("0899000001", "sva", "FR"), ("0836000001", "data", "FR"),
        ("0696990940", "mobile", "MQ"), ("0590000001", "geographic", "GP"), ("0508410001", "geographic", "PM"),
        ("0268900001", "geographic", "YT"), ("0598800001", "geographic", "GF"), ("0709220001", "mobile", "RE"),
        ("0939700001", "polyvalent", "MQ"), ("0939110001", "polyvalent", "FR"), ("0976930001", "polyvalent", "YT"),
        ("07000123456789", "m2m", "FR"), ("0700912345678", "m2m", "RE"), ("15", "emergency", "FR"),
        ("116117", "social", "FR"), ("118000", "directory", "FR"), ("1023", "short", "FR"), ("3646", "short", "FR"),
        ("3114", "free", "FR"), ("3179", "banalised", "FR"), ("38000", "short", "FR"),
        ("00262692000001", "mobile", "RE"), ("00508560001", "mobile", "PM"), ("00590700512345678", "m2m", "GP"),
        ("0018095550123", "international", "DO"), ("0014165550123", "international", "CA"),
        ("0012125550123", "international", "US"), ("00447700900123", "international", "GB"),
        ("00390669812345", "international", "VA"), ("0077012345678", "international", "KZ"),
        ("0096039970000", "international", "MV"), ("00881612345678", "global", "001"), ("00979123456789", "global", "001"),
        ("00590199000001", "international", "GP"),
    ],
)  # fmt: skip
def test_category_and_country_come_with_the_number(dialled: str, category: str, country: str):
    called = called_reader(NATIONAL)(dialled, "")

    assert called is not None
    assert (called.category, called.country_code) == (category, country)


@pytest.mark.parametrize(
    "text",
    ["1", "0", "06399800", "06399800123", "1182189", "199001008", "+33199001008", "00", "000123456", "00123456",
     "019900100٨", " 0199001008", "0700123456", "0901234567", "0712345678", "0840000001", "0976800001", "0709340001",
     "0268000001", "0021012345678", "0033299", "201", "4000", "user1", "*60", "8.93E+18", "0033"],
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
    called = called_reader(BY_NATURE)(text, nature)

    assert (called.number if called else None) == number


@pytest.mark.parametrize(
    ("writing", "text", "number"),
    [
        ("national_without_zero", "199001008", "+33199001008"), ("national_without_zero", "3919", "3919"),
        ("national_without_zero", "33199001008", None), ("national_without_zero", "0199001008", None),
        ("e164", "+33199001008", "+33199001008"), ("e164", "33199001008", None), ("e164", "3919", "3919"),
        ("e164_without_plus", "96039970000", "+96039970000"), ("e164_without_plus", "596696990940", "+596696990940"),
        ("e164_without_plus", "3919", "3919"), ("e164_without_plus", "0199001008", None),
        ("e164_without_plus", "+33199001008", None),
        ("international_prefix", "0033639989369", "+33639989369"), ("international_prefix", "1023", "1023"),
        ("international_prefix", "0199001008", None),
        ("any", "+447700900123", "+447700900123"), ("any", "00447700900123", "+447700900123"),
        ("any", "0199001008", "+33199001008"), ("any", "33199001008", "+33199001008"), ("any", "112", "112"),
        ("any", "447700900123", "+447700900123"), ("any", "199001008", None), ("any", "4477009001", None),
        ("any", "901500000000", None), ("any", "12345678", None), ("any", "29041234", None),
        ("outside_digit", "00199001008", "+33199001008"), ("outside_digit", "000447700900123", "+447700900123"),
        ("outside_digit", "0199001008", None), ("outside_digit", "03919", "3919"), ("outside_digit", "15", "15"),
        ("outside_digit", "3919", None), ("outside_digit", "201", None),
        ("sip", "sip:+33199001008@sbc.example:5060;user=phone", "+33199001008"), ("sip", "SIPS:0199001008@h", "+33199001008"),
        ("sip", "tel:+33199001008", "+33199001008"), ("sip", "sip:test@example.com", None), ("sip", "33199001008", "+33199001008"),
    ],
)  # fmt: skip
def test_a_column_says_how_its_numbers_are_written(writing: str, text: str, number: str | None):
    called = called_reader(column(writing))(text, "")

    assert (called.number if called else None) == number


@pytest.mark.parametrize("text", ["", "  ", "anonymous", "Restricted", "+33"])
def test_a_number_that_the_supplier_withholds_keeps_its_record(text: str):
    assert called_reader(column("any"))(text, "") == WITHHELD


@pytest.mark.parametrize("text", ["019900XXXX", "019900****", "+3319900xxxx", "01 99 00 XX XX", "33199001***"])
def test_a_number_without_its_last_digits_is_masked(text: str):
    assert called_reader(column("any", ignored_signs=" "))(text, "") == MASKED


def test_a_zero_that_a_spreadsheet_took_is_put_back_only_where_the_source_says_so():
    restored = called_reader(column("national", is_lost_zero_restored=True))

    assert [called_reader(NATIONAL)(text, "") for text in ("199001008", "447700900123")] == [None, None]
    assert [restored(text, "").number for text in ("199001008", "447700900123", "3919", "7000123456789")] == [
        "+33199001008", "+447700900123", "3919", "+337000123456789",
    ]  # fmt: skip
    assert restored("901500000000", "") is None  # Turkey's +90, or 0901


def test_extensions_and_names_are_internal_only_where_the_source_says_so():
    plain, told = called_reader(column("any")), called_reader(column("any", extensions=3, are_names_internal=True))

    assert [plain(text, "") for text in ("201", "*60", "user1")] == [None, None, None]
    assert {told(text, "") for text in ("201", "112", "*60", "s", "user1", "pbdirectory", "&")} == {INTERNAL}
    assert told("3919", "").number == "3919"
    assert told("0199", "") is None  # a damaged number is no name
    assert called_reader(column("sip", extensions=3))("iax:324@34234234", "") == INTERNAL
    assert called_reader(column("outside_digit", outside_digit="9"))("90199001008", "").number == "+33199001008"
    assert called_reader(column("extension"))("33388", "") == INTERNAL


def test_signs_between_digits_are_ignored_only_where_the_source_says_so():
    assert called_reader(column("any", ignored_signs=" .()"))("+33 (0)1.99 00 10 08", "").number == "+33199001008"
    assert called_reader(column("any"))("01 99 00 10 08", "") is None


def test_a_subscribers_line_is_a_whole_number_or_what_the_source_calls_its_lines():
    assert line_reader(NATIONAL)("0033199001008") == "+33199001008"
    assert [line_reader(NATIONAL)(text) for text in ("3919", "", "019900XXXX", "anonymous")] == [None] * 4
    assert line_reader(column("national_without_zero"))("199001008") == "+33199001008"
    assert line_reader(column("national_without_zero"))("33199001008") is None
    assert line_reader(column("serial"))(" CP 1 ") == "CP 1"
    assert line_reader(column("serial"))("  ") is None
    assert line_reader(column("extension"))("1001") == "1001"
    assert line_reader(column("any", extensions=4, are_names_internal=True))("client1") == "client1"
    assert line_reader(column("iccid"))("8933000000000982000F") == "8933000000000982000"
    assert line_reader(column("iccid"))("8.93E+18") is None


@given(
    st.text() | st.text("0123456789+*X ", max_size=20),
    st.sampled_from(CALLED_WRITINGS),
    st.sampled_from(["", "1", "3", "4"]),
)
def test_any_text_is_a_number_of_the_world_or_a_short_one_or_none(text: str, writing: NumberWriting, nature: str):
    called = called_reader(NumberColumn(1, writing, nature_at=2))(text, nature)

    if called is None or called.number is None:
        assert called in (None, WITHHELD, MASKED, INTERNAL)
    else:
        assert E164.fullmatch(called.number) or SHORT.fullmatch(called.number)
        assert called.country_code


@given(st.sampled_from(["01", "04", "0639", "0692", "0709", "0820", "0939", "0976"]), st.integers(0, 99_999_999))
def test_what_e164_writes_is_the_same_number_again(prefix: str, rest: int):
    dialled = prefix + f"{rest:08d}"[: 10 - len(prefix)]
    called = called_reader(NATIONAL)(dialled, "")

    if called is not None and called.number is not None:
        for writing, text in (
            ("e164", called.number),
            ("e164_without_plus", called.number[1:]),
            ("any", called.number),
        ):
            assert called_reader(column(writing))(text, "") == called


@pytest.mark.parametrize("text", ["612345678", "199001008", "1234567", "3315", "33112"])
def test_a_number_without_plus_that_may_be_two_things_is_held(text: str):
    """A French one that lost its zero is no Australian; 3315 may be a short number, or +33 and an emergency."""
    assert called_reader(column("e164_without_plus"))(text, "") is None


def test_a_short_number_of_a_country_that_has_them_passes_without_plus():
    """New Caledonia's nine digits look like a French mobile that lost its zero, and are in use."""
    called = called_reader(column("e164_without_plus"))("687251234", "")

    assert called is not None and (called.number, called.country_code) == ("+687251234", "NC")
