"""Amounts: exact decimals, rounded in two places only, at the charge and at the VAT band."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

CENT = Decimal("0.01")


class MixedCurrencies(ValueError):
    """Lines of more than one currency were added."""


class TaxedLine(Protocol):
    """What VAT needs to know of a line."""

    @property
    def net_amount(self) -> Decimal: ...
    @property
    def vat_category(self) -> str: ...
    @property
    def vat_rate(self) -> Decimal: ...
    @property
    def currency_code(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class VatBand:
    """One category and rate of an invoice (BG-23): `net_amount` BT-116, `vat_amount` BT-117, 2 decimals each."""

    vat_category: str
    vat_rate: Decimal
    net_amount: Decimal
    vat_amount: Decimal


def round_cents(amount: Decimal) -> Decimal:
    """Round to 2 decimals; ties go away from zero, as PostgreSQL's round() does."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def vat_breakdown(lines: Sequence[TaxedLine]) -> list[VatBand]:
    """Add the lines of one invoice by VAT category and rate, then compute each band's VAT once.

    Args:
        lines: in any order. `net_amount` has 2 decimals (BT-131); `vat_rate` is a fraction, 0.20 for 20 %.

    Returns:
        One band per category and rate, sorted by them; [] for no lines.

    Raises:
        MixedCurrencies: the lines are in more than one currency.

    Source: EN 16931-1, BG-23 and BR-CO-17.
    """
    currencies = sorted({line.currency_code for line in lines})
    if len(currencies) > 1:
        raise MixedCurrencies(f"one invoice has one currency, got {', '.join(currencies)}; split the lines first")

    nets: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in lines:
        nets[line.vat_category, line.vat_rate] += line.net_amount
    return [VatBand(category, rate, net, round_cents(net * rate)) for (category, rate), net in sorted(nets.items())]
