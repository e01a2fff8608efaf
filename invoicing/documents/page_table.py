"""The table of the lines, sections and subtotals nested as the customer's tree is, and its summary."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from invoicing.documents import french
from invoicing.documents.sections import Section, section_tree
from invoicing.invoice import Invoice, InvoiceLine

UNIT_WORDS = {
    "C62": "", "MON": "mois", "DAY": "jour", "HUR": "h", "MIN": "min", "SEC": "s", "4L": "Mo", "E34": "Go",
}  # fmt: skip
NO_PLURAL = ("mois", "h", "min", "s", "Mo", "Go")
OWN_LINES = "Autres prestations et fournitures"  # hang on the billing node itself, beside its sections

# From this many lines, spread over sections, the first page is a summary that can be paid alone; the lines follow.
SUMMARY_FROM_LINES = 13


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of the lines' table: `kind` is heading, line or subtotal; `depth` is 1 for a top section."""

    kind: str
    depth: int
    name: str
    amount: str = ""
    notes: tuple[str, ...] = ()
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    vat: str = ""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    name: str
    line_count: str
    amount: str


def table_rows(invoice: Invoice) -> tuple[TableRow, ...]:
    """Sections first, then what hangs on the billing node itself, under a heading when there are sections."""
    root = section_tree(invoice.lines)
    rows: list[TableRow] = []
    for section in root.children.values():
        rows += _section_rows(section, invoice)
    if root.lines and root.children:
        rows += _section_rows(Section(OWN_LINES, depth=1, lines=root.lines), invoice)
    else:
        rows += [_line_row(line, invoice, depth=1) for line in root.lines]
    return tuple(rows)


def _section_rows(section: Section, invoice: Invoice) -> list[TableRow]:
    rows = [TableRow("heading", section.depth, section.name)]
    rows += [_line_row(line, invoice, section.depth) for line in section.lines]
    for child in section.children.values():
        rows += _section_rows(child, invoice)
    if section.depth > 1 and len(list(section.all_lines())) == 1:
        return rows  # its only line is its subtotal
    return [*rows, TableRow("subtotal", section.depth, section.name, french.number(section.net_amount, 2))]


def _line_row(line: InvoiceLine, invoice: Invoice, depth: int) -> TableRow:
    notes = [line.note] if line.note else []
    if (line.period_start, line.period_end) != (invoice.period_start, invoice.period_end):
        # Its own period tells why the amount is not a whole month's.
        notes.insert(0, french.period(line.period_start, line.period_end - timedelta(days=1)).capitalize())
    unit = UNIT_WORDS.get(line.unit_code, line.unit_code)
    if abs(line.quantity) >= 2 and unit and unit not in NO_PLURAL:
        unit += "s"
    return TableRow(
        kind="line",
        depth=depth,
        name=line.name,
        amount=french.number(line.net_amount, 2),
        notes=tuple(notes),
        quantity=french.quantity(line.quantity),
        unit=unit,
        unit_price=french.price(line.unit_price),
        vat=_rate(line.vat_category, line.vat_rate),
    )


def summary_rows(invoice: Invoice) -> tuple[SummaryRow, ...]:
    """One row a top section when the lines are many; () when they fit beside the totals."""
    root = section_tree(invoice.lines)
    if len(root.children) < 2 or len(invoice.lines) < SUMMARY_FROM_LINES:
        return ()
    rows = [_summary_row(child.name, list(child.all_lines())) for child in root.children.values()]
    return tuple([*rows, _summary_row(OWN_LINES, root.lines)] if root.lines else rows)


def _summary_row(name: str, lines: list[InvoiceLine]) -> SummaryRow:
    total = sum((line.net_amount for line in lines), Decimal(0))
    return SummaryRow(name, french.count(len(lines)), french.number(total, 2))


def _rate(category: str, rate: Decimal) -> str:
    """A rate where VAT is charged; elsewhere the category, explained under the VAT table."""
    return french.percent(rate) if category == "S" else category
