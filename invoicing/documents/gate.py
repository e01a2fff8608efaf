"""No document leaves unproved: official rules of its rendering, then ours. One `Gate` a process."""

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree
from saxonche import PySaxonProcessor

from invoicing.documents import chorus_rules, own_rules
from invoicing.documents.cii_elements import NAMESPACES
from invoicing.documents.schematron import BR_FR_XSLT, EN16931_XSD, EN16931_XSLT, HostileXml, Schema, Schematron, parse
from invoicing.invoice import Invoice, Rendering

DOCUMENT = "rsm:ExchangedDocument"
TOTALS = (
    "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
    "/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one validator said of one document."""

    validator: str
    version: str  # of the rules, so that the verdict can be checked again
    errors: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        return not self.errors


class GateRefused(Exception):
    """The document breaks a rule: it is not issued. `verdicts` holds what every validator said."""

    def __init__(self, number: str, verdicts: list[Verdict]) -> None:
        self.verdicts = verdicts
        refusals = [f"{verdict.validator}: {error}" for verdict in verdicts for error in verdict.errors]
        super().__init__(f"invoice {number} is refused before release; " + "; ".join(refusals))


class Gate:
    """Rules compiled once (about 1 s and 250 MB), then some 0.04 s an invoice."""

    def __init__(self) -> None:
        processor = PySaxonProcessor(license=False)
        self._schema = Schema(EN16931_XSD)
        self._en16931 = Schematron(processor, EN16931_XSLT)
        self._br_fr = Schematron(processor, BR_FR_XSLT)

    def check(self, invoice: Invoice, xml: bytes) -> list[Verdict]:
        """All verdicts on an invoice and its XML, refusals included: the official ones, then ours.

        Never raises for a bad document; see `require_passed`.
        """
        verdicts = self.check_xml(xml, invoice.rendering)
        errors = [*own_rules.faults(invoice), *_disagreements(invoice, xml)]
        return [*verdicts, Verdict("Relevé", own_rules.RULES_VERSION, tuple(errors))]

    def check_xml(self, xml: bytes, rendering: Rendering) -> list[Verdict]:
        """Verdicts of the rules of a rendering on any CII document, ours or not.

        `ctc`: XSD, EN 16931, BR-FR. `chorus`: XSD, EN 16931, Chorus Pro's terms (BR-FR's closed lists refuse them).
        The XSD comes first and alone when it refuses: on malformed figures the rules blame something else.
        """
        try:
            root = parse(xml)
        except HostileXml as error:
            return [Verdict("XSD Factur-X EN 16931", self._schema.version, (str(error),))]
        schema = Verdict("XSD Factur-X EN 16931", self._schema.version, tuple(self._schema.errors(root)))
        if not schema.is_passed:
            return [schema]
        en16931 = Verdict("EN 16931", self._en16931.version, tuple(self._en16931.errors(xml)))
        if rendering is Rendering.CHORUS:
            third = Verdict("Chorus Pro", chorus_rules.RULES_VERSION, tuple(chorus_rules.faults(root)))
        else:
            third = Verdict("BR-FR", self._br_fr.version, tuple(self._br_fr.errors(xml)))
        return [schema, en16931, third]


def require_passed(number: str, verdicts: list[Verdict]) -> None:
    """Let an invoice through.

    Raises:
        GateRefused: at least one validator refused, or none spoke.
    """
    if not verdicts or not all(verdict.is_passed for verdict in verdicts):
        raise GateRefused(number, verdicts)


def _disagreements(invoice: Invoice, xml: bytes) -> list[str]:
    """Where the XML does not say what the page will say."""
    try:
        root = parse(xml)
    except HostileXml:
        return []  # said by the XSD's verdict
    written = {
        "BT-1": (_text(root, f"{DOCUMENT}/ram:ID"), invoice.number),
        "BT-2": (_text(root, f"{DOCUMENT}/ram:IssueDateTime/udt:DateTimeString"), f"{invoice.issued_on:%Y%m%d}"),
        "BT-109": (_figure(root, "TaxBasisTotalAmount"), invoice.net_amount),
        "BT-110": (_figure(root, "TaxTotalAmount"), invoice.vat_amount),
        "BT-112": (_figure(root, "GrandTotalAmount"), invoice.gross_amount),
        "BT-115": (_figure(root, "DuePayableAmount"), invoice.gross_amount),
        "BG-25": (len(root.findall(".//ram:IncludedSupplyChainTradeLineItem", NAMESPACES)), len(invoice.lines)),
    }
    return [
        f"{term}: the XML says {said}, the invoice {meant}" for term, (said, meant) in written.items() if said != meant
    ]


def _text(root: etree._Element, path: str) -> str | None:
    return root.findtext(path, namespaces=NAMESPACES)


def _figure(root: etree._Element, name: str) -> Decimal | None:
    text = _text(root, f"{TOTALS}/ram:{name}")
    return Decimal(text) if text else None
