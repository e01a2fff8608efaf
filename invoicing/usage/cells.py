"""The text of a cell, as a person sees it: a workbook keeps dates as days, and leading zeros in its formats only."""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from typing import Any

from openpyxl.styles.numbers import is_date_format  # type: ignore[import-untyped]
from openpyxl.utils.datetime import WINDOWS_EPOCH  # type: ignore[import-untyped]

from invoicing.usage.decoding import BAD
from invoicing.usage.workbook import Workbook, text_of, unescaped
from invoicing.usage.xml_elements import local_name

ISO = "YYYY-MM-DD hh:mm:ss"
DATE_PART = re.compile(r"[YMD](?:[YMD]|[^A-Za-z0-9])*[YMD]")
TOKEN = re.compile("YYYY|YY|MM?|DD?|hh?|mm|ss|fff")
SHOWN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # a format's own words, colours and languages
ELAPSED = re.compile(r"\[[hms]+\]", re.IGNORECASE)
ZEROS = re.compile(r"0{2,15}")
INTEGER = re.compile(r"-?[0-9]{1,40}")
DIGITS = 15  # that a spreadsheet keeps of a number; what is behind them is noise
LAST_DAY = 2_958_466  # 10000-01-01
DAY = 86_400


class CellReader:
    """Knows the workbook's shared texts and formats, and how the source writes dates and decimals."""

    def __init__(self, workbook: Workbook, start_writing: str | None, decimal_sign: str) -> None:
        self._workbook = workbook
        self._decimal_sign = decimal_sign
        writing = start_writing or ISO
        date_part = DATE_PART.search(writing)
        self._writing, self._date_writing = (writing, date_part[0]) if date_part else (ISO, ISO[:10])
        self._formats = [_format(code) for code in workbook.formats]

    def text(self, cell: Any) -> str:
        """The cell's text; of a formula its result, of a formula without result the formula."""
        kind = cell.get("t", "n")
        value, formula = "", None
        for child in cell:
            name = local_name(child)
            if name == "v":
                value = child.text or ""
            elif name == "is" and kind == "inlineStr":
                return text_of(child)
            elif name == "f":
                formula = child.text or ""
        if not value:
            return "" if formula is None else f"={formula}"
        if kind == "s":
            return self._shared(value)
        if kind == "n":
            return self._number(value.strip(), cell.get("s", "0"))
        if kind == "b":
            return {"1": "true", "0": "false"}.get(value, value)
        if kind == "d":
            return self._written_date(value)
        return unescaped(value)

    def _shared(self, value: str) -> str:
        strings = self._workbook.strings
        if value.isdecimal() and len(value) < 10 and int(value) < len(strings):
            return strings[int(value)]
        return BAD  # names a text that is not there

    def _number(self, value: str, style: str) -> str:
        index = int(style) if style.isdecimal() and len(style) < 6 else 0
        kind, zeros = self._formats[index] if index < len(self._formats) else ("", 0)
        if kind:
            return self._date(value, kind)
        if INTEGER.fullmatch(value):
            return value.zfill(zeros)
        number = _decimal(value)
        if number is None or number.adjusted() >= DIGITS or number.adjusted() < -DIGITS:
            return value  # digits were lost: 8.93301E+18 is no card's number
        with localcontext() as context:
            context.prec = DIGITS
            text = format(+number, "f")
        whole, _, decimals = text.partition(".")
        decimals = decimals.rstrip("0")
        if not decimals:
            return "0" if whole == "-0" else whole.zfill(zeros)
        return f"{whole}{self._decimal_sign}{decimals}"

    def _date(self, value: str, kind: str) -> str:
        number = _decimal(value)
        if number is None or not 0 <= number < LAST_DAY:
            return value
        seconds = int((number * DAY).quantize(Decimal("0.001")))  # milliseconds: 10:15:29.9999 is 10:15:30
        if kind == "elapsed" or (kind == "time" and number < 1):
            return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        days, rest = divmod(seconds, DAY)
        if self._workbook.epoch == WINDOWS_EPOCH and days < 60:
            days += 1  # 1900 has a 29 February in spreadsheets
        try:
            moment = self._workbook.epoch + timedelta(days=days, seconds=rest)
        except OverflowError:
            return value
        return _written(moment, self._date_writing if kind == "date" and not rest else self._writing)

    def _written_date(self, value: str) -> str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return _written(moment, self._writing if "T" in value or " " in value else self._date_writing)


def _format(code: str) -> tuple[str, int]:
    """What a number's format shows: elapsed, time, date, moment or '' for a number, and to how many digits."""
    code = code.partition(";")[0]
    if ELAPSED.search(code):
        return "elapsed", 0
    if not is_date_format(code):
        return "", len(code) if ZEROS.fullmatch(code) else 0
    shown = SHOWN.sub("", code).lower()
    has_time = "h" in shown or "s" in shown
    if not has_time:
        return "date", 0
    return ("moment" if "d" in shown or "y" in shown else "time"), 0


def _decimal(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and len(value) <= 40 else None


def _written(moment: datetime, writing: str) -> str:
    texts = {
        "YYYY": f"{moment.year:04}",
        "YY": f"{moment.year % 100:02}",
        "MM": f"{moment.month:02}",
        "M": str(moment.month),
        "DD": f"{moment.day:02}",
        "D": str(moment.day),
        "hh": f"{moment.hour:02}",
        "h": str(moment.hour),
        "mm": f"{moment.minute:02}",
        "ss": f"{moment.second:02}",
        "fff": "000",
    }
    return TOKEN.sub(lambda token: texts[token[0]], writing)
