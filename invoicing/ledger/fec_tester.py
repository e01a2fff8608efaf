"""Check A: what the tax office's public tester looks at, with its tolerances. Passing it proves little."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from invoicing.ledger.fec import FIELDS
from invoicing.ledger.texts import CHARSET

NAME = 0  # line of a finding about the file's name; 1 is the header
HEADER = 1
LEAST_COLUMNS = 9
LAST_YEAR_OF_OTHER_SEPARATORS = 2012  # before, a comma or a semicolon was read too
ESSENTIAL = ("EcritureNum", "EcritureDate", "CompteNum", "Debit", "Credit")
NEVER_EMPTY = ("EcritureNum", "EcritureDate", "CompteNum")
DATES = ("EcritureDate", "PieceDate", "DateLet", "ValidDate")
SPELLINGS = {"compteauxnum": "CompAuxNum", "compteauxlib": "CompAuxLib"}

FILE_NAME = re.compile(r".*FEC(20[0-9]{2})(0[1-9]|1[0-9])[0-3][0-9](\.[A-Za-z]+)?")
NUMBER = re.compile(r"[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?[+-]?")
DATE = re.compile(r"([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})([ T].*)?")
DATE_DAY_FIRST = re.compile(r"([0-9]{2})[-/.]?([0-9]{2})[-/.]?([0-9]{4})([ T].*)?")


class Severity(StrEnum):
    REFUSED = "refused"  # the tester reports an error, or does not open the file
    NOT_COMPLIANT = "not compliant"  # a column of the law is absent
    WARNING = "warning"
    OURS = "ours"  # the tester says nothing


@dataclass(frozen=True, slots=True)
class Finding:
    """`line` is the physical line, 1 for the header, 0 for the file's name; `field` is None for a whole line."""

    severity: Severity
    line: int
    field: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FecText:
    """A file that could be opened: its columns and the lines that have one value for each."""

    separator: str
    columns: Sequence[str]
    lines: Sequence[Line]


def decode(content: bytes) -> str:
    """UTF-8 when the bytes are, otherwise ISO-8859-15, which reads any byte."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(CHARSET)


def open_fec(name: str, content: bytes) -> tuple[FecText | None, list[Finding]]:
    """Read name, header and lines as the tester does. The text is None when the tester refuses to open the file."""
    findings: list[Finding] = []
    named = FILE_NAME.fullmatch(name)
    if not named:
        findings.append(Finding(Severity.REFUSED, NAME, None, f"{name}: expected <SIREN>FEC<AAAAMMJJ>.txt"))
    header, *rest = re.split(r"\r\n|\r|\n", decode(content).removeprefix("\ufeff"))
    allowed = "\t|,;" if named and int(named[1]) <= LAST_YEAR_OF_OTHER_SEPARATORS else "\t|"
    separator = next((sign for sign in allowed if header.count(sign) + 1 >= LEAST_COLUMNS), None)
    if separator is None:
        findings.append(Finding(Severity.REFUSED, HEADER, None, f"fewer than {LEAST_COLUMNS} columns by tab or pipe"))
    if not named or separator is None:
        return None, findings
    columns = [_spelling(column) for column in header.split(separator)]
    findings += [
        Finding(
            Severity.REFUSED if field in ESSENTIAL else Severity.NOT_COMPLIANT, HEADER, field, "the column is absent"
        )
        for field in FIELDS
        if field not in columns
    ]
    if rest and rest[-1] == "":  # the last line ends like the others
        rest.pop()
    lines = []
    for number, line in enumerate(rest, start=HEADER + 1):
        values = line.split(separator)
        if line == "":
            findings.append(Finding(Severity.REFUSED, number, None, "empty line"))
        elif len(values) != len(columns):
            text = f"{len(values)} fields, the header has {len(columns)}"
            findings.append(Finding(Severity.REFUSED, number, None, text))
        else:
            lines.append(Line(number, dict(zip(columns, values, strict=True))))
    return FecText(separator, columns, lines), findings


def tester_findings(text: FecText) -> Iterator[Finding]:
    """What the tester says of each line."""
    for line in text.lines:
        for field in NEVER_EMPTY:
            if line.values.get(field) == "":
                yield Finding(Severity.REFUSED, line.number, field, "empty")
        account = line.values.get("CompteNum")
        if account and not re.match(r"[0-9]{3}", account):
            yield Finding(Severity.WARNING, line.number, "CompteNum", f"{account} does not start with 3 digits")
        yield from _amount_findings(line)
        for field in DATES:
            yield from _date_findings(line, field)


def _amount_findings(line: Line) -> Iterator[Finding]:
    non_zero = 0
    for field in ("Debit", "Credit"):
        value = line.values.get(field, "")
        if value and not NUMBER.fullmatch(value):
            yield Finding(Severity.REFUSED, line.number, field, f"{value} is not a number")
            return
        non_zero += _is_non_zero(value)
    if non_zero != 1:
        yield Finding(Severity.WARNING, line.number, "Debit", "one of Debit and Credit must be filled, not both")


def _date_findings(line: Line, field: str) -> Iterator[Finding]:
    value = line.values.get(field, "")
    if not value.strip(" 0"):  # a blank or a zero: allowed where the date is optional; '' is found above
        if field in NEVER_EMPTY and value:
            yield Finding(Severity.REFUSED, line.number, field, f"{value} is not a date")
        return
    first = DATE.fullmatch(value)
    last = DATE_DAY_FIRST.fullmatch(value)
    readings = [(first[1], first[2], first[3])] if first else []
    readings += [(last[3], last[2], last[1])] if last else []
    possible = [int(year) for year, month, day in readings if int(month) <= 12 and int(day) <= 31]
    if not possible:
        yield Finding(Severity.REFUSED, line.number, field, f"{value} is not a date")
    elif not any(1900 <= year <= 2099 for year in possible):
        yield Finding(Severity.WARNING, line.number, field, f"{value}: year outside 1900 to 2099")


def _is_non_zero(value: str) -> bool:
    mantissa = re.split(r"[eE]", value)[0]
    return re.search(r"[1-9]", mantissa) is not None


def _spelling(column: str) -> str:
    """The law's own spelling of a column: case, accents and two common variants are tolerated."""
    key = "".join(char for char in unicodedata.normalize("NFKD", column) if not unicodedata.combining(char)).casefold()
    return SPELLINGS.get(key.strip(), {field.casefold(): field for field in FIELDS}.get(key.strip(), column))
