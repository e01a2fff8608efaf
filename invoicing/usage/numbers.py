"""Telephone numbers as suppliers write them, by the French plan first.

What cannot be understood is None, to be held: a wrong guess is a wrong price, and hides from who watches for fraud.
"""

import re
from collections.abc import Callable

from invoicing.usage.foreign_numbers import from_abroad, is_in_use, is_possible, is_too_short
from invoicing.usage.memo import Memo, remembering
from invoicing.usage.number_plan import Called, dialled_at_home, dialled_short
from invoicing.usage.source import NumberColumn, NumberWriting

WITHHELD = Called(None, "withheld", None)  # the supplier does not say
MASKED = Called(None, "masked", None)  # the supplier took its last digits away
INTERNAL = Called(None, "internal", None)  # inside the customer's own telephone system: never a number to price
WITHHELD_WORDS = frozenset({"anonymous", "private", "restricted", "unavailable", "unknown", "withheld", "+", "+33"})
LAST_DIGITS_TAKEN = re.compile(r"\+?[0-9]+(?:[Xx]{2,}|\*{2,})")
DIGITS = re.compile("[0-9]+")
WRITTEN_NUMBER = re.compile("[+0-9][0-9 ().-]*")  # a number, even one that nobody understands, is no name
USER_PART = re.compile("(?:(?:sips?|tel|iax2?):)?([^@;]*)(?:[@;].*)?", re.IGNORECASE)
ICCID = re.compile("(89[0-9]{16,18})[Ff]?")
EXTENSION_DIGITS = 15
SHORTEST_BARE = 10  # from here on, digits alone are a country code and its number, and no French one without its zero


def line_reader(column: NumberColumn) -> Callable[[str], str | None]:
    """A function from a text to the subscriber's line; None if it is none.

    E.164, or as written: a serial number, an ICCID, an extension, a name inside the customer's own system.
    """
    if column.writing is NumberWriting.SERIAL:
        return lambda text: text.strip(" ") or None
    if column.writing is NumberWriting.ICCID:
        return lambda text: found[1] if (found := ICCID.fullmatch(text)) else None
    read_called = called_reader(column)

    def read(text: str) -> str | None:
        called = read_called(text, "")
        if called is None or called.category == INTERNAL.category:
            return called and text.strip(" ")
        return called.number if called.number and called.number[0] == "+" else None  # nobody subscribes to 3919

    return remembering(read)


def called_reader(column: NumberColumn) -> Callable[[str, str], Called | None]:
    """A function from a text and its nature of address to what was called; None if it cannot be understood.

    Only the writing by nature asks for the nature. Each distinct number is resolved once.
    """
    if column.writing is NumberWriting.BY_NATURE:
        by_nature = {
            nature: Memo(_tolerant(lambda text, nature=nature: _by_nature(text, nature), column))  # type: ignore[misc]
            for nature in ("1", "3", "4")
        }
        unknown = Memo(_tolerant(lambda _: None, column))
        return lambda text, nature: by_nature.get(nature, unknown)[text]
    memo = Memo(_tolerant(_resolver(column), column))
    return lambda text, _: memo[text]


def _resolver(column: NumberColumn) -> Callable[[str], Called | None]:
    is_restored, outside = column.is_lost_zero_restored, column.outside_digit
    resolvers: dict[NumberWriting, Callable[[str], Called | None]] = {
        NumberWriting.NATIONAL: (lambda text: _national(text) or _without_zeros(text)) if is_restored else _national,
        NumberWriting.NATIONAL_WITHOUT_ZERO: lambda text: dialled_at_home("0" + text) or dialled_short(text),
        NumberWriting.E164: lambda text: from_abroad(text[1:]) if text[:1] == "+" else dialled_short(text),
        NumberWriting.E164_WITHOUT_PLUS: _without_plus,
        NumberWriting.INTERNATIONAL_PREFIX: lambda text: None if text[:1] == "0" != text[1:2] else _national(text),
        NumberWriting.ANY: lambda text: _any(text, is_restored),
        NumberWriting.SIP: lambda text: _any(text, is_restored),
        NumberWriting.OUTSIDE_DIGIT: lambda text: _outside(text, outside),
        NumberWriting.EXTENSION: lambda text: INTERNAL if _is_extension(text, EXTENSION_DIGITS) else None,
    }
    return resolvers[column.writing]


def _without_plus(text: str) -> Called | None:
    """Held, not guessed: '3315' may be a short number or +33 and an emergency; '612345678' has lost its zero."""
    if text.startswith("33") and dialled_short(text[2:]):
        return None
    short = dialled_short(text)
    if short is None and text.isdecimal() and text.isascii():
        has_lost_zero = len(text) == 9 and dialled_at_home("0" + text) is not None and not is_in_use(text)
        # longer ones stay: plans grow, and old or unallocated numbers are what fraud calls
        if has_lost_zero or (len(text) < 9 and is_too_short(text)):
            return None
    return short or from_abroad(text)


def _tolerant(resolve: Callable[[str], Called | None], column: NumberColumn) -> Callable[[str], Called | None]:
    """Around a writing: extensions before it; after it what stands for a number that is not there."""
    extensions = column.extensions or 0
    is_sip = column.writing is NumberWriting.SIP
    ignored = str.maketrans("", "", column.ignored_signs)

    def read(text: str) -> Called | None:
        if is_sip and (found := USER_PART.fullmatch(text)):
            text = found[1]
        number = text.translate(ignored) if ignored else text
        if extensions and _is_extension(number, extensions):
            return INTERNAL
        called = resolve(number)
        if called is not None:
            return called
        if not text.strip() or text.strip().casefold() in WITHHELD_WORDS:
            return WITHHELD
        if LAST_DIGITS_TAKEN.fullmatch(number):
            return MASKED
        return INTERNAL if column.are_names_internal and not WRITTEN_NUMBER.fullmatch(text) else None

    return read


def _is_extension(text: str, most: int) -> bool:
    return len(text) <= most and DIGITS.fullmatch(text) is not None


def _national(text: str) -> Called | None:
    """As one dials it in France; '0033' is home again."""
    if text[:1] != "0":
        return dialled_short(text)
    return from_abroad(text[2:]) if text[1:2] == "0" else dialled_at_home(text)


def _by_nature(text: str, nature: str) -> Called | None:
    """Without prefix; a short number has no zero to put back."""
    if nature == "4":
        return from_abroad(text)
    called = dialled_short(text)
    return dialled_at_home("0" + text) if called is None and nature == "3" else called


def _outside(text: str, digit: str) -> Called | None:
    """From behind a PBX: the digit for an outside line, then as one dials. Emergency calls need no such digit."""
    called = _national(text[len(digit) :]) if digit and text.startswith(digit) else None
    if called is None:
        short = dialled_short(text)
        called = short if short and short.category == "emergency" else None
    return called


def _any(text: str, is_zero_restored: bool) -> Called | None:
    if text[:1] == "+":
        return from_abroad(text[1:])
    return _national(text) or _without_zeros(text, is_zero_restored)


def _without_zeros(text: str, is_restored: bool = True) -> Called | None:
    """Digits alone: a country code and its number, or a French number that lost its zero; None when it may be both."""
    if not DIGITS.fullmatch(text) or text[0] == "0":
        return None
    at_home = dialled_at_home("0" + text)
    if at_home and len(text) < SHORTEST_BARE:
        return at_home if is_restored else None
    foreign = from_abroad(text) if len(text) >= SHORTEST_BARE and is_possible(text) else None
    if at_home and foreign:
        return None
    return foreign or (at_home if is_restored else None)
