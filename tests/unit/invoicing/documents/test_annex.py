import csv
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.documents.annex import LINES_PER_PAGE, annex_sheets
from invoicing.documents.annex_csv import HEADER, annex_csv
from tests.unit.invoicing.documents import samples

WIDTH = 119


def with_usage(usage):
    return replace(samples.an_invoice(), usage=tuple(usage), shows_usage=True)


def rows_of(sheets):
    """The rows of usage, without headings and sums: they begin with a date."""
    return [line.text for sheet in sheets for line in sheet.lines if not line.style and line.text[:2].isdigit()]


def test_a_customer_who_asked_for_none_gets_no_annex():
    assert annex_sheets(replace(samples.an_invoice(), usage=samples.calls(3))) == []


def test_a_customer_who_used_nothing_gets_no_annex():
    assert annex_sheets(with_usage([])) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 700))
def test_every_call_is_printed_once_on_pages_that_do_not_overflow(row_count):
    sheets = annex_sheets(with_usage(samples.calls(row_count)))

    assert len(rows_of(sheets)) == row_count
    assert max(len(sheet.lines) for sheet in sheets) <= LINES_PER_PAGE
    assert {len(text) for text in rows_of(sheets)} == {WIDTH}


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 700))
def test_no_page_ends_with_a_heading_or_starts_with_a_subtotal_of_a_line(row_count):
    for sheet in annex_sheets(with_usage(samples.calls(row_count))):
        assert sheet.lines[-1].style not in ("heading", "site")
        assert not (sheet.lines[0].style == "subtotal" and "Sous-total 01" in sheet.lines[0].text)


def test_a_row_is_masked_and_shows_four_decimals():
    [_, row] = rows_of(annex_sheets(with_usage(samples.calls(2))))

    assert " ".join(row.split()) == "01/10/2026 08:11:00 01 99 00 XX XX France fixe 38 s 38 s 0,0000"


def test_the_total_counts_and_adds_the_calls_that_are_shown():
    usage = samples.calls(150)
    [total] = [line for line in annex_sheets(with_usage(usage))[-1].lines if line.style == "total"]

    assert total.text.startswith("Total du détail, 150 communications")
    amount = Decimal(total.text.split()[-2] + total.text.split()[-1].replace(",", "."))
    assert abs(amount - sum(row.rated_amount for row in usage)) <= Decimal("0.00005")


def test_a_line_that_goes_on_is_named_again():
    usage = [replace(row, section=("Lyon",), line_id="01 99 00 10 08") for row in samples.calls(200)]
    sheets = annex_sheets(with_usage(usage))

    assert len(sheets) == 4
    assert {sheet.lines[0].text for sheet in sheets[1:]} == {"Lyon › Ligne 01 99 00 10 08 (suite)"}


def test_a_long_destination_is_cut_and_a_figure_never_is():
    [call] = samples.calls(1)
    usage = [replace(call, destination="Îles " * 20, rated_amount=Decimal("123456789.12345"))]
    [row] = rows_of(annex_sheets(with_usage(usage)))

    assert "…" in row
    assert row.replace("\u00a0", " ").endswith("123 456 789,1235")


def test_meters_follow_the_calls_when_they_fit_and_turn_the_page_when_not():
    [_, near] = annex_sheets(with_usage(samples.calls(10) + samples.pages()))
    far = annex_sheets(with_usage(samples.calls(30) + samples.pages()))[-1]

    assert near.title == far.title == "Relevé des compteurs"
    assert not near.is_new_page
    assert far.is_new_page


def test_lines_of_one_section_stand_together_whatever_the_order():
    first, second = samples.calls(2)
    usage = [replace(first, line_id="A"), replace(second, line_id="B"), replace(first, line_id="A")]
    [sheet] = annex_sheets(with_usage(usage))

    assert [line.text for line in sheet.lines if line.style == "heading"] == ["Ligne A", "Ligne B"]


def read(invoice):
    text = annex_csv(invoice).decode("utf-8-sig")
    return list(csv.reader(text.splitlines(), delimiter=";"))


def test_the_file_opens_in_a_french_spreadsheet():
    raw = annex_csv(with_usage(samples.calls(2)))

    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 3
    header, first, _ = read(with_usage(samples.calls(2)))
    assert tuple(header) == HEADER
    assert first[2:9] == ["01 99 00 10 00", "01/10/2026", "08:00:00", "06 39 98 XX XX", "France mobile", "1", "0"]


def test_the_file_holds_the_rows_of_the_page_to_the_last_decimal():
    usage = samples.calls(40) + samples.pages()
    _, *rows = read(with_usage(usage))

    assert [Decimal(row[-1].replace(",", ".")) for row in rows] == [row.rated_amount for row in usage]


@pytest.mark.parametrize("text", ["=2+3", "@SUM(A1)", "-1+2", "+cmd|' /C calc'!A0", "\t=1"])
def test_a_formula_stays_a_text(text):
    [call] = samples.calls(1)
    _, row = read(with_usage([replace(call, destination=text)]))

    assert row[6].startswith("'")


def test_a_foreign_number_stays_as_it_is():
    [_, _, call] = samples.calls(3)
    _, row = read(with_usage([call]))

    assert row[5] == "+44 7700 90 XX XX"
