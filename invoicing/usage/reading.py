"""One pass over a sealed file: its rows for COPY as they come and, at its end, what its own control lines prove.

The file is never held: a block of lines or elements is, and what a control line says.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Literal

from invoicing.usage.control import ControlReader
from invoicing.usage.copy_text import escaped
from invoicing.usage.delimited import splitter_of
from invoicing.usage.elements import Element, json_blocks, xml_blocks
from invoicing.usage.layout import LayoutKind
from invoicing.usage.limits import STANDARD, Limits, Unreadable
from invoicing.usage.lines import LongLine, line_blocks
from invoicing.usage.records import UNKNOWN_COLUMNS, RecordTyper, unknown_rows
from invoicing.usage.rows import TOO_LONG, Block, Refused, Splitter
from invoicing.usage.sheets import sheet_blocks
from invoicing.usage.source import Source
from invoicing.usage.wrappings import Content, open_content

LONGEST_LINE = 1 << 20  # characters
HELD_CONTROL_LINES = 1 << 20  # bytes in memory: a file of blank lines alone goes on in a temporary file
UNKNOWN_ENCODING = "cp1252"  # every byte is a sign or U+FFFD

Kind = Literal["bytes", "sheet"]
Items = Sequence[str] | Sequence[Element]


class Reading:
    """Reads one file once. The counts and `hold_reason` are those of the lines that were read so far.

    Attributes:
        columns: of `landing.usage_records`, in the order of the rows.
        hold_reason: why the whole file is held; None when it agrees with its own control lines.
        sequence_number: of the start line, where the source has one there.
    """

    def __init__(
        self,
        path: Path,
        source: Source | None,
        *,
        file_id: str,
        file_number: int = 0,
        why_unknown: str = "",
        only: Collection[int] | None = None,
        limits: Limits = STANDARD,
    ) -> None:
        """See `SealedFile.read`; `only` are the lines whose rows are wanted, all by default."""
        self.line_count = self.control_line_count = 0
        self.sequence_number: int | None = None
        self._path, self._source, self._limits = path, source, limits
        self._file_id, self._file_number = file_id, file_number
        self._why_unknown = why_unknown
        self._only = None if only is None else frozenset(only)
        self._faults: list[str] = []
        self._control_texts = SpooledTemporaryFile(  # noqa: SIM115  # it lives as long as the reading
            HELD_CONTROL_LINES, mode="w+", encoding="utf-8", newline="\n"
        )
        self.columns: Sequence[str] = UNKNOWN_COLUMNS
        self._typer: RecordTyper | None = None
        kind = self._kind()
        if source is not None:
            has_paths = kind == "sheet" or source.layout.kind in (LayoutKind.JSON, LayoutKind.XML)
            self._typer = RecordTyper(source, file_id=file_id, file_number=file_number, has_paths=has_paths)
            self.columns = self._typer.columns

    @property
    def record_count(self) -> int:
        return self.line_count - self.control_line_count

    @property
    def hold_reason(self) -> str | None:
        return "; ".join(self._faults) or None

    def record_blocks(self) -> Iterator[str]:
        """The records, typed or refused, as rows for COPY with these `columns`."""
        try:
            with open_content(self._path, limits=self._limits) as content:
                if self._source is None or self._typer is None:
                    yield from self._unknown(content)
                else:
                    yield from self._described(content, self._source, self._typer)
        except Unreadable as fault:
            self._faults.insert(0, str(fault))
        if self._source is None:
            self._faults.insert(0, self._why_unknown)

    def control_blocks(self) -> Iterator[str]:
        """The control lines as rows for COPY with the columns file_id, source_line, raw_text, once all is read."""
        self._control_texts.seek(0)
        while block := self._control_texts.read(LONGEST_LINE):
            yield block

    def _kind(self) -> Kind:
        try:
            with open_content(self._path, limits=self._limits) as content:
                return content.kind
        except Unreadable:
            return "bytes"

    def _described(self, content: Content, source: Source, typer: RecordTyper) -> Iterator[str]:
        control = ControlReader(source)
        splitter = splitter_of(source, control, typer.needed)
        try:
            for items in self._items(content, source):
                rows = self._typed(splitter, typer, items)
                if rows:
                    yield "\n".join(rows) + "\n"
        finally:
            self.sequence_number = control.sequence_number
            self._faults += control.faults(self.record_count, typer.seconds, typer.amount)

    def _typed(self, splitter: Splitter, typer: RecordTyper, items: Items) -> list[str]:
        block = splitter.block(self.line_count + 1, items)
        self.line_count += len(items)
        self._keep_control(block)
        rows = typer.rows(block)
        if self._only is None:
            return rows
        numbers = [*block.numbers, *(line.source_line for line in block.refused)]
        return [row for number, row in zip(numbers, rows, strict=True) if number in self._only]

    def _items(self, content: Content, source: Source) -> Iterator[Items]:
        """The file's lines or elements, as its source says that it has them."""
        layout = source.layout
        if content.kind == "sheet":
            if layout.kind is not LayoutKind.DELIMITED:
                raise Unreadable(f"wrong_layout: a workbook, but {source.source_code} is {layout.kind}; describe it")
            amount = source.columns.amount
            yield from sheet_blocks(
                content.stream,
                start_writing=source.columns.start.writing,
                limits=self._limits,
                decimal_sign=amount.decimal_signs[0] if amount else ".",
                column_count=max(layout.column_counts, default=None),
            )
        elif layout.kind is LayoutKind.JSON:
            yield from json_blocks(
                content.stream, layout.records, layout.names, limits=self._limits, encoding=layout.encoding
            )
        elif layout.kind is LayoutKind.XML:
            yield from xml_blocks(content.stream, layout.records, layout.names, limits=self._limits)
        else:
            yield from line_blocks(content.stream, layout.encoding, max_length=LONGEST_LINE)

    def _unknown(self, content: Content) -> Iterator[str]:
        """Without a description, every line that is not blank is refused."""
        blocks: Iterator[Items]
        if content.kind == "sheet":
            blocks = sheet_blocks(content.stream, start_writing=None, limits=self._limits)
        else:
            blocks = line_blocks(content.stream, UNKNOWN_ENCODING, max_length=LONGEST_LINE)
        reason = f"unknown_layout: {self._why_unknown}"
        for items in blocks:
            refused, control = [], []
            for number, item in enumerate(items, start=self.line_count + 1):
                path, text = (item.path, item.raw_text) if isinstance(item, Element) else (None, str(item))
                if text.strip():
                    refused.append(Refused(number, path, text, TOO_LONG if isinstance(item, LongLine) else reason))
                else:
                    control.append((number, text))
            self.line_count += len(items)
            self._keep_control(Block((), None, (), (), refused, control))
            rows = list(unknown_rows(refused, self._file_number))
            if rows:
                yield "\n".join(rows) + "\n"

    def _keep_control(self, block: Block) -> None:
        self.control_line_count += len(block.control)
        for source_line, text in block.control:
            self._control_texts.write(f"{self._file_id}\t{source_line}\t{escaped(text)}\n")
