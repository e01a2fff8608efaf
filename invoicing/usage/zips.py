"""A zip archive that may be hostile: its names and its list of contents are proved before its bytes are used."""

import io
import stat
import struct
import zlib
from collections.abc import Callable
from itertools import pairwise
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from invoicing.usage.limits import Budget, Limits, Unreadable

FAULTS = (BadZipFile, EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError, struct.error, zlib.error)
LOCAL_HEADER = 30  # bytes, before the name
ENCRYPTED = 0x1
# What a Mac adds to an archive, and nobody sees.
UNSEEN = ("__MACOSX/", ".DS_Store")


class Zip:
    """The entries of an archive, once each of them is known to be plain and to lie in a place of its own."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        bounded = _Bounded(file, limits.contents_bytes)
        try:
            self._archive = ZipFile(bounded)
        except Unreadable:
            raise
        except (*FAULTS, OSError) as error:
            raise _broken(error) from error
        bounded.at_most = None
        self._entries = {entry.filename: entry for entry in self._archive.infolist()}
        for entry in self._archive.infolist():
            _refuse(entry)
        if len(self._entries) < len(self._archive.infolist()):
            raise Unreadable("unsafe_archive: two files of one name in it; send it packed anew")
        self._refuse_overlaps()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._entries)

    def only_file(self) -> ZipInfo:
        """The one file that is packed.

        Raises:
            Unreadable: there is none, or more than one.
        """
        files = [
            entry
            for entry in self._archive.infolist()
            if not entry.is_dir() and not entry.filename.startswith(UNSEEN) and not entry.filename.endswith(UNSEEN)
        ]
        if not files:
            raise Unreadable("empty_archive: no file in it; send the file that should be in it")
        if len(files) > 1:
            raise Unreadable(f"several_files: {len(files)} in one archive; send them one by one")
        return files[0]

    def entry(self, name: str) -> ZipInfo | None:
        return self._entries.get(name)

    def open(self, entry: ZipInfo, budget: Budget) -> "Unpacked":
        """The bytes of an entry, counted as they come out."""
        try:
            packed = self._archive.open(entry)
        except (*FAULTS, OSError) as error:
            raise _broken(error) from error

        def read(size: int) -> bytes:
            try:
                return packed.read(size)
            except (*FAULTS, OSError) as error:
                raise _broken(error) from error

        return Unpacked(read, budget)

    def _refuse_overlaps(self) -> None:
        """A bomb may send many names to one packed block."""
        places = sorted((entry.header_offset, entry.compress_size) for entry in self._archive.infolist())
        places.append((self._archive.start_dir, 0))
        if any(begin + LOCAL_HEADER + size > following for (begin, size), (following, _) in pairwise(places)):
            raise Unreadable("unsafe_archive: its files lie over one another; send it packed anew")


class Unpacked(io.RawIOBase):
    """What comes out of an archive, as a stream, as long as the budget lasts."""

    def __init__(self, read: Callable[[int], bytes], budget: Budget) -> None:
        super().__init__()
        self._read_some = read
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        block = self._read_some(len(buffer))
        self._budget.take(len(block))
        buffer[: len(block)] = block
        return len(block)


class _Bounded:
    """A file that refuses to be read in larger pieces than `at_most`: a list of contents is read in one."""

    def __init__(self, file: BinaryIO, at_most: int) -> None:
        self._file = file
        self.at_most: int | None = at_most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if self.at_most is not None and size > self.at_most:
            raise Unreadable("archive_too_large: its list of contents has no end; send the file plain")
        return self._file.read(size)


def _refuse(entry: ZipInfo) -> None:
    name = entry.orig_filename.replace("\\", "/")
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or name[1:2] == ":" or "\0" in name:
        raise Unreadable("unsafe_archive: a name in it leads out of its folder; send it packed anew")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Unreadable("unsafe_archive: a link instead of a file; send the file itself")
    if entry.flag_bits & ENCRYPTED:
        raise Unreadable("encrypted_archive: no password is kept for files; send it without")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Unreadable(f"unknown_archive: zip by method {entry.compress_type}; send it plain or in gzip")


def _broken(error: Exception) -> Unreadable:
    return Unreadable(f"broken_archive: zip, {str(error) or 'it is cut'}; ask for the file again")
