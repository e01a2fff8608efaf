"""Digests that tell records apart: the same text always gave the same one, in the warehouse of every user."""

from collections.abc import Iterable, Sequence

try:  # Python's own: OpenSSL's takes twice as long for thirty bytes, and no secret is at stake
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:
    from hashlib import md5

UNIT_SEPARATOR = "\x1f"


def digests(prefix: str, columns: Sequence[Sequence[str]], *, is_plain: bool) -> list[str]:
    """One digest for each record, of a prefix and what its columns say.

    Args:
        prefix: ends with the separator.
        columns: as many texts in each.
        is_plain: no end of line stands in a text: they are encoded in one piece.
    """
    texts: Iterable[str] = columns[0] if len(columns) == 1 else map(UNIT_SEPARATOR.join, zip(*columns, strict=True))
    if is_plain:
        coded: Iterable[bytes] = (prefix + f"\n{prefix}".join(texts)).encode().split(b"\n")
    else:
        coded = ((prefix + text).encode() for text in texts)
    return [digest.hexdigest() for digest in map(md5, coded)]
