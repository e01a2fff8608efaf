"""The elements of one name in an XML file, each dropped when it has passed; no entity, no network."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from lxml import etree

from invoicing.usage.decoding import BAD, text_blocks
from invoicing.usage.limits import Limits, Unreadable

BLOCK_BYTES = 1 << 16
DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# A file may name a codec that unpacks: only texts are read.
ENCODINGS = re.compile(r"utf-?8|us-ascii|iso-8859-\d{1,2}|windows-125\d|cp125\d", re.IGNORECASE)
NO_XML = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ENTITY = etree.Entity


def read_xml(
    stream: BinaryIO, record: str, fields: Sequence[str], limits: Limits
) -> Iterator[tuple[str, str, list[str]]]:
    """Path, raw text and fields of each element; see `elements.xml_blocks`."""
    reader = XmlElements(record, limits)
    wanted = frozenset(fields)
    has_attributes = any("@" in field for field in fields)
    for path, element in reader.read(stream):
        found: dict[str, str] = {}
        _collect(element, "", 1, found, wanted, has_attributes, limits)
        raw_text = etree.tostring(element, encoding="unicode", with_tail=False)
        yield path, raw_text, [found.get(field, "") for field in fields]


def local_name(element: Any) -> str:
    """Its name without the namespace."""
    return str(element.tag).rpartition("}")[2]


def _encoding(head: bytes) -> str:
    """What the declaration says, where its own bytes agree: UTF-16 without a mark shows every other byte as zero."""
    for start, encoding in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if head.startswith(start):
            return encoding
    declared = DECLARED.match(head)
    name = declared[1].decode("ascii") if declared else "utf-8"
    if name.lower().startswith("utf-16"):
        return "utf-8"
    if not ENCODINGS.fullmatch(name):
        raise Unreadable(f"unknown_encoding: {name}; send the file in UTF-8")
    return name


class XmlElements:
    """lxml's pull parser, fed in blocks; whatever has passed is taken out of the tree."""

    def __init__(self, record: str, limits: Limits, *, until: str | None = None) -> None:
        """`until` names an element behind whose end nothing is wanted; then there may be no record at all."""
        *self._parents, name = record.split("/")
        self._name, self._limits, self._until = name, limits, until
        self._is_over = False
        self._count = 0
        self._of_root = 0
        self._open = 0  # elements of the name inside one another: the outermost is the record
        self._parser: Any = etree.XMLPullParser(
            events=("start", "end"),
            tag=tuple(f"{{*}}{wanted}" for wanted in (name, until) if wanted),
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_blank_text=True,
            remove_comments=True,
            remove_pis=True,
        )

    def read(self, stream: BinaryIO) -> Iterator[tuple[str, Any]]:
        waiting = 0
        for text in text_blocks(stream, _encoding, BLOCK_BYTES):
            if self._is_over:
                continue  # to the end: an archive proves its sum there
            fault = self._feed(NO_XML.sub(BAD, text))
            before = self._count
            yield from self._passed()
            if fault and not self._is_over:
                raise self._broken(fault)
            waiting = waiting + len(text) if self._count == before else 0
            if waiting > self._limits.element_bytes:
                raise Unreadable(f"element_too_large: element {self._count + 1}, or it never ends; ask for it again")
        if self._is_over:
            return
        try:
            root = self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._broken(error) from error
        _refuse_entities(root)
        if not self._count and len(root) and not self._until:
            raise Unreadable(f"no_records: no {self._name} in the file; correct the source's record")

    def _feed(self, text: str) -> etree.XMLSyntaxError | None:
        try:
            self._parser.feed(text.encode())
        except etree.XMLSyntaxError as error:
            return error
        return None

    def _passed(self) -> Iterator[tuple[str, Any]]:
        for event, element in self._parser.read_events():
            if self._until and local_name(element) == self._until:
                self._is_over = event == "end"
                continue
            if self._is_over or not self._is_record(element):
                continue
            if event == "start":
                self._open += 1
                continue
            self._open -= 1
            if self._open:
                continue
            if not self._count:
                _refuse_entities(element)
            self._count += 1
            yield self._path(element), element
            _drop(element)

    def _is_record(self, element: Any) -> bool:
        for parent in reversed(self._parents):
            element = element.getparent()
            if element is None or local_name(element) != parent:
                return False
        return True

    def _path(self, element: Any) -> str:
        """As XPath counts: within the root, or within the whole file."""
        parent = element.getparent()
        if parent is None:
            return f"/{self._name}"
        if parent.getparent() is not None:
            return f"(//{self._name})[{self._count}]"
        self._of_root += 1
        return f"/{local_name(parent)}/{self._name}[{self._of_root}]"

    def _broken(self, error: etree.XMLSyntaxError) -> Unreadable:
        words = str(error).lower()
        if "depth" in words:
            return _too_deep(self._limits)
        if "entity" in words:
            return Unreadable("xml_entities: the file uses entities; send it without")
        return Unreadable(f"broken_xml: behind element {self._count}, line {error.lineno}; ask for the file again")


def _collect(
    element: Any,
    prefix: str,
    depth: int,
    found: dict[str, str],
    wanted: frozenset[str],
    has_attributes: bool,
    limits: Limits,
) -> None:
    """The texts of an element by their paths, the first of each."""
    if depth > limits.depth:
        raise _too_deep(limits)
    if has_attributes:
        for key, value in element.attrib.items():
            found.setdefault(f"{prefix}@{key.rpartition('}')[2]}", value)
    for child in element:
        if child.tag is ENTITY:
            raise Unreadable("xml_entities: the file uses entities; send it without")
        path = prefix + local_name(child)
        if path in wanted and path not in found:
            found[path] = "".join(child.itertext()) if len(child) else child.text or ""
        if len(child) or has_attributes:
            _collect(child, path + "/", depth + 1, found, wanted, has_attributes, limits)


def _drop(element: Any) -> None:
    """Empty a record, and take out what stands before it and before its parents."""
    element.clear(keep_tail=False)
    while element is not None:
        parent = element.getparent()
        if parent is not None:
            while parent[0] is not element:
                del parent[0]
        element = parent


def _refuse_entities(element: Any) -> None:
    document_type = element.getroottree().docinfo.internalDTD
    if document_type is not None and any(True for _ in document_type.iterentities()):
        raise Unreadable("xml_entities: the file declares entities; send it without")


def _too_deep(limits: Limits) -> Unreadable:
    return Unreadable(f"too_deep: more than {limits.depth} elements inside one another; send it flat")
