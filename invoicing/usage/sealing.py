"""A usage file as it came: its digest, the description that reads it, and what its name says."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from invoicing.usage.control import ControlReader
from invoicing.usage.delimited import row_splitter
from invoicing.usage.layout import Layout, LayoutKind
from invoicing.usage.limits import STANDARD, Limits, Unreadable
from invoicing.usage.lines import line_blocks
from invoicing.usage.reading import Reading
from invoicing.usage.sheets import sheet_blocks
from invoicing.usage.source import UNKNOWN, Source, sources_named
from invoicing.usage.start_writing import pattern
from invoicing.usage.wrappings import open_content

LONGEST_NUMBER = 18  # digits: a bigint


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One file, its untouched copy on disk. Without a source every record is refused, and `why_unknown` says why."""

    path: Path
    sha256: str
    byte_count: int
    source_file: str
    source: Source | None
    why_unknown: str = ""

    @property
    def source_code(self) -> str:
        return self.source.source_code if self.source else UNKNOWN

    def read(self, file_number: int = 0, *, only: Collection[int] | None = None, limits: Limits = STANDARD) -> Reading:
        """Begin one pass over the file.

        Args:
            file_number: what its rows carry.
            only: the lines whose rows are wanted, all by default. Every line is read, for the hour that comes twice is
                told by the lines before.
            limits: what the file may ask of this machine.
        """
        return Reading(
            self.path, self.source, file_id=self.sha256, file_number=file_number, why_unknown=self.why_unknown,
            only=only, limits=limits,
        )  # fmt: skip

    def hold_reason(self, limits: Limits = STANDARD) -> str | None:
        """Why the whole file is held, found by reading it; None when it agrees with its own control lines."""
        reading = self.read(limits=limits)
        for _ in reading.record_blocks():
            pass
        return reading.hold_reason


def seal(
    path: Path, *, sha256: str, byte_count: int, source_file: str, sources: tuple[Source, ...], told: str | None = None
) -> SealedFile:
    """Find the description of a file.

    Args:
        path: of its untouched copy.
        sha256, byte_count: of its bytes.
        source_file: the name that it was delivered under, without folder.
        sources: all descriptions.
        told: the source_code, where the way it came tells it. Otherwise its name does and, of several descriptions that
            claim the name, the one that fits its first line.

    Returns:
        The sealed file; without a source when no description fits, or several do.
    """
    claiming = tuple(source for source in sources if source.source_code == told) if told else ()
    if told and not claiming:
        return SealedFile(path, sha256, byte_count, source_file, None, f"no source description has the code {told}")
    claiming = claiming or sources_named(source_file, sources)
    fitting = claiming if len(claiming) < 2 else _fitting(path, claiming)
    if len(fitting) == 1:
        return SealedFile(path, sha256, byte_count, source_file, fitting[0])
    codes = " and ".join(source.source_code for source in fitting or claiming)
    if fitting:
        why = f"{codes} all fit its first line; narrow file_name in one of the descriptions"
    elif claiming:
        why = f"neither of {codes} fits its first line; describe this layout in sources/"
    else:
        why = f"no source description matches this name: {source_file}; describe it in sources/"
    return SealedFile(path, sha256, byte_count, source_file, None, why)


def read_again(usage: SealedFile, lines: Collection[int], file_number: int) -> Reading:
    """Some lines of a sealed file by its present description: what a replay puts in place of its rejects.

    A line that has become a control line gives no row: it stays as it was.
    """
    return usage.read(file_number, only=lines)


def named_facts(source: Source, file_name: str) -> tuple[date | None, int | None]:
    """The day and the sequence number that a file's name says; None for what it does not say."""
    parts = source.name_parts
    found = re.search(parts.pattern, file_name) if parts else None
    if parts is None or found is None:
        return None, None
    groups = found.groupdict()
    number = groups.get("sequence") or ""
    is_number = number.isdecimal() and number.isascii() and len(number) <= LONGEST_NUMBER
    return _day(parts.day_writing, groups.get("day")), int(number) if is_number else None


def _day(writing: str | None, text: str | None) -> date | None:
    found = pattern(writing).fullmatch(text) if writing and text else None
    if found is None:
        return None
    year = found["Y"] if len(found["Y"]) == 4 else "20" + found["Y"]
    try:
        return date(int(year), int(found["M"]), int(found["D"]))
    except ValueError:
        return None


def _fitting(path: Path, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The descriptions that the first line of the file agrees with."""
    return tuple(source for source in sources if _fits(path, source))


def _fits(path: Path, source: Source) -> bool:
    layout = source.layout
    try:
        with open_content(path) as content:
            if content.kind == "sheet":
                first = next(sheet_blocks(content.stream, start_writing=None), [])
                fields = first[0].fields if first else []
                return layout.kind is LayoutKind.DELIMITED and _is_first(layout, fields)
            block = next(line_blocks(content.stream, layout.encoding), [])
    except Unreadable:
        return False
    line = next((line for line in block if line.strip()), "")
    if layout.kind is LayoutKind.JSON:
        return line.lstrip()[:1] in ("[", "{")
    if layout.kind is LayoutKind.XML:
        return line.lstrip()[:1] == "<"
    if layout.kind is LayoutKind.FIXED_WIDTH:
        return len(line) == layout.line_length or not line.startswith(layout.record_begins)
    fields, count = row_splitter(layout)(line)
    is_start = source.control.start is not None and ControlReader(source).takes(1, line, fields)
    return is_start or _is_first(layout, fields[:count])


def _is_first(layout: Layout, fields: list[str]) -> bool:
    """Whether these may be the columns of a file's first line."""
    if layout.has_titles:
        return set(layout.names) <= {title.strip() for title in fields}
    if layout.header is not None and fields[:1] != [layout.header]:
        return False
    return len(fields) in layout.column_counts
