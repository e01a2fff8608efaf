"""The elements of a JSON or XML file, one after the other: where each stands, how it is written, and its fields."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from invoicing.usage.json_elements import read_json
from invoicing.usage.limits import STANDARD, Limits, Unreadable
from invoicing.usage.xml_elements import read_xml

BLOCK_ELEMENTS = 512
BLOCK_LENGTH = 1 << 20  # characters
KEPT = 1_000  # characters of an element that is too long


class Element(NamedTuple):
    """One record as its file holds it. Without fields it is no record: a bare value, or one that is too long."""

    path: str
    raw_text: str
    fields: list[str]


def json_blocks(
    stream: BinaryIO,
    records: str,
    fields: Sequence[str],
    *,
    limits: Limits = STANDARD,
    encoding: str = "utf-8",
) -> Iterator[list[Element]]:
    """Read the elements of one array of a JSON file.

    Args:
        stream: read in blocks; one element at a time is held.
        records: dotted keys that lead to the array; "" when the file is the array.
        fields: dotted keys inside an element. Numbers come as they are written, null and missing as "".
        limits: what one element may ask for.
        encoding: as described; a byte order mark wins.

    Raises:
        Unreadable: after the elements before it: broken_json, no_records, element_too_large, too_deep.
    """
    return blocks_of(read_json(stream, records, fields, limits, encoding), limits)


def xml_blocks(
    stream: BinaryIO,
    record: str,
    fields: Sequence[str],
    *,
    limits: Limits = STANDARD,
) -> Iterator[list[Element]]:
    """Read the elements of one name of an XML file. Namespaces do not count; nothing outside the file is opened.

    Args:
        stream: read in blocks; one element at a time is held.
        record: the element's name, or the end of its path: `cdrData`, `broadWorksCDR/cdrData`.
        fields: paths inside it: `headerModule/type`, `amount/@currency`. The first of a name counts, missing is "".
        limits: what one element may ask for.

    Raises:
        Unreadable: after the elements before it: broken_xml, no_records, xml_entities, element_too_large, too_deep,
            unknown_encoding.
    """
    return blocks_of(read_xml(stream, record, fields, limits), limits)


def blocks_of(found: Iterator[tuple[str, str, list[str]]], limits: Limits) -> Iterator[list[Element]]:
    """Lists of elements, bounded in number and in text; what came before a fault is given before it is raised."""
    block: list[Element] = []
    length = 0
    try:
        for path, raw_text, fields in found:
            if len(raw_text) > limits.text_length:
                raw_text, fields = raw_text[:KEPT], []
            block.append(Element(path, raw_text, fields))
            length += len(raw_text)
            if len(block) == BLOCK_ELEMENTS or length >= BLOCK_LENGTH:
                yield block
                block, length = [], 0
    except Unreadable:
        if block:
            yield block
        raise
    if block:
        yield block
