"""What a usage file is wrapped in: nothing, gzip, zip, or a workbook. The first bytes tell, never the name.

An archive is unpacked as a stream: each byte is counted as it comes out, and a bomb is stopped at the limit.
"""

import io
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from invoicing.usage.limits import STANDARD, Budget
from invoicing.usage.limits import Limits as Limits
from invoicing.usage.limits import Unreadable as Unreadable
from invoicing.usage.zips import Unpacked, Zip

CHUNK = 1 << 16
HEAD = 512  # a tar says what it is after 257 bytes
GZIP = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
UNKNOWN = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # XLS, and XLSX under a password
OPC = "[Content_Types].xml"


class Content(NamedTuple):
    stream: BinaryIO
    kind: Literal["bytes", "sheet"]


def open_content(path: Path, *, limits: Limits = STANDARD) -> AbstractContextManager[Content]:
    """Open what a file holds: its own bytes, those of the one file packed in it, or a workbook.

    Raises:
        Unreadable: it is packed in a way that is not read. Faults further in are raised while reading the stream.
    """
    return _open(path, limits)


@contextmanager
def _open(path: Path, limits: Limits) -> Iterator[Content]:
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        _refuse_unknown(head)
        if head.startswith(GZIP):
            gunzip = _Gunzip(file, limits)
            yield Content(_buffered(Unpacked(gunzip.read, Budget(path.stat().st_size, limits))), "bytes")
        elif head.startswith(ZIP):
            archive = Zip(file, limits)
            if OPC in archive.names and any(name.startswith("xl/") for name in archive.names):
                file.seek(0)
                yield Content(file, "sheet")
                return
            unpacked = archive.open(archive.only_file(), Budget(path.stat().st_size, limits))
            yield Content(_buffered(unpacked), "bytes")
        else:
            yield Content(file, "bytes")


def _refuse_unknown(head: bytes) -> None:
    for magic, name in UNKNOWN.items():
        if head.startswith(magic) and (name != "bzip2" or head[4:10] == b"1AY&SY"):
            raise Unreadable(f"unknown_archive: {name}; send it plain, in gzip or in zip")
    if head.startswith(OLE):
        raise Unreadable("unknown_spreadsheet: an XLS, or an XLSX under a password; save it as plain XLSX or CSV")
    if head[257:262] == b"ustar":
        raise Unreadable("unknown_archive: tar; send its files one by one")


def _buffered(unpacked: Unpacked) -> BinaryIO:
    stream = io.BufferedReader(unpacked, CHUNK)
    head = stream.peek(HEAD)
    _refuse_unknown(head)
    if head.startswith((GZIP, *ZIP)):
        raise Unreadable("nested_archive: an archive inside an archive; send it packed once")
    return stream


class _Gunzip:
    """Members one after the other, as `cat` joins them, zeros between or behind them ignored."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self._members_left = limits.gzip_members
        self._inflate = zlib.decompressobj(wbits=31)
        self._packed = b""
        self._is_inside = True

    def read(self, size: int) -> bytes:
        try:
            return self._read(size)
        except zlib.error as error:
            raise Unreadable(f"broken_archive: gzip, {error}; ask for the file again") from error

    def _read(self, size: int) -> bytes:
        while True:
            if not self._packed:
                self._packed = self._file.read(CHUNK // 4)
            if not self._packed:
                if self._is_inside:
                    raise Unreadable("broken_archive: gzip, it is cut; ask for the file again")
                return b""
            if not self._is_inside:
                self._packed = self._packed.lstrip(b"\0")
                if not self._packed:
                    continue
                self._next_member()
            block = self._inflate.decompress(self._packed, size)
            if self._inflate.eof:
                self._packed, self._is_inside = self._inflate.unused_data, False
            else:
                self._packed = self._inflate.unconsumed_tail
            if block:
                return block

    def _next_member(self) -> None:
        self._members_left -= 1
        if self._members_left <= 0:
            raise Unreadable("archive_too_large: too many gzip members; send it packed once")
        self._inflate, self._is_inside = zlib.decompressobj(wbits=31), True
