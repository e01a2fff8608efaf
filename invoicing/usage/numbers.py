"""Telephone numbers as E.164, by the French plan first.

Overseas France writes like home but is abroad in E.164: it has country codes, and prices, of its own.
Source: the national numbering plan (Arcep decision 2018-0881 as amended).
"""

import re
from collections.abc import Callable

from invoicing.usage.memo import remembering
from invoicing.usage.source import NumberColumn, NumberWriting

# First four digits in national writing -> country code; the nine digits stay, only the zero goes.
OVERSEAS = {
    prefix: code
    for code, prefixes in {
        "262": ("0262", "0263", "0269", "0639", "0692", "0693"),  # La Réunion, Mayotte
        "508": ("0508", "0708"),  # Saint-Pierre-et-Miquelon: +508 and the six digits after them
        "590": ("0590", "0690", "0691"),
        "594": ("0594", "0694"),
        "596": ("0596", "0696", "0697"),
    }.items()
    for prefix in prefixes
}
FICTIONAL_MOBILE = "063998"  # lies inside Mayotte's 0639, stands for a mobile of metropolitan France

# Two to six digits without a leading zero: 15, 3919, 118218.
SHORT = re.compile("[1-9][0-9]{1,5}")
# Ten digits; machine to machine has fourteen (0700 0 to 4) or thirteen (0700 5 to 9, 0901).
NATIONAL = re.compile("0(?:[1-9][0-9]{8}|700[0-4][0-9]{9}|700[5-9][0-9]{8}|901[0-9]{9})")
INTERNATIONAL = re.compile("00[1-9][0-9]{6,14}")


def line_reader(column: NumberColumn) -> Callable[[str], str | None]:
    """A function from a text to the subscriber's line: E.164 or a serial number; None if it is neither."""
    if column.writing is NumberWriting.SERIAL:
        return lambda text: text.strip(" ") or None
    if column.writing is NumberWriting.NATIONAL_WITHOUT_ZERO:
        return remembering(lambda text: _e164("0" + text))
    return remembering(lambda text: _e164(_at_home(text)))


def called_reader(column: NumberColumn) -> Callable[[str, str], str | None]:
    """A function from a text and its nature of address to the called number; None if it is none.

    It is E.164, or a short number as it is. Only the writing by nature asks for the nature.
    """
    is_by_nature = column.writing is NumberWriting.BY_NATURE

    def read(text: str, nature: str) -> str | None:
        dialled = _by_nature(text, nature) if is_by_nature else _at_home(text)
        if dialled.startswith("0"):
            return _e164(dialled)
        return dialled if SHORT.fullmatch(dialled) else None

    return read


def _at_home(dialled: str) -> str:
    """'0033' is home again, overseas France included."""
    return "0" + dialled[4:] if dialled.startswith("0033") else dialled


def _by_nature(text: str, nature: str) -> str:
    """The number as one dials it in France; '' when the nature is unknown."""
    if nature in ("1", "3") and len(text) < 7 and SHORT.fullmatch(text):
        return text  # it has no zero to put back
    if nature == "3":
        return "0" + text
    if nature == "4":
        return "0" + text[2:] if text.startswith("33") else "00" + text
    return ""


def _e164(dialled: str) -> str | None:
    if dialled.startswith("00"):
        return "+" + dialled[2:] if INTERNATIONAL.fullmatch(dialled) else None
    if not NATIONAL.fullmatch(dialled):
        return None
    country = OVERSEAS.get(dialled[:4])
    if country is None or dialled.startswith(FICTIONAL_MOBILE):
        return "+33" + dialled[1:]
    return f"+{country}{dialled[4:] if country == '508' else dialled[1:]}"
