"""What a supplier's file may ask of this machine: past it the file is held, and says why."""

from dataclasses import dataclass

MEBIBYTE = 1 << 20


class Unreadable(ValueError):
    """The whole file is held. It reads `code: words`, and the words end with a way out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Counted while reading: what a header promises is not believed."""

    unpacked_bytes: int = 8 << 30  # of one archive, or of all parts of a workbook
    ratio: int = 200  # unpacked to packed; usage files measured from 2 to 9
    ratio_from: int = 10 * MEBIBYTE  # below it any ratio will do
    contents_bytes: int = MEBIBYTE  # an archive's own list of what is in it
    gzip_members: int = MEBIBYTE  # 8 GiB in blocks of 64 KiB have an eighth of that
    text_length: int = MEBIBYTE  # characters of one element, longer ones are refused alone
    element_bytes: int = 2 * MEBIBYTE  # read without seeing an element end
    depth: int = 64  # elements inside one another
    columns: int = 1024  # of a sheet
    rows: int = MEBIBYTE  # of a sheet, as Excel itself allows
    shared_text: int = 64 * MEBIBYTE  # characters that the cells of a workbook have in common
    styles: int = 65_536  # formats of cells, as Excel itself allows


STANDARD = Limits()


class Budget:
    """How much may still come out of one archive."""

    def __init__(self, packed_bytes: int, limits: Limits) -> None:
        self._left = min(limits.unpacked_bytes, max(limits.ratio_from, limits.ratio * packed_bytes))
        self._words = f"more than {limits.ratio} times its size, or {_size(limits.unpacked_bytes)}"

    def take(self, byte_count: int) -> None:
        self._left -= byte_count
        if self._left < 0:
            raise Unreadable(f"archive_too_large: {self._words}; send it plain")


def _size(byte_count: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB")):
        if byte_count >= unit:
            return f"{byte_count // unit} {name}"
    return f"{byte_count} bytes"
