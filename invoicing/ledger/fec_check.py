"""Check a FEC file before it leaves: A, as the tax office's public tester does; B, stricter, as an accountant would.

A accepts a file whose entries do not balance, whose numbers have gaps, or that says 31 February. B does not.
"""

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from stdnum.fr import siren

from invoicing.ledger.fec import FIELDS
from invoicing.ledger.fec_tester import (
    DATES,
    HEADER,
    NAME,
    FecText,
    Finding,
    Line,
    Severity,
    decode,
    open_fec,
    tester_findings,
)

FILE_NAME = re.compile(r"([0-9]{9})FEC([0-9]{8})\.txt")
COMPULSORY = tuple(
    field
    for field in FIELDS
    if field not in ("CompAuxNum", "CompAuxLib", "EcritureLet", "DateLet", "Montantdevise", "Idevise")
)
PAIRS = (("CompAuxNum", "CompAuxLib"), ("EcritureLet", "DateLet"), ("Montantdevise", "Idevise"))
AMOUNT = re.compile(r"[0-9]{1,15},[0-9]{2}")
ENTRY_NUMBER = re.compile(r"(.*?)([0-9]+)")


def check(name: str, content: bytes, *, accounts: Collection[str] | None = None) -> list[Finding]:
    """Everything that is wrong with a FEC file.

    Args:
        name: the file's name, without a folder.
        content: its bytes.
        accounts: the chart of accounts; None when it is not known.

    Returns:
        Findings of both checks, by line; [] for a good file. `Severity.OURS` marks what the tester lets pass.

    Source: LPF art. A47 A-1, VI to X; the tester's behaviour.
    """
    text, findings = open_fec(name, content)
    if text is not None:
        findings += tester_findings(text)
        findings += _strict_findings(name, content, text, accounts)
    return sorted(findings, key=lambda finding: finding.line)


def verdict_a(findings: Collection[Finding]) -> str:
    """A: 'ok', 'warning', 'not compliant' or 'refused'."""
    said = {finding.severity for finding in findings}
    return next((s.value for s in (Severity.REFUSED, Severity.NOT_COMPLIANT, Severity.WARNING) if s in said), "ok")


def verdict_b(findings: Collection[Finding]) -> str:
    """B: 'ok' or 'refused'. We let no file out that has a finding of either check."""
    return "refused" if findings else "ok"


def _strict_findings(name: str, content: bytes, text: FecText, accounts: Collection[str] | None) -> Iterator[Finding]:
    closing_date = None
    named = FILE_NAME.fullmatch(name)
    if not named:
        yield _ours(NAME, None, f"{name}: expected <SIREN>FEC<AAAAMMJJ>.txt")
    else:
        closing_date = _day(named[2])
        if not siren.is_valid(named[1]):
            yield _ours(NAME, None, f"{named[1]}: the key of the SIREN is wrong")
        if closing_date is None:
            yield _ours(NAME, None, f"{named[2]}: no such day")
    if tuple(text.columns[: len(FIELDS)]) != FIELDS or len(set(text.columns)) < len(text.columns):
        yield _ours(HEADER, None, f"the first {len(FIELDS)} columns are not those of the law, in its order, each once")
    if control := re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]", decode(content)):
        yield _ours(HEADER, None, f"U+{ord(control[0]):04X} is in the file: not ISO-8859-15, nor UTF-8 without mark")
    for line in text.lines:
        yield from _line_findings(line, closing_date, accounts)
    yield from _journal_findings(text)


