"""Telephone numbers as E.164 in SQL, by the French plan first.

Overseas France writes like home but is abroad in E.164: it has country codes, and prices, of its own.
Source: the national numbering plan (Arcep decision 2018-0881 as amended).
"""

from invoicing.usage.source import NumberColumn, NumberWriting

# First four digits in national writing -> country code; the nine digits stay, only the zero goes.
OVERSEAS = {
    "262": ("0262", "0263", "0269", "0639", "0692", "0693"),  # La Réunion, Mayotte
    "590": ("0590", "0690", "0691"),
    "594": ("0594", "0694"),
    "596": ("0596", "0696", "0697"),
}
SAINT_PIERRE = ("0508", "0708")  # +508 and the six digits after them
FICTIONAL_MOBILE = "063998"  # lies inside Mayotte's 0639, stands for a mobile of metropolitan France

# Two to six digits without a leading zero: 15, 3919, 118218.
SHORT = "^[1-9][0-9]{1,5}$"
# Ten digits; machine to machine has fourteen (0700 0 to 4) or thirteen (0700 5 to 9, 0901).
NATIONAL = "^0(?:[1-9][0-9]{8}|700[0-4][0-9]{9}|700[5-9][0-9]{8}|901[0-9]{9})$"
INTERNATIONAL = "^00[1-9][0-9]{6,14}$"


def dialled_sql(column: NumberColumn, names: dict[int, str]) -> str:
    """An SQL expression for a number as one dials it in France: '0…', '00…' or a short number; a serial as written.

    Args:
        names: the SQL name of the text at each position.
    """
    text = names[column.at]
    if column.writing is NumberWriting.SERIAL:
        return f"btrim({text})"
    if column.writing is NumberWriting.NATIONAL:
        # '0033' is home again, overseas France included.
        return f"case when left({text}, 4) = '0033' then '0' || substr({text}, 5) else {text} end"
    if column.writing is NumberWriting.NATIONAL_WITHOUT_ZERO:
        return f"'0' || {text}"
    nature = names[column.nature_at or 0]
    return (
        f"case when {nature} in ('1', '3') and {text} ~ '{SHORT}' then {text}"  # it has no zero to put back
        f" when {nature} = '3' then '0' || {text}"
        f" when {nature} = '4' and left({text}, 2) = '33' then '0' || substr({text}, 3)"
        f" when {nature} = '4' then '00' || {text} end"
    )


def line_sql(column: NumberColumn, dialled: str) -> str:
    """An SQL expression for the subscriber's line: E.164 or a serial number; null if it is neither."""
    if column.writing is NumberWriting.SERIAL:
        return f"nullif({dialled}, '')"
    return _e164(dialled)


def called_sql(dialled: str) -> str:
    """An SQL expression for the called number: E.164, or a short number as it is; null if it is neither."""
    return f"case when {dialled} ~ '{SHORT}' then {dialled} else {_e164(dialled)} end"


def _e164(dialled: str) -> str:
    overseas = " ".join(
        f"when left({dialled}, 4) in ({_texts(prefixes)}) then '+{code}' || substr({dialled}, 2)"
        for code, prefixes in OVERSEAS.items()
    )
    return (
        f"case when {dialled} ~ '{NATIONAL}' then case"
        f" when left({dialled}, 6) = '{FICTIONAL_MOBILE}' then '+33' || substr({dialled}, 2)"
        f" {overseas}"
        f" when left({dialled}, 4) in ({_texts(SAINT_PIERRE)}) then '+508' || substr({dialled}, 5)"
        f" else '+33' || substr({dialled}, 2) end"
        f" when {dialled} ~ '{INTERNATIONAL}' then '+' || substr({dialled}, 3) end"
    )


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)
