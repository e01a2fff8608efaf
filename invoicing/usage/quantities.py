"""Amounts and page counts as suppliers write them."""

import re
from collections.abc import Callable
from decimal import Decimal

from invoicing.usage.memo import remembering
from invoicing.usage.source import AmountColumn, PagesColumn

PAGES = re.compile("[0-9]{1,9}")
TEN_DECIMALS = Decimal("1E-10")  # numeric(20, 10)


def amount_reader(column: AmountColumn) -> Callable[[str], str | None]:
    """A function from a text to its amount with ten decimals; None for a text that is no amount in this writing."""
    pattern = re.compile(f"-?[0-9]{{1,10}}(?:[{column.decimal_signs}][0-9]{{1,10}})?")

    def read(text: str) -> str | None:
        if not pattern.fullmatch(text):
            return None
        amount = Decimal(text.replace(",", ".")) + 0  # -0 is 0
        return f"{amount.quantize(TEN_DECIMALS):f}"

    return remembering(read)


def pages_reader(column: PagesColumn) -> Callable[[str], int | None]:
    """A function from a text to its pages; None for a text that is no count."""
    sign = column.thousands_sign

    def read(text: str) -> int | None:
        digits = text.replace(sign, "") if sign else text
        return int(digits) if PAGES.fullmatch(digits) else None

    return remembering(read)
