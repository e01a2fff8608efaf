"""The usage annex as a file that a French spreadsheet opens as it is."""

import csv
from io import StringIO

from invoicing.documents import french
from invoicing.invoice import Invoice, UsageRow

HEADER = (
    "facture", "section", "ligne", "date", "heure", "numero_appele", "destination",
    "duree_secondes", "forfait_secondes", "pages", "montant_ht",
)  # fmt: skip
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def annex_csv(invoice: Invoice) -> bytes:
    """The same masked rows as the page, with every decimal of the rated amount.

    Returns:
        UTF-8 with a byte order mark, `;` between cells, decimal comma, CRLF; a header and one line a row.
    """
    text = StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(_cells(invoice.number, row) for row in invoice.usage)
    return text.getvalue().encode("utf-8-sig")


def _cells(number: str, row: UsageRow) -> list[str]:
    return [
        number,
        _harmless(" › ".join(row.section)),
        _harmless(row.line_id),
        french.day(row.started_at),
        f"{row.started_at:%H:%M:%S}",
        _harmless(row.called_number),
        _harmless(row.destination),
        "" if row.duration_seconds is None else str(row.duration_seconds),
        str(row.allowance_seconds) if row.page_count is None else "",
        "" if row.page_count is None else str(row.page_count),
        f"{row.rated_amount:f}".replace(".", ","),
    ]


def _harmless(text: str) -> str:
    """A text that begins as a formula would be computed by the spreadsheet: an apostrophe keeps it a text."""
    is_phone = text.startswith("+") and text[1:].replace(" ", "").replace("X", "").isdigit()
    return f"'{text}" if text.startswith(FORMULA_SIGNS) and not is_phone else text
