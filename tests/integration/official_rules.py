"""The official rules as published, run without any code of ours: what a receiver's software would say of a document."""

from functools import cache
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

STANDARDS = Path(__file__).parents[2] / ".." / "shared" / "standards"
FACTUR_X = STANDARDS / "france-rfe-1.4.0.02" / "factur-x-en16931"
XSD = FACTUR_X / "xsd" / "Factur-X_EN16931.xsd"
CEN = STANDARDS / "en16931-cii-1.3.16" / "EN16931-CII-validation.xslt"
# Which rules a rendering obeys: BR-FR's closed lists refuse what Chorus Pro demands.
RULES = {
    "ctc": (FACTUR_X / "FACTUR-X_EN16931.xslt", CEN, STANDARDS / "france-rfe-1.4.0.02/cii/BR-FR-Flux2-Schematron-CII.xslt"),
    "chorus": (FACTUR_X / "FACTUR-X_EN16931.xslt", CEN),
}  # fmt: skip
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RAM = {"ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"}


def embedded_xml(pdf: bytes) -> bytes:
    """What a receiver's library finds in the PDF."""
    name, xml = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=False)
    assert name == "factur-x.xml"
    return bytes(xml)


def refusals(xml: bytes, rendering: str) -> list[str]:
    """What XSD and schematrons refuse, in their words. Fatal assertions only: a warning lets pass."""
    found = []
    if not _schema().validate(etree.fromstring(xml)):
        found.append(f"XSD: {_schema().error_log}")
    for rules in RULES[rendering]:
        report = _compiled(rules).transform_to_string(xdm_node=_processor().parse_xml(xml_text=xml.decode()))
        root = etree.fromstring(report.encode())
        if next(root.iter(f"{SVRL}fired-rule"), None) is None:
            found.append(f"{rules.name}: looked at nothing")
        failed = [node for node in root.iter(f"{SVRL}failed-assert") if node.get("flag") != "warning"]
        for node in [*failed, *root.iter(f"{SVRL}successful-report")]:
            found.append(f"{rules.name}: {node.get('id')} {' '.join(''.join(node.itertext()).split())}")
    return found


def total(xml: bytes, name: str) -> str:
    """A figure of the document's summation, such as GrandTotalAmount."""
    [text] = etree.fromstring(xml).xpath(f"//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:{name}/text()", namespaces=RAM)  # fmt: skip
    return str(text)


@cache
def _processor() -> PySaxonProcessor:
    return PySaxonProcessor(license=False)


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(file=str(XSD))


@cache
def _compiled(rules: Path) -> PyXsltExecutable:
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))
