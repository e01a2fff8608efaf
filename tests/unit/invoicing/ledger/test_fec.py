from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.ledger.fec import FIELDS, FecRefused, Posting, fec_file
from invoicing.ledger.fec_check import check

SIREN = "123456782"
CLOSING = date(2026, 12, 31)


def a_posting(**changes) -> Posting:
    return replace(
        Posting(
            journal_code="VE", journal_label="Ventes", entry_number=1, posting_position=1,
            entry_date=date(2026, 11, 2), account_number="411000", account_label="Clients", auxiliary_code="C001",
            auxiliary_label="Ateliers de l’Œuvre", piece_ref="FA-2026-000001", piece_date=date(2026, 11, 2),
            entry_label="Facture FA-2026-000001 Ateliers de l’Œuvre", debit=Decimal("1234.50"), credit=Decimal("0.00"),
            valid_on=date(2026, 11, 3),
        ),
        **changes,
    )  # fmt: skip


def an_entry(number: int, cents: int, days: int) -> list[Posting]:
    """A sale frozen some days after 2 November, with one counterpart."""
    debit = a_posting(
        entry_number=number, piece_ref=f"FA-2026-{number:06d}", debit=Decimal(cents) / 100,
        valid_on=date(2026, 11, 2) + timedelta(days=days),
    )  # fmt: skip
    credit = replace(
        debit, posting_position=2, account_number="706100", account_label="Téléphonie fixe", auxiliary_code=None,
        auxiliary_label=None, debit=Decimal("0.00"), credit=debit.debit,
    )  # fmt: skip
    return [debit, credit]


def test_a_file_is_named_for_the_legal_entity_and_the_closing_day():
    fec = fec_file([], SIREN, CLOSING)

    assert (fec.name, fec.description_name) == ("123456782FEC20261231.txt", "123456782FEC20261231-description.txt")
    assert fec.content == "\t".join(FIELDS).encode() + b"\r\n"


def test_a_posting_is_one_line_of_eighteen_fields_in_latin_nine():
    [_, line, end] = fec_file([a_posting()], SIREN, CLOSING).content.split(b"\r\n")

    assert end == b""
    assert line.decode("iso8859-15").split("\t") == [
        "VE", "Ventes", "000001", "20261102", "411000", "Clients", "C001", "Ateliers de l'Œuvre", "FA-2026-000001",
        "20261102", "Facture FA-2026-000001 Ateliers de l'Œuvre", "1234,50", "0,00", "", "", "20261103", "", "",
    ]  # fmt: skip


def test_an_unwritable_character_names_its_posting_and_field():
    row = a_posting(entry_number=7, auxiliary_label="中")

    with pytest.raises(FecRefused, match=r"entry 7, posting 1 \(FA-2026-000001\), CompAuxLib: .*U\+4E2D"):
        fec_file([row], SIREN, CLOSING)


@pytest.mark.parametrize(
    ("changes", "siren", "named"),
    [
        ({"debit": Decimal("1.005")}, SIREN, "Debit: 1.005"),
        ({"debit": Decimal("NaN")}, SIREN, "Debit: NaN"),
        ({}, "12345678", "'12345678' does not have 9 digits"),
    ],
)
def test_what_is_no_amount_or_no_siren_is_refused(changes: dict, siren: str, named: str):
    with pytest.raises(FecRefused, match=named):
        fec_file([a_posting(**changes)], siren, CLOSING)


def test_the_description_says_the_charset_the_accounts_and_the_control_totals():
    description = fec_file(an_entry(1, 120_050, 0), SIREN, CLOSING).description.decode("iso8859-15")

    assert "ISO 8859-15" in description
    assert "706100  Téléphonie fixe" in description
    assert "Débit\u00a0: 1200,50" in description


@given(
    st.lists(st.integers(1, 10**12), min_size=1, max_size=6), st.randoms(use_true_random=False),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
)  # fmt: skip
def test_rows_in_any_order_make_the_same_bytes_and_pass_both_checks(cents, shuffler, gaps):
    rows = [
        posting
        for number, amount in enumerate(cents, start=1)
        for posting in an_entry(number, amount, sum(gaps[:number]))
    ]
    fec = fec_file(rows, SIREN, CLOSING)
    shuffler.shuffle(rows)

    assert fec_file(rows, SIREN, CLOSING) == fec
    assert check(fec.name, fec.content, accounts={"411000", "706100"}) == []
