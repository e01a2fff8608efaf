"""One hostile file, read in a process of its own: `python -m tests.fuzz.appetite CASE` prints what came of it.

The files are made while they are read: a gigabyte is never on the disk nor in memory.
"""

import gzip
import io
import resource
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from openpyxl import Workbook

from invoicing.usage.elements import json_blocks, xml_blocks
from invoicing.usage.limits import Unreadable
from invoicing.usage.lines import LongLine, line_blocks
from invoicing.usage.sheets import sheet_blocks
from invoicing.usage.wrappings import open_content

GIB = 1 << 30
MIB = 1 << 20
TIMES = 10 * 1024  # a mebibyte: 10 GiB
ENDLESS = struct.pack("<II", 0, 0xFFFFFFF0)  # a sum that is never proved, and nearly 4 GiB
ADDRESS_SPACE = 600 * MIB  # above what the imports took; the stack's pages and arenas are only reserved

TEXT = b"x" * (16 * 1024 - 20)
RECORDS = {"json": b'{"a":"' + TEXT + b'"},', "xml": b"<c><a>" + TEXT + b"</a></c>"}


class Endless(io.RawIOBase):
    """A beginning, then the same bytes again and again up to a size, then an end."""

    def __init__(self, begin: bytes, again: bytes, end: bytes = b"", *, size: int = GIB) -> None:
        super().__init__()
        block = again * (MIB // len(again))
        self._pieces = chain([begin], repeat(block, size // len(block)), [end])
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        block, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(block)] = block
        return len(block)


def lines(stream: Any, encoding: str = "utf-8") -> Iterator[str]:
    for block in line_blocks(stream, encoding):
        yield from ("long" if isinstance(line, LongLine) else "line" for line in block)


def elements(blocks: Iterator[list[Any]]) -> Iterator[str]:
    for block in blocks:
        yield from ("element" if element.fields else "refused" for element in block)


def json(begin: bytes, again: bytes, end: bytes = b"") -> Iterator[str]:
    return elements(json_blocks(Endless(begin, again, end), "", ["a"]))


def xml(begin: bytes, again: bytes, end: bytes = b"") -> Iterator[str]:
    return elements(xml_blocks(Endless(begin, again, end), "c", ["a"]))


def packed(content: bytes) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls"
        path.write_bytes(content)
        with open_content(path) as opened:
            if opened.kind == "sheet":
                yield from elements(sheet_blocks(opened.stream, start_writing=None))
            else:
                yield from lines(opened.stream)


def deflated(text: bytes, times: int) -> bytes:
    """Many times one text, packed once: after a full flush a block stands for itself."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = pack.compress(text) + pack.flush(zlib.Z_FULL_FLUSH)
    return block * times + pack.flush()


def gzip_bomb() -> bytes:
    return gzip.compress(b"x" * MIB) * TIMES


def zip_bomb() -> bytes:
    return a_zip({b"calls.csv": (deflated(b"x" * MIB, TIMES), ENDLESS)})


def a_zip(files: dict[bytes, tuple[bytes, bytes]]) -> bytes:
    """A zip of what is packed already; the list says of each file the sum and the size that are given."""
    body, listed = b"", b""
    for name, (content, promised) in files.items():
        sizes = promised[:4] + struct.pack("<I", len(content)) + promised[4:] + struct.pack("<HH", len(name), 0)
        offset = len(body)
        body += b"PK\x03\x04" + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes + name + content
        listed += b"PK\x01\x02" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes
        listed += struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
    count = len(files)
    return body + listed + b"PK\x05\x06" + struct.pack("<4HIIH", 0, 0, count, count, len(listed), len(body), 0)


def a_sheet(again: bytes) -> bytes:
    """A workbook whose sheet says the same again and again: 10 GiB."""
    buffer = io.BytesIO()
    Workbook().save(buffer)
    with ZipFile(buffer) as archive:
        texts = {name.encode(): archive.read(name) for name in archive.namelist()}
    parts = {name: (deflated(text, 1), struct.pack("<II", zlib.crc32(text), len(text))) for name, text in texts.items()}
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    begin = pack.compress(b"<worksheet><sheetData>") + pack.flush(zlib.Z_FULL_FLUSH)
    parts[b"xl/worksheets/sheet1.xml"] = (begin + deflated(again * (MIB // len(again)), TIMES), ENDLESS)
    return a_zip(parts)


CASES: dict[str, Callable[[], Iterator[str]]] = {
    "a line of 1 GiB": lambda: lines(Endless(b"", b"x")),
    "a line of 1 GiB in UTF-16": lambda: lines(Endless(b"\xff\xfe", b"x\0", b"\n\0y\0")),
    "a line of 1 GiB in an old code page, another behind it": lambda: lines(Endless(b"", b"\xe9", b"\ny"), "cp1252"),
    "JSON: a text of 1 GiB": lambda: json(b'[{"a":1},{"a":"', b"x", b'"}]'),
    "JSON: an element of 1 GiB": lambda: json(b'[{"a":[1', b",1", b"]}]"),
    "JSON: arrays in arrays": lambda: json(b"", b"["),
    "JSON: 1 GiB of spaces": lambda: json(b"[", b" ", b'{"a":1}]'),
    "XML: a text of 1 GiB": lambda: xml(b"<r><c/><c><a>", b"x"),
    "XML: an attribute of 1 GiB": lambda: xml(b'<r><c/><c a="', b"x"),
    "XML: a comment of 1 GiB": lambda: xml(b"<r><c/><!--", b"x"),
    "XML: a name of 1 GiB": lambda: xml(b"<r><c/><", b"x"),
    "XML: 1 GiB of other elements": lambda: xml(b"<r><c/>", b"<d/>"),
    "XML: an element of 1 GiB": lambda: xml(b"<r><c/><c>", b"<d/>"),
    "XML: elements in elements": lambda: xml(b"<r><c/><c>", b"<d>"),
    "JSON: 256 MiB of elements": lambda: elements(
        json_blocks(Endless(b"[", RECORDS["json"], b"1]", size=GIB // 4), "", ["a"])
    ),
    "JSON: 1 GiB of elements that are nearly too long": lambda: json(
        b"[", b'{"a":"' + b"x" * (MIB - 9) + b'"},', b"1]"
    ),
    "XML: 256 MiB of elements": lambda: elements(
        xml_blocks(Endless(b"<r>", RECORDS["xml"], b"</r>", size=GIB // 4), "c", ["a"])
    ),
    "gzip: 10 GiB in a line": lambda: packed(gzip_bomb()),
    "zip: 10 GiB in a line": lambda: packed(zip_bomb()),
    "XLSX: 10 GiB in a text": lambda: packed(a_sheet(b"x")),
    "XLSX: 10 GiB of cells in a row": lambda: packed(a_sheet(b"<c><v>1</v></c>")),
    "XLSX: 10 GiB of empty rows": lambda: packed(a_sheet(b"<row/>")),
}


def main(case: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (address_space() + ADDRESS_SPACE,) * 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen: dict[str, int] = {}
    fault = ""
    try:
        for kind in CASES[case]():
            seen[kind] = seen.get(kind, 0) + 1
    except Unreadable as error:
        fault = str(error).partition(":")[0]
    growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    words = [f"{count} {kind}" for kind, count in seen.items()] + [fault] * bool(fault)
    print(f"{growth // 1024} MiB\t{', '.join(words)}")


def address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(sys.argv[1])
