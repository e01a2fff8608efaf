"""A usage file as it came: its digest, its physical lines, what its own control lines say, and its rows as text."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from invoicing.usage.durations import duration_reader
from invoicing.usage.records import record_writer
from invoicing.usage.rows import row_splitter
from invoicing.usage.source import UNKNOWN, Source

BLOCK_LENGTH = 1 << 20


@dataclass(frozen=True, slots=True)
class ControlLine:
    source_line: int
    raw_text: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """One file, held or not. `source` is None when nobody described its name: every record is then refused."""

    sha256: str
    source_file: str
    source: Source | None
    line_count: int
    control_lines: tuple[ControlLine, ...]
    hold_reason: str | None
    content: bytes = field(repr=False)  # whole numbers: never into a log

    @property
    def source_code(self) -> str:
        return self.source.source_code if self.source else UNKNOWN

    @property
    def record_count(self) -> int:
        return self.line_count - len(self.control_lines)

    def record_blocks(self) -> Iterator[str]:
        """The records, typed or refused, as rows for COPY with the columns `records.COLUMNS`; 1 MiB of them a block."""
        control = {line.source_line for line in self.control_lines}
        row = record_writer(self.source, self.sha256, self.source_file)
        block: list[str] = []
        length = 0
        for source_line, line in physical_lines(self.content, self.source):
            if source_line in control:
                continue
            text = row(source_line, line)
            block.append(text)
            length += len(text)
            if length >= BLOCK_LENGTH:
                yield "".join(block)
                block, length = [], 0
        if block:
            yield "".join(block)


def seal(content: bytes, source_file: str, source: Source | None) -> SealedFile:
    """Seal a file: nothing is typed yet, but its lines are counted and its own control lines are proved.

    Args:
        content: the bytes as they came; CRLF, LF and CR each end a line, and the last line may lack its end.
        source_file: the name it was delivered under.
        source: its description, or None when nobody described the name.

    Returns:
        The sealed file; `hold_reason` says in what its control lines and its records disagree.
    """
    control, counts = _ControlLines(source), 0
    for source_line, line in physical_lines(content, source):
        counts = source_line
        control.take(source_line, line)
    reasons = control.faults()
    if source is None:
        reasons = [f"no source description matches this name: {PurePath(source_file).name}; describe it in sources/"]
    return SealedFile(
        sha256=hashlib.sha256(content).hexdigest(),
        source_file=source_file,
        source=source,
        content=content,
        line_count=counts,
        control_lines=tuple(control.lines),
        hold_reason="; ".join(reasons) or None,
    )


def physical_lines(content: bytes, source: Source | None) -> Iterator[tuple[int, str]]:
    """Number the physical lines from 1, without their ends. A byte that is no text becomes U+FFFD, NUL too."""
    encoding = source.encoding if source else "cp1252"
    text = io.TextIOWrapper(
        io.BytesIO(content), encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline=None
    )
    has_nul = b"\0" in content  # PostgreSQL's text cannot hold it
    for source_line, line in enumerate(text, start=1):
        yield source_line, (line.replace("\0", "\ufffd") if has_nul else line).removesuffix("\n")


class _ControlLines:
    """Header, start line, trailer and blank lines among the physical lines, and what they promise."""

    def __init__(self, source: Source | None) -> None:
        self.lines: list[ControlLine] = []
        self._source = source
        self._split = row_splitter(source) if source else None
        self._read_seconds = duration_reader(source.duration.writing) if source and source.duration else None
        self._last_line = 0
        self._record_count = 0
        self._seconds = 0
        self._has_header = False
        self._starts: list[int] = []
        self._trailers: list[tuple[int, list[str]]] = []

    def take(self, source_line: int, line: str) -> None:
        if self._is_control(source_line, line):
            self.lines.append(ControlLine(source_line, line))
        else:
            self._record_count += 1

    def _is_control(self, source_line: int, line: str) -> bool:
        if not line.strip():
            return True
        self._last_line = source_line
        source = self._source
        if source is None or self._split is None:
            return False
        if source.header is not None and source_line == 1:
            self._has_header = self._split(line)[0][0] == source.header
            return self._has_header
        if source.trailer is None and source.start_line is None:
            return False
        fields, count = self._split(line)
        del fields[count:]
        if source.start_line and _says(fields, source.start_line.at, source.start_line.word):
            self._starts.append(source_line)
            return True
        if source.trailer and _says(fields, source.trailer.at, source.trailer.word):
            self._trailers.append((source_line, fields))
            return True
        if source.trailer and source.duration and self._read_seconds and len(fields) == source.column_count:
            self._seconds += self._read_seconds(fields[source.duration.at - 1]) or 0
        return False

    def faults(self) -> list[str]:
        source = self._source
        if source is None:
            return []
        faults = []
        if source.header is not None and not self._has_header:
            faults.append(f"header: line 1 does not begin with {source.header}")
        if source.start_line and self._starts != [1]:
            faults.append(f"start line: expected {source.start_line.word} on line 1 and nowhere else")
        if source.trailer:
            faults += self._trailer_faults(source.trailer.record_count_at, source.trailer.total_seconds_at)
        return faults

    def _trailer_faults(self, count_at: int, seconds_at: int) -> list[str]:
        if not self._trailers:
            return ["trailer: missing, the file may be cut"]
        (source_line, fields), *others = self._trailers
        if others or source_line != self._last_line:
            return [f"trailer: line {source_line} is not the last line"]
        said = [_at(fields, count_at), _at(fields, seconds_at)]
        if said != [str(self._record_count), str(self._seconds)]:
            return [
                f"trailer: says {said[0]} records and {said[1]} s,"
                f" the file has {self._record_count} records and {self._seconds} s"
            ]
        return []


def _says(fields: list[str], at: int, word: str) -> bool:
    return len(fields) >= at and fields[at - 1] == word


def _at(fields: list[str], position: int) -> str:
    return fields[position - 1].lstrip("0") or "0" if len(fields) >= position else "nothing"
