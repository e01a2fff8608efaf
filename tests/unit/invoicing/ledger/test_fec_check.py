"""Both checks, against the samples with known verdicts and against one good file spoilt in one place."""

from datetime import date
from pathlib import Path

import pytest

from invoicing.ledger.fec import FIELDS
from invoicing.ledger.fec_check import check, verdict_a, verdict_b
from invoicing.ledger.fec_tester import Severity

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "standards" / "samples" / "fec"
# Before '__', what is wrong with the sample; after, the name under which it would be handed in.
VERDICTS = [
    ("123456782FEC20261231.txt", "ok", "ok"),
    ("valide-pipe-utf8__123456782FEC20261231.txt", "ok", "ok"),
    ("desequilibre__123456782FEC20261231.txt", "ok", "refused"),
    ("rupture-numero__123456782FEC20261231.txt", "ok", "refused"),
    ("date-impossible__123456782FEC20261231.txt", "ok", "refused"),
    ("separateur-milliers__123456782FEC20261231.txt", "refused", "refused"),
    ("compte-sans-3-chiffres__123456782FEC20261231.txt", "warning", "refused"),
    ("champ-manquant-ligne__123456782FEC20261231.txt", "refused", "refused"),
    ("separateur-point-virgule__123456782FEC20261231.txt", "refused", "refused"),
    ("sans-colonne-PieceRef__123456782FEC20261231.txt", "not compliant", "refused"),
]

NAME = "123456782FEC20261231.txt"
GOOD = (
    "VE|Ventes|1|20261102|411000|Clients|C1|Orvane|FA-1|20261102|Facture FA-1|12,00|0,00|||20261102||",
    "VE|Ventes|1|20261102|706100|Lignes|||FA-1|20261102|Facture FA-1|0,00|10,00|||20261102||",
    "VE|Ventes|1|20261102|445710|TVA|||FA-1|20261102|Facture FA-1|0,00|2,00|||20261102||",
    "VE|Ventes|2|20261103|411000|Clients|C1|Orvane|FA-2|20261103|Facture FA-2|5,00|0,00|||20261103||",
    "VE|Ventes|2|20261103|706100|Lignes|||FA-2|20261103|Facture FA-2|0,00|5,00|||20261103||",
)


def a_fec(*lines: str, header: str = "|".join(FIELDS)) -> bytes:
    return "".join(f"{line}\r\n" for line in (header, *(lines or GOOD))).encode("iso8859-15")


def changed(line: int, **fields: str) -> bytes:
    """The good file with some fields of one of its lines, from 0, changed."""
    values = dict(zip(FIELDS, GOOD[line].split("|"), strict=True)) | fields
    return a_fec(*GOOD[:line], "|".join(values.values()), *GOOD[line + 1 :])


@pytest.mark.parametrize(("sample", "tester", "ours"), VERDICTS)
def test_each_sample_gets_its_known_verdicts(sample: str, tester: str, ours: str):
    path = SAMPLES / sample
    if not path.exists():
        pytest.skip(f"sample {sample} is not here")

    findings = check(path.name.rpartition("__")[2], path.read_bytes())

    assert (verdict_a(findings), verdict_b(findings)) == (tester, ours)


def test_a_good_file_has_no_finding():
    assert check(NAME, a_fec(), accounts={"411000", "706100", "445710"}) == []


