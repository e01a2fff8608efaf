"""Bytes to text, a block at a time: a byte order mark wins, and what is no text becomes U+FFFD."""

import codecs
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

BAD = "\ufffd"  # PostgreSQL's text cannot hold NUL either
HEAD = 512  # bytes that tell an encoding
# Longest first: the mark of UTF-8 is none of the others'.
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def text_blocks(
    stream: BinaryIO, encoding: str | Callable[[bytes], str], block_bytes: int, *, line_ends: bool = False
) -> Iterator[str]:
    """Decode a stream.

    Args:
        stream: read in blocks of `block_bytes`, never whole.
        encoding: as described, or told by the first bytes; a byte order mark wins over it.
        block_bytes: bounds what is held.
        line_ends: CRLF and CR become LF.
    """
    head = block = stream.read(block_bytes)
    while block and len(head) < min(HEAD, block_bytes):  # a stream may give less than it is asked for
        block = stream.read(block_bytes - len(head))
        head += block
    for mark, marked in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            head, encoding = head[len(mark) :], marked
            break
    if not isinstance(encoding, str):
        encoding = encoding(head)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    decode = io.IncrementalNewlineDecoder(decoder, translate=True).decode if line_ends else decoder.decode
    text = decode(head)
    while True:
        yield text.replace("\0", BAD) if "\0" in text else text
        block = stream.read(block_bytes)
        if not block:
            break
        text = decode(block)
    yield decode(b"", True).replace("\0", BAD)
