"""The usage annex: masked calls and meters, set as text by page, and the same rows as CSV.

A table costs seven times more: each page is one block of a fixed-width face, its columns made here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import groupby

from invoicing.documents import french
from invoicing.invoice import Invoice, UsageRow

LINES_PER_PAGE = 64  # of invoice.css: 10.2 pt each, under a title and the heads, above the closing note
GROUP_ROOM = 7  # a heading is not left alone at the foot of a page: blank, site, heading, two rows, subtotals
SECOND_LIST_ROOM = 6  # blank, title and heads of a list that starts under another

CALL_TEXTS = (("Date", 10), ("Heure", 8), ("Numéro appelé", 18), ("Destination", 28))
CALL_FIGURES = (("Durée", 16), ("Forfait", 16), ("Montant HT", 11))
METER_TEXTS = (("Date", 10), ("Matériel", 28), ("Compteur", 45))
METER_FIGURES = (("Pages", 15), ("Montant HT", 13))
RATED_DECIMALS = 4
GAP = "  "


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a page; `style` is '' for a row, otherwise heading, site, subtotal or total."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class AnnexSheet:
    """A list, or the part of it that stands on one page: title, heads of the columns, lines."""

    title: str
    columns: str
    lines: tuple[TextLine, ...]
    is_new_page: bool = True


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one kind of usage is written; a row and a sum fill the same columns, 119 signs wide."""

    title: str
    group_word: str
    texts: tuple[tuple[str, int], ...]
    figures: tuple[tuple[str, int], ...]
    row_texts: Callable[[UsageRow], Sequence[str]]
    row_figures: Callable[[UsageRow], Sequence[str]]
    sum_words: Callable[[Sequence[UsageRow]], str]
    sum_figures: Callable[[Sequence[UsageRow]], Sequence[str]]

    def heads(self) -> str:
        return _columns([name for name, _ in self.texts], self.texts, [name for name, _ in self.figures], self.figures)

    def row(self, row: UsageRow) -> str:
        return _columns(self.row_texts(row), self.texts, self.row_figures(row), self.figures)

    def sum(self, label: str, rows: Sequence[UsageRow]) -> str:
        width = sum(width + len(GAP) for _, width in self.texts) - len(GAP)
        words = f"{label}, {self.sum_words(rows)}"
        return _columns([words], [("", width)], self.sum_figures(rows), self.figures)


@dataclass(slots=True)
class _Sheets:
    """Lines poured into pages of equal height."""

    pages: list[list[TextLine]] = field(default_factory=lambda: [[]])

    @property
    def room(self) -> int:
        return LINES_PER_PAGE - len(self.pages[-1])

    def put(self, style: str, text: str) -> None:
        if not self.room:
            self.pages.append([])
        self.pages[-1].append(TextLine(style, text))

    def keep_together(self, line_count: int) -> None:
        """Turn the page unless so many lines fit; a blank parts them from what stands above."""
        if self.room < line_count:
            self.pages.append([])
        elif self.pages[-1]:
            self.put("", "")


def annex_sheets(invoice: Invoice) -> list[AnnexSheet]:
    """The annex, calls first, then meters; [] when the customer asked for none or used nothing.

    Rows keep the order of the invoice inside a section and a line. Amounts show 4 decimals, ties away from zero.
    """
    if not invoice.shows_usage:
        return []
    calls = _sheets([row for row in invoice.usage if row.page_count is None], CALLS)
    meters = _sheets([row for row in invoice.usage if row.page_count is not None], METERS)
    if calls and meters and len(calls[-1].lines) + len(meters[0].lines) + SECOND_LIST_ROOM <= LINES_PER_PAGE:
        meters[0] = replace(meters[0], is_new_page=False)
    return [*calls, *meters]


def _sheets(usage: Sequence[UsageRow], layout: _Layout) -> list[AnnexSheet]:
    if not usage:
        return []
    sheets = _Sheets()
    for section, rows in _by_section(usage):
        _set_section(sheets, layout, " › ".join(section), rows)
    sheets.keep_together(2)
    sheets.put("total", layout.sum("Total du détail", usage))
    return [AnnexSheet(layout.title, layout.heads(), tuple(lines)) for lines in sheets.pages]