@pytest.mark.parametrize(
    ("content", "line", "field", "said"),
    [
        (changed(1, Credit="9,99"), 2, "Debit", "0.01, not 0"),
        (changed(3, PieceRef=""), 5, "PieceRef", "empty"),
        (changed(0, CompAuxLib=""), 2, "CompAuxNum", "together"),
        (changed(0, ValidDate="20261101"), 2, "ValidDate", "before EcritureDate"),
        (changed(4, ValidDate="20261102", EcritureDate="20261102"), 6, "ValidDate", "of a line above"),
        (changed(3, EcritureDate="20270101", ValidDate="20270101"), 5, "EcritureDate", "outside the year"),
        (changed(3, EcritureDate="20251231"), 5, "EcritureDate", "outside the year"),
        (changed(4, EcritureDate="20261102"), 6, "EcritureDate", "two dates"),
        (changed(1, EcritureLib='Facture "FA-1"'), 3, "EcritureLib", "quote"),
        (changed(1, PieceDate="02112026"), 3, "PieceDate", "no such day"),
        (changed(1, Credit="10.00"), 3, "Credit", "not written 0,00"),
        (changed(1, CompteNum="706999"), 3, "CompteNum", "not in the chart"),
        (changed(1, EcritureLib="Facture\x93"), 1, None, "U+0093"),
        (a_fec(*GOOD, *GOOD[:3]), 7, "EcritureNum", "stand together"),
        (a_fec(*GOOD[3:], *GOOD[:3]), 2, "EcritureNum", "follow each other: 2, 1"),
        (a_fec(header="|".join([FIELDS[1], FIELDS[0], *FIELDS[2:]])), 1, None, "in its order"),
    ],
)
def test_what_the_tester_lets_pass_is_found_on_its_line(content: bytes, line: int, field: str | None, said: str):
    findings = check(NAME, content, accounts={"411000", "706100", "445710"})

    assert verdict_a(findings) == "ok"
    places = [(finding.line, finding.field, finding.severity) for finding in findings if said in finding.text]
    assert places == [(line, field, Severity.OURS)]


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (changed(1, Credit="-1.0E+3"), "ok"),
        (changed(1, Credit="10,00-"), "ok"),
        (changed(1, Credit="ten"), "refused"),
        (changed(1, Debit="1,00"), "warning"),
        (changed(1, Credit="0"), "warning"),
        (changed(1, EcritureDate="02/11/2026"), "ok"),
        (changed(1, EcritureDate="2026-11-02 10:15"), "ok"),
        (changed(1, EcritureDate="20261302"), "refused"),
        (changed(1, EcritureDate="0"), "refused"),
        (changed(1, DateLet="0"), "ok"),
        (changed(1, EcritureDate="18991231"), "warning"),
        (changed(1, EcritureNum=""), "refused"),
        (a_fec(*GOOD[:3], "", *GOOD[3:]), "refused"),
        (a_fec(header="|".join(FIELDS).upper().replace("COMPAUXNUM", "CompteAuxNum")), "ok"),
        (a_fec(header="|".join(FIELDS).replace("CompteNum", "Compte")), "refused"),
        (b"", "refused"),
    ],
)
def test_the_tester_is_as_tolerant_as_it_is(content: bytes, verdict: str):
    assert verdict_a(check(NAME, content)) == verdict


@pytest.mark.parametrize(
    ("name", "tester", "ours"),
    [
        ("123456782FEC20261939.txt", "ok", "refused"),  # month 19, day 39
        ("123456789FEC20261231.txt", "ok", "refused"),  # the key of the SIREN
        ("mine-123456782FEC20261231.txt", "ok", "refused"),
        ("123456782-2026.txt", "refused", "refused"),
    ],
)
def test_the_name_is_checked(name: str, tester: str, ours: str):
    findings = check(name, a_fec())

    assert (verdict_a(findings), verdict_b(findings)) == (tester, ours)


def test_a_semicolon_was_read_before_2013_only():
    content = a_fec().replace(b"|", b";").replace(b"2026", b"2012")

    assert verdict_a(check("123456782FEC20121231.txt", content)) == "ok"
    assert verdict_a(check("123456782FEC20131231.txt", content)) == "refused"


def test_numbers_may_run_by_journal():
    other = [line.replace("VE|Ventes", "OD|Divers").replace("FA-", "OD-") for line in GOOD]

    assert check(NAME, a_fec(*GOOD, *(line.replace("20261102", "20261103") for line in other))) == []


def test_a_year_that_closes_in_a_leap_month_is_read():
    name = f"123456782FEC{date(2028, 2, 28):%Y%m%d}.txt"

    assert verdict_b(check(name, a_fec().replace(b"2026", b"2027"))) == "ok"
