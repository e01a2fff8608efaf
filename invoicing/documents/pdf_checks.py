"""Structure of a finished Factur-X: the PDF/A-3 points that can be read without a full PDF/A validator.

Not a proof of ISO 19005-3: an external validator (veraPDF) may say more. It does prove that the container names, ties
and describes the very XML that passed the gate.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import facturx
from lxml import etree
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject, IndirectObject

from invoicing.documents.schematron import HostileXml, parse

RULES_VERSION = "1"

XML_NAME = "factur-x.xml"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PDFAID = "http://www.aiim.org/pdfa/ns/id/"
FX = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
PDFA_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"

XMP_PROPERTIES = {
    (PDFAID, "part"): "3",
    (FX, "DocumentType"): "INVOICE",
    (FX, "DocumentFileName"): XML_NAME,
    (FX, "Version"): "1.0",
    (FX, "ConformanceLevel"): "EN 16931",
}


def pdf_faults(pdf: bytes, xml: bytes) -> list[str]:
    """What is wrong with the container, in sentences; [] when it may leave.

    Args:
        pdf: the finished document.
        xml: the bytes that passed the gate; what is embedded must be these, to the byte.

    Source: ISO 19005-3 and Factur-X 1.09, container rules.
    """
    try:
        reader = PdfReader(BytesIO(pdf))
        if reader.is_encrypted:
            return ["/Encrypt: a PDF/A is never encrypted"]
        catalog: DictionaryObject = reader.root_object
        return [
            *_trailer(reader),
            *_output_intent(catalog),
            *_attachment(catalog),
            *_metadata(catalog),
            *_fonts(reader),
            *_embedded_xml(pdf, xml),
        ]
    except (PyPdfError, KeyError, TypeError, ValueError) as error:
        return [f"the PDF cannot be read: {error}"]


def _trailer(reader: PdfReader) -> Iterator[str]:
    if "/ID" not in reader.trailer:
        yield "/ID: missing from the trailer"
    for forbidden in ("/AA", "/OpenAction"):
        if forbidden in reader.root_object:
            yield f"{forbidden}: a document that we issue starts no action"


def _output_intent(catalog: DictionaryObject) -> Iterator[str]:
    intents = [intent.get_object() for intent in _resolve(catalog.get("/OutputIntents")) or ()]
    if not any(intent.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intent for intent in intents):
        yield "/OutputIntents: no colour profile for PDF/A"


def _attachment(catalog: DictionaryObject) -> Iterator[str]:
    names = _resolve(_resolve(_resolve(catalog.get("/Names"), {}).get("/EmbeddedFiles"), {}).get("/Names"), [])
    files = {str(names[index]): names[index + 1].get_object() for index in range(0, len(names) - 1, 2)}
    associated = [entry.get_object() for entry in _resolve(catalog.get("/AF")) or ()]
    if XML_NAME not in files:
        yield f"/EmbeddedFiles: no file is named exactly {XML_NAME}"
        return
    specification = files[XML_NAME]
    if [entry.get("/UF") for entry in associated].count(XML_NAME) != 1:
        yield f"/AF: {XML_NAME} is not listed exactly once"
    if specification.get("/F") != XML_NAME or specification.get("/UF") != XML_NAME:
        yield f"/F and /UF: both name {XML_NAME}"
    if specification.get("/AFRelationship") != "/Data":
        yield f"/AFRelationship: {specification.get('/AFRelationship')}, not /Data"
    stream = _resolve(_resolve(specification.get("/EF"), {}).get("/F"), {})
    if stream.get("/Subtype") != "/text/xml":
        yield f"/Subtype: the XML's type is {stream.get('/Subtype')}, not text/xml"


def _metadata(catalog: DictionaryObject) -> Iterator[str]:
    stream = _resolve(catalog.get("/Metadata"))
    if stream is None:
        yield "/Metadata: no XMP"
        return
    try:
        root = parse(stream.get_data())
    except HostileXml as error:
        yield f"XMP: {error}"
        return
    if len(root.findall(f"{{{RDF}}}RDF")) + (root.tag == f"{{{RDF}}}RDF") != 1:
        yield "XMP: more or less than one rdf:RDF; strict readers stop at the first"
    for (namespace, name), expected in XMP_PROPERTIES.items():
        values = _xmp_values(root, namespace, name)
        if values != [expected]:
            yield f"XMP {name}: {', '.join(values) or 'missing'}, not {expected}"
    if FX not in [text.strip() for text in _xmp_values(root, PDFA_SCHEMA, "namespaceURI")]:
        yield "XMP: no extension schema declares the Factur-X properties"


def _xmp_values(root: etree._Element, namespace: str, name: str) -> list[str]:
    """A property may be written as an element or as an attribute of its description."""
    tag = f"{{{namespace}}}{name}"
    written = [element.text or "" for element in root.iter(tag)]
    return written + [str(value) for element in root.iter() if (value := element.get(tag)) is not None]


def _fonts(reader: PdfReader) -> Iterator[str]:
    seen: set[int] = set()
    for page in reader.pages:
        fonts = _resolve(_resolve(page.get("/Resources"), {}).get("/Font"), {})
        for name in fonts:
            reference = fonts.raw_get(name)
            if isinstance(reference, IndirectObject):
                if reference.idnum in seen:
                    continue
                seen.add(reference.idnum)
            font = reference.get_object()
            for described in [_resolve(entry) for entry in _resolve(font.get("/DescendantFonts")) or [font]]:
                descriptor = _resolve(described.get("/FontDescriptor"), {})
                if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor):
                    yield f"font {font.get('/BaseFont', name)}: not embedded"


def _embedded_xml(pdf: bytes, xml: bytes) -> Iterator[str]:
    name, embedded = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=False)
    if name != XML_NAME:
        yield f"embedded XML: a reader finds {name or 'nothing'}"
    elif embedded != xml:
        yield "embedded XML: not the bytes that passed the gate"


def _resolve(value: Any, default: Any = None) -> Any:
    """The object behind a PDF reference, or the default."""
    return default if value is None else value.get_object()
