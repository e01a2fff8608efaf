"""What other readers make of the same bytes: Python's own, which hold a whole file at once."""

import codecs
import gzip
import io
import json
import zipfile
import zlib
from typing import Any

from lxml import etree

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decoded(content: bytes, encoding: str) -> str:
    for mark, marked in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(marked, "replace").replace("\0", "\ufffd")
    return content.decode(encoding, "replace").replace("\0", "\ufffd")


def lines(content: bytes, encoding: str) -> list[str]:
    """Cut at CRLF, LF and CR, and nowhere else."""
    found = decoded(content, encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return found if found[-1] else found[:-1]


def document(content: bytes, encoding: str = "utf-8") -> Any:
    """What a JSON file says.

    Raises:
        ValueError: it is broken.
    """

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(
            decoded(content, encoding), strict=False, parse_float=str, parse_int=str, parse_constant=refuse
        )
    except RecursionError as error:
        raise ValueError("too deep") from error


def outermost(content: bytes, name: str) -> int | None:
    """How many elements of a name an XML file has, those inside another apart; None when it is broken."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        return None
    return len(root.xpath(f"//*[local-name()='{name}'][not(ancestor::*[local-name()='{name}'])]"))


def unpacked(content: bytes) -> bytes | None:
    """The one file in an archive; None when it is broken."""
    try:
        if content.startswith(b"\x1f\x8b"):
            return gzip.decompress(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [name] = archive.namelist()
            return archive.read(name)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
        return None
