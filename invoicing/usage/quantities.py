"""Amounts, pages and other counts as suppliers write them: exact, or unreadable.

A decimal point that was lost on the way cannot be seen in one number: no reader here guesses it.
"""

import re
from collections.abc import Callable
from decimal import Context, Decimal

from invoicing.usage.durations import MODES
from invoicing.usage.memo import remembering
from invoicing.usage.source import AmountColumn, ByteUnit, PagesColumn, Rounding, SignPlace

ABSENT = -1  # an empty counter was not read: it is not zero
EXACT = Context(prec=80)  # whatever the thread's own context is
COUNT_DIGITS, BIG_COUNT_DIGITS = 9, 18  # integer and bigint
AMOUNT_LIMIT, AMOUNT_DECIMALS = Decimal(10**10), 10  # numeric(20, 10)
UNITS_LIMIT, UNITS_DECIMALS = Decimal(10**14), 6  # numeric(20, 6)
MOST_BYTES = 2**63 - 1
SPACE = "[ \u00a0\u202f]?"
# Bytes only: 'Mb' may be bits.
BYTE_UNIT = re.compile(f"(.*?[0-9]){SPACE}(?:(?i:octets?|bytes?)|([kKMGT]?)(i?)[oOB])", re.DOTALL)
POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def amount_reader(column: AmountColumn) -> Callable[[str], str | None]:
    """A function from a text to its amount with ten decimals; None for a text that is no amount in this writing."""
    if column.implied_decimals is None:
        number = _number(column.decimal_signs, column.thousands_sign, AMOUNT_DECIMALS)
    else:
        number = "[0-9]{1,30}"
    currency = f"(?:{SPACE}{re.escape(column.currency)})?" if column.currency else ""
    writings = {
        SignPlace.LEADING: f"(?P<minus>-)?(?P<number>{number}){currency}",
        SignPlace.TRAILING: f"(?P<number>{number})(?P<minus>-)?{currency}",
        SignPlace.PARENTHESES: rf"(?P<minus>\()?(?P<number>{number}){currency}(?(minus)\))",
    }
    pattern = re.compile(writings[column.sign])
    exponent = -(column.implied_decimals or 0)

    def read(text: str) -> str | None:
        found = pattern.fullmatch(text)
        if found is None:
            return None
        amount = EXACT.scaleb(_decimal(found["number"], column.decimal_signs), exponent)
        return _fixed(EXACT.minus(amount) if found["minus"] else amount, AMOUNT_LIMIT, AMOUNT_DECIMALS)

    return remembering(read)


def amount_fault(column: AmountColumn) -> str | None:
    """Why a description may not say its amounts so, with the way out; None when it may."""
    shared = sorted(set(column.decimal_signs) & set(column.thousands_sign or ""))
    if shared and column.implied_decimals is None:
        sign = shared[0]
        return f"{sign!r} is decimal sign and thousands sign, so 2{sign}339 is two amounts; keep it in one of them"
    if column.implied_decimals is not None and not 0 <= column.implied_decimals <= AMOUNT_DECIMALS:
        return f"implied_decimals is {column.implied_decimals}, but amounts keep ten decimals; write 0 to 10"
    return None


def pages_reader(column: PagesColumn) -> Callable[[str], int | None]:
    """A function from a text to its pages; None for a text that is no count."""
    return count_reader(column.thousands_sign)


def count_reader(thousands_sign: str | None = None, digits: int = COUNT_DIGITS) -> Callable[[str], int | None]:
    """A function from a text to a count of pages, messages or the like; None for a text that is no count."""
    pattern = re.compile(_number("", thousands_sign, 0))

    def read(text: str) -> int | None:
        count = int(_decimal(text, "")) if pattern.fullmatch(text) else None
        return None if count is None or count >= 10**digits else count

    return remembering(read)


def counter_reader(thousands_sign: str | None = None) -> Callable[[str], int | None]:
    """A function from a text to a meter's reading; `ABSENT` for an empty one, None for a text that is no reading."""
    read_count = count_reader(thousands_sign, BIG_COUNT_DIGITS)
    return remembering(lambda text: read_count(text) if text.strip() else ABSENT)


def byte_reader(
    unit: ByteUnit = ByteUnit.BYTE,
    base: int = 1000,
    decimal_signs: str = ",.",
    thousands_sign: str | None = None,
    rounding: Rounding | None = None,
) -> Callable[[str], int | None]:
    """A function from a text to its bytes; None for a text that is no volume in this unit.

    Args:
        unit: of the column, or `written` where each text has its own.
        base: 1000 or 1024, what this supplier's Ko stands for; KiB is always 1024.
        rounding: to the whole byte; without it a part of a byte is unreadable.
    """
    pattern = re.compile(_number(decimal_signs, thousands_sign, 12))
    powers = {ByteUnit.BYTE: 0, ByteUnit.KILOBYTE: 1, ByteUnit.MEGABYTE: 2, ByteUnit.GIGABYTE: 3}

    def read(text: str) -> int | None:
        factor = base ** powers.get(unit, 0)
        if unit is ByteUnit.WRITTEN:
            found = BYTE_UNIT.fullmatch(text)
            if found is None:
                return None
            text, factor = found[1], (1024 if found[3] else base) ** POWERS[(found[2] or "").lower()]
        if not pattern.fullmatch(text):
            return None
        volume = EXACT.multiply(_decimal(text, decimal_signs), Decimal(factor))
        is_whole = volume == volume.to_integral_value()
        if volume > MOST_BYTES or not (is_whole or rounding):
            return None
        return int(volume) if is_whole or rounding is None else int(volume.to_integral_value(MODES[rounding]))

    return remembering(read)


def unit_reader(decimal_signs: str = ",.", thousands_sign: str | None = None) -> Callable[[str], str | None]:
    """A function from a text to a quantity of anything else, with six decimals; None for a text that is none."""
    pattern = re.compile(f"-?{_number(decimal_signs, thousands_sign, UNITS_DECIMALS)}")

    def read(text: str) -> str | None:
        return _fixed(_decimal(text, decimal_signs), UNITS_LIMIT, UNITS_DECIMALS) if pattern.fullmatch(text) else None

    return remembering(read)


def _number(decimal_signs: str, thousands_sign: str | None, decimals: int) -> str:
    """What a number without sign looks like: groups of three, or digits alone."""
    groups = f"[0-9]{{1,3}}(?:[{re.escape(thousands_sign)}][0-9]{{3}}){{1,9}}|" if thousands_sign else ""
    fraction = f"(?:[{re.escape(decimal_signs)}][0-9]{{1,{decimals}}})?" if decimal_signs and decimals else ""
    return f"(?:{groups}[0-9]{{1,30}}){fraction}"


def _decimal(text: str, decimal_signs: str) -> Decimal:
    """A text of the right look, without its groups."""
    return Decimal(
        "".join("." if sign in decimal_signs else sign for sign in text if sign in "-0123456789" + decimal_signs)
    )


def _fixed(number: Decimal, limit: Decimal, decimals: int) -> str | None:
    if EXACT.abs(number) >= limit:
        return None
    return f"{EXACT.quantize(EXACT.plus(number), Decimal((0, (1,), -decimals))):f}"
