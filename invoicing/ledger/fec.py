"""Write the FEC (fichier des écritures comptables) of one legal entity and one financial year."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.ledger.texts import CHARSET, UnwritableCharacter, plain_text

# In the order of the law: LPF art. A47 A-1, VII.
FIELDS = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum", "CompAuxLib",
    "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet", "ValidDate", "Montantdevise",
    "Idevise",
)  # fmt: skip
CENTS = -2


class FecRefused(ValueError):
    """The FEC cannot be written; the message names the posting and the field."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One row of the sales journal, as `ledger.fct_ledger_entries` has it. Amounts are in euros, 2 decimals."""

    journal_code: str
    journal_label: str
    entry_number: int
    posting_position: int
    entry_date: date
    account_number: str
    account_label: str
    auxiliary_code: str | None
    auxiliary_label: str | None
    piece_ref: str
    piece_date: date
    entry_label: str
    debit: Decimal
    credit: Decimal
    valid_on: date


@dataclass(frozen=True, slots=True)
class FecFile:
    """The file and the description that goes with it; `name` is the one that the tax office asks for."""

    name: str
    content: bytes
    description_name: str
    description: bytes


def fec_file(rows: Iterable[Posting], siren: str, closing_date: date) -> FecFile:
    """Write ISO-8859-15, TAB, CRLF, decimal commas; entries by day of freezing, then number.

    Args:
        rows: the postings of one legal entity and one financial year, in any order; only frozen ones.
        siren: 9 digits.
        closing_date: last day of the financial year.

    Returns:
        The same bytes for the same rows, whatever their order.

    Raises:
        FecRefused: a character without a writing, an amount with more than two decimals, a SIREN without 9 digits.

    Source: LPF art. A47 A-1, VI to X.
    """
    if not re.fullmatch(r"[0-9]{9}", siren):
        raise FecRefused(f"SIREN {siren!r} does not have 9 digits; correct the seller in master data")
    ordered = sorted(rows, key=lambda row: (row.valid_on, row.journal_code, row.entry_number, row.posting_position))
    lines = ["\t".join(FIELDS), *("\t".join(_fields(row)) for row in ordered)]
    name = f"{siren}FEC{_day(closing_date)}"
    return FecFile(
        name=f"{name}.txt",
        content="".join(f"{line}\r\n" for line in lines).encode(CHARSET),
        description_name=f"{name}-description.txt",
        description=_description(f"{name}.txt", ordered).encode(CHARSET),
    )


def _fields(row: Posting) -> list[str]:
    values: dict[str, str] = {
        "JournalCode": row.journal_code,
        "JournalLib": row.journal_label,
        "EcritureNum": f"{row.entry_number:06d}",
        "EcritureDate": _day(row.entry_date),
        "CompteNum": row.account_number,
        "CompteLib": row.account_label,
        "CompAuxNum": row.auxiliary_code or "",
        "CompAuxLib": row.auxiliary_label or "",
        "PieceRef": row.piece_ref,
        "PieceDate": _day(row.piece_date),
        "EcritureLib": row.entry_label,
        "Debit": _amount(row, "Debit", row.debit),
        "Credit": _amount(row, "Credit", row.credit),
        "ValidDate": _day(row.valid_on),
    }
    return [_text(row, field, values.get(field, "")) for field in FIELDS]


def _text(row: Posting, field: str, text: str) -> str:
    try:
        return plain_text(text)
    except UnwritableCharacter as error:
        raise FecRefused(f"{_place(row, field)}: {error}; give it a neighbour in invoicing/ledger/texts.py") from error


def _amount(row: Posting, field: str, amount: Decimal) -> str:
    """'1234,50': no thousands separator, two decimals."""
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < CENTS:
        raise FecRefused(f"{_place(row, field)}: {amount} is not an amount in cents; round it where it is charged")
    return f"{amount:.2f}".replace(".", ",")


def _place(row: Posting, field: str) -> str:
    return f"entry {row.entry_number}, posting {row.posting_position} ({row.piece_ref}), {field}"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _description(name: str, rows: list[Posting]) -> str:
    """What the law wants beside the file: fields, codes, charset, separators; and control totals."""
    journals = sorted({(row.journal_code, row.journal_label) for row in rows})
    accounts = sorted({(row.account_number, row.account_label) for row in rows})
    debit = sum((row.debit for row in rows), Decimal("0.00"))
    credit = sum((row.credit for row in rows), Decimal("0.00"))
    parts = [
        f"Description du fichier {name}",
        "",
        "Journal des ventes issu de la facturation (comptabilité auxiliaire).",
        "Texte à plat, jeu de caractères ISO 8859-15, une écriture par facture, une ligne par débit ou crédit.",
        "Séparateur de champs\u00a0: tabulation. Fin de ligne\u00a0: CR LF. Première ligne\u00a0: noms des champs.",
        "Dates\u00a0: AAAAMMJJ. Montants en euros, virgule décimale, sans séparateur de milliers.",
        "Caractères absents du jeu et séparateurs présents dans un libellé\u00a0: remplacés par le plus proche.",
        "",
        f"Champs\u00a0: {', '.join(FIELDS)}.",
        "EcritureNum\u00a0: suite continue de l'exercice, dans l'ordre de numérotation des factures.",
        "CompAuxNum\u00a0: code du client. PieceRef\u00a0: numéro de la facture ou de l'avoir.",
        "ValidDate\u00a0: jour où la facture a été numérotée et figée.",
        "EcritureLet, DateLet, Montantdevise, Idevise\u00a0: non utilisés.",
        "",
        "Journaux",
        *(f"{code}  {plain_text(label)}" for code, label in journals),
        "",
        "Comptes",
        *(f"{number}  {plain_text(label)}" for number, label in accounts),
        "",
        f"Lignes\u00a0: {len(rows)}",
        f"Débit\u00a0: {debit:.2f}".replace(".", ","),
        f"Crédit\u00a0: {credit:.2f}".replace(".", ","),
    ]
    return "".join(f"{part}\r\n" for part in parts)