def _set_section(sheets: _Sheets, layout: _Layout, name: str, rows: Sequence[UsageRow]) -> None:
    by_line = [(line_id, list(group)) for line_id, group in groupby(rows, key=lambda row: row.line_id)]
    for index, (line_id, line_rows) in enumerate(by_line):
        heading = f"{layout.group_word} {line_id}"
        sheets.keep_together(GROUP_ROOM)
        if name and (index == 0 or not sheets.pages[-1]):
            sheets.put("site", name)
        sheets.put("heading", heading)
        for position, row in enumerate(line_rows, start=1):
            needed = 2 if position == len(line_rows) else 1  # the last row keeps its subtotal
            if sheets.room < needed:
                again = f"{name} › {heading} (suite)" if name else f"{heading} (suite)"
                sheets.pages.append([TextLine("heading", again)])
            sheets.put("", layout.row(row))
        sheets.put("subtotal", layout.sum(f"Sous-total {line_id}", line_rows))
    if name and len(by_line) > 1:
        sheets.put("subtotal", layout.sum(f"Sous-total {name}", rows))


def _by_section(usage: Sequence[UsageRow]) -> Iterator[tuple[tuple[str, ...], list[UsageRow]]]:
    """Rows of each section, its lines together, both in order of first appearance."""
    sections: dict[tuple[str, ...], dict[str, list[UsageRow]]] = {}
    for row in usage:
        sections.setdefault(row.section, {}).setdefault(row.line_id, []).append(row)
    for section, lines in sections.items():
        yield section, [row for rows in lines.values() for row in rows]


def _columns(
    left: Sequence[str], texts: Sequence[tuple[str, int]], right: Sequence[str], figures: Sequence[tuple[str, int]]
) -> str:
    """Texts to the left, cut with '…' when too long; figures to the right, never cut."""
    cells = [_cut(text, width).ljust(width) for text, (_, width) in zip(left, texts, strict=True)]
    cells += [text.rjust(width) for text, (_, width) in zip(right, figures, strict=True)]
    # A narrow space is narrower than a figure: columns stand only when every sign has one width.
    return GAP.join(cells).replace(french.NARROW_SPACE, french.NO_BREAK_SPACE)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _seconds(rows: Sequence[UsageRow]) -> int:
    return sum(row.duration_seconds or 0 for row in rows)


def _allowance(seconds: int) -> str:
    return french.duration(seconds) if seconds else "–"


def _amount(rows: Sequence[UsageRow]) -> str:
    return french.number(sum((row.rated_amount for row in rows), Decimal(0)), RATED_DECIMALS)


def _counted(count: int, word: str) -> str:
    return f"{french.count(count)} {word}{'s' if count > 1 else ''}"


CALLS = _Layout(
    title="Détail des communications",
    group_word="Ligne",
    texts=CALL_TEXTS,
    figures=CALL_FIGURES,
    row_texts=lambda row: (
        french.day(row.started_at),
        f"{row.started_at:%H:%M:%S}",
        row.called_number,
        row.destination,
    ),
    row_figures=lambda row: (
        french.duration(row.duration_seconds or 0),
        _allowance(row.allowance_seconds),
        french.number(row.rated_amount, RATED_DECIMALS),
    ),
    sum_words=lambda rows: _counted(len(rows), "communication"),
    sum_figures=lambda rows: (
        french.duration(_seconds(rows)),
        _allowance(sum(row.allowance_seconds for row in rows)),
        _amount(rows),
    ),
)
METERS = _Layout(
    title="Relevé des compteurs",
    group_word="Matériel",
    texts=METER_TEXTS,
    figures=METER_FIGURES,
    row_texts=lambda row: (french.day(row.started_at), row.line_id, row.destination),
    row_figures=lambda row: (french.count(row.page_count or 0), french.number(row.rated_amount, RATED_DECIMALS)),
    sum_words=lambda rows: _counted(len(rows), "relevé"),
    sum_figures=lambda rows: (french.count(sum(row.page_count or 0 for row in rows)), _amount(rows)),
)
