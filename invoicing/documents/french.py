"""French typography of figures, days, durations and identifiers, as printed on invoices and mails."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

NARROW_SPACE = "\u202f"  # between thousands, before ; ? !
NO_BREAK_SPACE = "\u00a0"  # before : € %
MINUS = "\u2212"

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

SYMBOLS = {"EUR": "€"}
SMALLEST_PRICE_DECIMALS = 2


def number(value: Decimal, decimals: int) -> str:
    """'−1 234,50' for Decimal('-1234.5') and 2 decimals; ties go away from zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    sign = MINUS if rounded < 0 else ""
    return sign + f"{abs(rounded):,f}".replace(",", NARROW_SPACE).replace(".", ",")


def count(value: int) -> str:
    """'12 345' for 12345."""
    return number(Decimal(value), 0)


def quantity(value: Decimal) -> str:
    """All decimals that say something: '12,5' for Decimal('12.5000')."""
    return number(value, _meaningful_decimals(value))


def price(value: Decimal) -> str:
    """Cents at least, then all decimals that say something: '0,0125', '12,00'."""
    return number(value, max(SMALLEST_PRICE_DECIMALS, _meaningful_decimals(value)))


def money(value: Decimal, currency_code: str = "EUR", decimals: int = 2) -> str:
    """'1 234,56 €'; a currency without a known symbol keeps its ISO code."""
    return number(value, decimals) + NO_BREAK_SPACE + SYMBOLS.get(currency_code, currency_code)


def percent(fraction: Decimal) -> str:
    """'20 %' for Decimal('0.20'), '5,5 %' for Decimal('0.055')."""
    return quantity(fraction * 100) + NO_BREAK_SPACE + "%"


def day(value: date) -> str:
    """'02/11/2026'."""
    return value.strftime("%d/%m/%Y")


def long_day(value: date) -> str:
    """'1er novembre 2026': the first of a month is an ordinal in French."""
    return f"{_day_of_month(value)} {MONTHS[value.month - 1]} {value.year}".replace(" ", NO_BREAK_SPACE)


def period(start: date, last: date) -> str:
    """'du 1er au 31 octobre 2026'; both days are included, and what they share is said once."""
    if start == last:
        return f"le {long_day(start)}"
    if (start.year, start.month) == (last.year, last.month):
        return f"du {_day_of_month(start)} au {long_day(last)}"
    if start.year == last.year:
        return f"du {_day_of_month(start)}{NO_BREAK_SPACE}{MONTHS[start.month - 1]} au {long_day(last)}"
    return f"du {long_day(start)} au {long_day(last)}"


def duration(seconds: int) -> str:
    """'1 h 02 min 05 s', '2 min 05 s', '5 s'. Hours do not stop at 24."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        text = f"{count(hours)} h {minutes:02d} min {rest:02d} s"
    elif minutes:
        text = f"{minutes} min {rest:02d} s"
    else:
        text = f"{rest} s"
    return text.replace(" ", NO_BREAK_SPACE)


def phone(number_e164: str) -> str:
    """'01 99 00 10 08' for '+33199001008'; a number of another country or a short number stays as it is."""
    if number_e164.startswith("+33") and len(number_e164) == 12:
        return grouped("0" + number_e164[3:], 2)
    return number_e164


def grouped(text: str, size: int) -> str:
    """Groups of `size` characters: an IBAN by 4, a national number by 2."""
    compact = "".join(text.split())
    return NO_BREAK_SPACE.join(compact[start : start + size] for start in range(0, len(compact), size))


def siren(value: str) -> str:
    """'123 456 782'."""
    return grouped(value, 3)


def siret(value: str) -> str:
    """'123 456 782 00017': the SIREN, then the number of the establishment in one piece."""
    return siren(value[:9]) + NO_BREAK_SPACE + value[9:]


def _meaningful_decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _day_of_month(value: date) -> str:
    return "1er" if value.day == 1 else str(value.day)