def _line_findings(line: Line, closing_date: date | None, accounts: Collection[str] | None) -> Iterator[Finding]:
    values = line.values
    for field in COMPULSORY:
        if values.get(field, "").strip() == "":
            yield _ours(line.number, field, "compulsory, and empty")
    for one, other in PAIRS:
        if bool(values.get(one)) != bool(values.get(other)):
            yield _ours(line.number, one, f"{one} and {other} are filled together")
    for field, value in values.items():
        if '"' in value:
            yield _ours(line.number, field, f"{value}: a quote")
        if field in DATES and value and _day(value) is None:
            yield _ours(line.number, field, f"{value}: no such day, written AAAAMMJJ")
    for field in ("Debit", "Credit"):
        if not AMOUNT.fullmatch(values.get(field, "")):
            yield _ours(line.number, field, f"{values.get(field)!r} is not written 0,00")
    account = values.get("CompteNum", "")
    if accounts is not None and account not in accounts:
        yield _ours(line.number, "CompteNum", f"{account} is not in the chart of accounts")
    entry_date, valid_date = _day(values.get("EcritureDate", "")), _day(values.get("ValidDate", ""))
    if entry_date and valid_date and valid_date < entry_date:
        yield _ours(line.number, "ValidDate", f"{valid_date}: before EcritureDate {entry_date}")
    if entry_date and closing_date and not _year_before(closing_date) < entry_date <= closing_date:
        yield _ours(line.number, "EcritureDate", f"{entry_date}: outside the year that closes on {closing_date}")


def _journal_findings(text: FecText) -> Iterator[Finding]:
    """Entries as wholes: balanced, numbered without a gap, standing together, frozen one after the other."""
    balances: dict[tuple[str, str], Decimal] = {}
    starts: dict[tuple[str, str], Line] = {}
    previous: tuple[str, str] | None = None
    last_valid = ""
    for line in text.lines:
        values = line.values
        entry = (values.get("JournalCode", ""), values.get("EcritureNum", ""))
        start = starts.setdefault(entry, line)
        if start is not line:
            if entry != previous:
                yield _ours(line.number, "EcritureNum", f"{entry[1]}: its lines do not stand together")
            if values.get("EcritureDate") != start.values.get("EcritureDate"):
                yield _ours(line.number, "EcritureDate", f"entry {entry[1]} has two dates")
        previous = entry
        balances[entry] = balances.get(entry, Decimal(0)) + _balance(line)
        valid = values.get("ValidDate", "")
        if valid < last_valid:
            yield _ours(line.number, "ValidDate", f"{valid}: before {last_valid} of a line above")
        last_valid = max(last_valid, valid)
    for entry, balance in balances.items():
        if balance != 0:
            text_ = f"entry {entry[1]} of {entry[0]}: debit less credit is {balance}, not 0"
            yield _ours(starts[entry].number, "Debit", text_)
    if not (_is_continuous(list(starts)) or _is_continuous_by_journal(list(starts))):
        numbers = ", ".join(number for _, number in list(starts)[:20])
        yield _ours(HEADER + 1, "EcritureNum", f"numbers do not follow each other: {numbers}")


def _is_continuous_by_journal(entries: list[tuple[str, str]]) -> bool:
    journals = {journal for journal, _ in entries}
    return all(_is_continuous([entry for entry in entries if entry[0] == journal]) for journal in journals)


def _is_continuous(entries: list[tuple[str, str]]) -> bool:
    numbers = [ENTRY_NUMBER.fullmatch(number) for _, number in entries]
    if not all(numbers):
        return False
    parts = [(number[1], int(number[2])) for number in numbers if number]
    return all(later == (earlier[0], earlier[1] + 1) for earlier, later in pairwise(parts))


def _balance(line: Line) -> Decimal:
    """Debit less credit; what is not an amount is found elsewhere, and counts for nothing here."""
    debit, credit = line.values.get("Debit", ""), line.values.get("Credit", "")
    if not (AMOUNT.fullmatch(debit) and AMOUNT.fullmatch(credit)):
        return Decimal(0)
    return Decimal(debit.replace(",", ".")) - Decimal(credit.replace(",", "."))


def _day(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def _year_before(closing_date: date) -> date:
    """The closing date of the year before: a financial year is twelve months here."""
    next_day = closing_date + timedelta(days=1)
    return next_day.replace(year=next_day.year - 1, day=min(next_day.day, 28)) - timedelta(days=1)


def _ours(line: int, field: str | None, text: str) -> Finding:
    return Finding(Severity.OURS, line, field, text)
