"""Small elements of a CII document: a text, a day, an amount."""

from datetime import date
from decimal import Decimal

from lxml import etree

RSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
UDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
QDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
NAMESPACES = {"rsm": RSM, "ram": RAM, "udt": UDT, "qdt": QDT}

CENT = Decimal("0.01")


class UnwritableText(ValueError):
    """A text that XML 1.0 cannot carry."""


def add(parent: etree._Element, tag: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Append `prefix:Name` to the parent, with its text and attributes.

    Raises:
        UnwritableText: the text or an attribute holds a control character.
    """
    prefix, name = tag.split(":")
    try:
        element = etree.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{name}", attributes)
        element.text = text
    except ValueError as error:
        raise UnwritableText(
            f"{tag}: {text!r} holds a character that XML forbids; clean it in the master data"
        ) from error
    return element


def add_day(parent: etree._Element, tag: str, day: date) -> None:
    """Append a day in format 102, YYYYMMDD."""
    add(add(parent, tag), "udt:DateTimeString", f"{day:%Y%m%d}", format="102")


def amount(value: Decimal) -> str:
    """2 decimals exactly; a finer amount is an error of the caller, so it is written as it is and refused."""
    return f"{value:.2f}" if value == value.quantize(CENT) else plain(value)


def plain(value: Decimal) -> str:
    """All decimals that say something, without exponent: '0.0125', '100'."""
    return f"{value.normalize():f}"


def rate_percent(rate: Decimal) -> str:
    """'20.00' for a rate of 0.20: written one way everywhere, or BR-S-08 fails in some engines."""
    return f"{rate * 100:.2f}"
