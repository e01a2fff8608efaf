"""HTML → PDF/A-3 → XML → gate → embedded: the one document that a customer receives."""

from functools import cache
from pathlib import Path

import facturx
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from invoicing.documents import french, pdf_checks
from invoicing.documents.annex import annex_sheets
from invoicing.documents.cii import build_xml
from invoicing.documents.gate import Gate, Verdict, require_passed
from invoicing.documents.page import build_page
from invoicing.invoice import Invoice

TEMPLATES = Path(__file__).parent / "templates"
PDF_VARIANT = "pdf/a-3b"


class _NothingFromOutside(URLFetcher):  # type: ignore[misc]  # weasyprint is untyped
    """A page needs no file and no network: whatever asks for one is not ours."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> None:
        raise FatalURLFetchingError(f"an invoice loads nothing, and its page asks for {url}")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> tuple[CSS, FontConfiguration]:
    """Parsed once a process: reading the fonts again costs more than a page."""
    fonts = FontConfiguration()
    return CSS(filename=TEMPLATES / "invoice.css", font_config=fonts), fonts


def render_pdf(invoice: Invoice) -> bytes:
    """Draw the invoice and its annex as PDF/A-3b, nothing embedded yet."""
    stylesheet, fonts = _style()
    template = _environment().get_template("invoice.html.jinja")
    text = template.render(page=build_page(invoice), annex=annex_sheets(invoice))
    document = HTML(string=text, url_fetcher=_NothingFromOutside())
    pdf: bytes = document.write_pdf(stylesheets=[stylesheet], font_config=fonts, pdf_variant=PDF_VARIANT)
    return pdf


def embed(pdf: bytes, xml: bytes, invoice: Invoice) -> bytes:
    """Put the XML into a PDF/A-3, as factur-x.xml. Not reproducible (time stamps): archive what it returns."""
    seller = invoice.seller.legal_name
    factur_x: bytes = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,  # the gate has just done it
        pdf_metadata={
            "author": seller,
            "keywords": "facture, Factur-X, EN 16931",
            "title": f"{seller}\u00a0: facture {invoice.number}",
            "subject": f"Facture du {french.long_day(invoice.issued_on)} pour {invoice.buyer.legal_name}",
        },
        lang="fr-FR",
    )
    return factur_x


def check_pdf(pdf: bytes, xml: bytes) -> Verdict:
    """Say whether the finished PDF is a Factur-X container and holds exactly the XML that passed the gate."""
    return Verdict("PDF/A-3", pdf_checks.RULES_VERSION, tuple(pdf_checks.pdf_faults(pdf, xml)))


def render_factur_x(invoice: Invoice, gate: Gate) -> tuple[bytes, bytes, list[Verdict]]:
    """Make the document of an invoice and prove it.

    Returns:
        The Factur-X PDF, its XML, and every verdict, all passed.

    Raises:
        GateRefused: a rule is broken; nothing of it may be released.
    """
    xml = build_xml(invoice)
    verdicts = gate.check(invoice, xml)
    require_passed(invoice.number, verdicts)  # before drawing: a refused invoice costs no page
    pdf = embed(render_pdf(invoice), xml, invoice)
    verdicts.append(check_pdf(pdf, xml))
    require_passed(invoice.number, verdicts)
    return pdf, xml, verdicts
