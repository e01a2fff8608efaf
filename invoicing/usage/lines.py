"""The physical lines of a text file: as many as `wc` and a careful reader count, whatever their length."""

from collections.abc import Iterator
from typing import BinaryIO

from invoicing.usage.decoding import text_blocks

BLOCK_BYTES = 1 << 16  # measured: larger blocks leave the processor's cache
KEPT = 1_000  # characters of a line that is too long: enough for a person to know it


class LongLine(str):
    """The beginning of a line that is longer than any record; the rest of it was passed over."""

    __slots__ = ()


def line_blocks(
    stream: BinaryIO, encoding: str, *, max_length: int = 1 << 20, block_lines: int = 2048
) -> Iterator[list[str]]:
    """Cut a text into its physical lines, without their ends.

    LF, CRLF and CR each end a line, mixed too, and nothing else does: a record may hold U+2028 or a form feed. The
    last line may lack its end. A byte that is no text becomes U+FFFD, NUL too; a byte order mark is no text.

    Args:
        stream: read in small blocks.
        encoding: as described; a byte order mark wins.
        max_length: a longer line comes as a `LongLine`, at whatever length, in bounded memory.
        block_lines: how many lines a list has at most; none is empty.
    """
    begun = ""  # the line that the last block left open
    is_long = False
    block_bytes = max(4, min(BLOCK_BYTES, max_length - 4))  # so that no line inside a block is too long
    for text in text_blocks(stream, encoding, block_bytes, line_ends=True):
        first, *lines = text.split("\n")
        if not is_long:
            begun += first
            if len(begun) > max_length:
                begun, is_long = begun[:KEPT], True
        if not lines:
            continue
        block: list[str] = [LongLine(begun) if is_long else begun, *lines]
        begun, is_long = block.pop(), False
        for at in range(0, len(block), block_lines):
            yield block[at : at + block_lines]
    if begun:
        yield [LongLine(begun) if is_long else begun]
