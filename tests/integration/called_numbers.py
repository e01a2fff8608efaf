"""Finds whole called numbers and free helplines in whatever leaves the platform, or stays in its logs."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

SIGN = "[ .\u00a0\u202f-]"
# Seven digits or more, in one piece or grouped as people write numbers; a longer run of digits is something else.
WRITTEN = re.compile(rf"(?<![\d.,])(?:\+?\d{{7,15}}|0\d(?:{SIGN}\d\d){{4}}|\+\d{{1,3}}(?:{SIGN}?\d){{6,13}})(?![\d])")
FREE_RANGES = re.compile(rf"(?<![\d.,:/])0{SIGN}?8{SIGN}?0{SIGN}?[0-5]|\+33{SIGN}?80[0-5]")


class CalledNumbers:
    """Numbers that nobody may read.

    Args:
        called: what was called: E.164, or a short number as dialled.
        own: numbers that may be printed: the customers' lines, the seller's telephone.
        helplines: numbers of `called` that stay hidden, even masked.
    """

    def __init__(self, called: Iterable[str], own: Iterable[str], helplines: Iterable[str]) -> None:
        allowed = {writing for number in own for writing in _writings(number)}
        self.whole = {writing for number in called if len(number) > 6 for writing in _writings(number)} - allowed
        self.short_helplines = {number for number in helplines if len(number) <= 6}
        telling = [number for number in self.short_helplines if len(number) >= 4]
        self._quoted = re.compile(rf"[;\"'|](?:{'|'.join(telling)})[;\"'|]")
        self._alone = re.compile(rf"(?<!\S)(?:{'|'.join(telling)})(?!\S)")

    def whole_in(self, text: str) -> set[str]:
        """Whole numbers, however they are written."""
        return {found for found in WRITTEN.findall(text) if _writings(found) & self.whole}

    def quoted_helplines_in(self, text: str) -> set[str]:
        """Short helplines of four digits or more, as records and logs would hold them: any other 3919 is a process."""
        return set(self._quoted.findall(text))

    def printed_helplines_in(self, text: str) -> set[str]:
        """Short helplines as words of their own, and numbers of the free ranges, masked or not."""
        return {found.strip() for found in [*self._alone.findall(text), *FREE_RANGES.findall(text)]}

    def helplines_among(self, values: Iterable[str]) -> set[str]:
        """Helplines in a column of called numbers."""
        return {value for value in values if value in self.short_helplines or FREE_RANGES.match(value)}


def _writings(number: str) -> set[str]:
    """The digits by which a number is known, whatever stands before them: 06…, +336…, 00336…; overseas in two ways."""
    digits = re.sub(r"\D", "", number)
    if number.startswith("0") and not number.startswith("00"):
        return {digits[1:]}
    digits = digits.removeprefix("00")
    without_country = {digits.removeprefix(code) for code in ("33", "262") if digits.startswith(code)}
    return {part for part in without_country if len(part) == 9} or {digits}


def pdf_text(path: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def parquet_text(path: Path) -> str:
    """Every value of every column, a row a line."""
    return "\n".join("\t".join(map(str, row.values())) for row in pq.read_table(path).to_pylist())
