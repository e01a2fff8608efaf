"""Lines in the order of the customer's tree: headings, lines, subtotals, nested as the section nodes are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from invoicing.invoice import InvoiceLine


@dataclass(slots=True)
class Section:
    """A section node with its own lines and its sub-sections, each in order of first appearance."""

    name: str
    depth: int
    lines: list[InvoiceLine] = field(default_factory=list)
    children: dict[str, "Section"] = field(default_factory=dict)

    def all_lines(self) -> Iterator[InvoiceLine]:
        yield from self.lines
        for child in self.children.values():
            yield from child.all_lines()

    @property
    def net_amount(self) -> Decimal:
        """Subtotal: rounded charges are added, never rounded again."""
        return sum((line.net_amount for line in self.all_lines()), Decimal(0))


def section_tree(lines: Sequence[InvoiceLine]) -> Section:
    """The root holds the lines of no section; each name of a line's path goes one level down."""
    root = Section(name="", depth=0)
    for line in lines:
        section = root
        for name in line.section:
            section = section.children.setdefault(name, Section(name, section.depth + 1))
        section.lines.append(line)
    return root
