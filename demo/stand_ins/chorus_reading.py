"""What the Chorus Pro stand-in reads in a deposited Factur-X, and why it would reject it.

Written apart from the code that makes our invoices: a mistake there must show here.
"""

import json
import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from lxml import etree
from pypdf import PdfReader
from pypdf.errors import PyPdfError

NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
}
AGREEMENT = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
SETTLEMENT = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
PATHS = {
    "number": "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:ID",
    "issued_on": "/rsm:CrossIndustryInvoice/rsm:ExchangedDocument/ram:IssueDateTime/udt:DateTimeString",
    "process": "/rsm:CrossIndustryInvoice/rsm:ExchangedDocumentContext"
    "/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
    "supplier": f"{AGREEMENT}/ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
    "receiver": f"{AGREEMENT}/ram:BuyerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
    "receiver_name": f"{AGREEMENT}/ram:BuyerTradeParty/ram:Name",
    "service": f"{AGREEMENT}/ram:BuyerReference",
    "engagement": f"{AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
    "payment_means": f"{SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode",
    "total": f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:GrandTotalAmount",
}
ATTACHMENTS = ("factur-x.xml", "zugferd-invoice.xml")
PROCESS = re.compile(r"A([1-9]|1[0-9]|2[0-5])")
NUMBER = re.compile(r"[A-Za-z0-9 +_/-]{1,20}")
SIRET = re.compile(r"[0-9]{14}")
MEANS = {"01", "10", "20", "30", "31", "42", "48", "49", "58", "59", "97"}
LARGEST_XML = 20_000_000
LABEL_LENGTH = 200


class Unreadable(ValueError):
    """The file holds no invoice; the message is the label that the depositor gets."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A public body of the stand-in's directory."""

    siret: str
    name: str
    needs_service: bool = False
    needs_engagement: bool = False
    needs_either: bool = False
    services: dict[str, bool] = field(default_factory=dict)  # code → active


def read_receivers(path: Path) -> dict[str, Receiver]:
    """The directory, by SIRET."""
    return {row["siret"]: Receiver(**row) for row in json.loads(path.read_text(encoding="utf-8"))}


def read_factur_x(content: bytes) -> dict[str, str]:
    """The terms that Chorus Pro looks at, '' for an absent one.

    Raises:
        Unreadable: no PDF, no embedded invoice, or no CII in it.
    """
    try:
        attachments = PdfReader(BytesIO(content)).attachments
    except (PyPdfError, ValueError, KeyError, OSError):
        raise Unreadable("Le fichier déposé n'est pas un PDF lisible") from None
    embedded = next((attachments[name][0] for name in ATTACHMENTS if attachments.get(name)), None)
    if embedded is None:
        raise Unreadable("Le PDF ne contient pas de fichier factur-x.xml")
    if len(embedded) > LARGEST_XML:
        raise Unreadable("Le fichier factur-x.xml dépasse la taille admise")
    try:
        root = etree.fromstring(embedded, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        raise Unreadable("Le fichier factur-x.xml n'est pas un XML bien formé") from None
    if root.tag != f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice":
        raise Unreadable("Le fichier factur-x.xml n'est pas une facture CII")
    return {name: _text(root, path) for name, path in PATHS.items()}


def rejection_labels(invoice: dict[str, str], receivers: dict[str, Receiver]) -> list[str]:
    """Labels of a rejection, in the French of such reports; [] when the invoice would be integrated."""
    labels = []
    if not NUMBER.fullmatch(invoice["number"]):
        labels.append("ExchangedDocument.ID.value : identifiant absent, ou de plus de 20 caractères, ou signe interdit")
    if not PROCESS.fullmatch(invoice["process"]):
        labels.append(f"Le cadre de facturation {invoice['process'] or '(absent)'} n'est pas admis")
    if not SIRET.fullmatch(invoice["supplier"]):
        labels.append("L'identifiant du fournisseur n'est pas référencé : un SIRET de 14 chiffres est attendu")
    if not invoice["payment_means"]:
        labels.append("SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire")
    elif invoice["payment_means"] not in MEANS:
        labels.append(f"Le mode de paiement {invoice['payment_means']} n'est pas admis")
    labels += _addressing_labels(invoice, receivers.get(invoice["receiver"]))
    return [label[:LABEL_LENGTH] for label in labels]


def _addressing_labels(invoice: dict[str, str], receiver: Receiver | None) -> list[str]:
    if receiver is None:
        return [f"L'identifiant du destinataire {invoice['receiver'] or '(absent)'} n'est pas référencé"]
    labels = []
    service, engagement = invoice["service"], invoice["engagement"]
    if receiver.needs_service and not service:
        labels.append("Le code service est obligatoire pour ce destinataire")
    elif service and receiver.services.get(service) is not True and (receiver.needs_service or receiver.services):
        labels.append(f"Le code service {service} est inconnu ou inactif")
    if receiver.needs_engagement and not engagement:
        labels.append("Le numéro d'engagement est obligatoire pour ce destinataire")
    if receiver.needs_either and not (service or engagement):
        labels.append("Le code service ou le numéro d'engagement est obligatoire pour ce destinataire")
    return labels


def _text(root: etree._Element, path: str) -> str:
    found = root.xpath(path, namespaces=NAMESPACES)
    return (found[0].text or "").strip() if found else ""
