"""Sentences that the law wants on an invoice: the page and the XML say them in the same words.

A seller words its own terms (master data); what depends on who buys is worded here, because the law does it:
a consumer owes no 40 EUR and no trade interest, a public body owes the interest of the procurement code.
"""

from decimal import Decimal

from invoicing.documents import french
from invoicing.invoice import BuyerKind, Invoice

OPERATION_WORDS = {
    "B": "Livraisons de biens",
    "S": "Prestations de services",
    "M": "Livraisons de biens et prestations de services",
}
DEBITS_OPTION = "Option pour le paiement de la taxe d’après les débits"
RECEIPTS_REGIME = "TVA sur les prestations de services exigible à l’encaissement"
PAYMENT_WORDS = {"30": "Virement", "58": "Virement SEPA"}

EU_REVERSE_CHARGE = "article 259-1° du CGI et article 196 de la directive 2006/112/CE"
OPERATOR_REVERSE_CHARGE = "article 283-2 octies du CGI"

CONSUMER_RECOVERY = "Sans objet\u00a0: client non professionnel"
CONSUMER_LATE_PENALTY = (
    "Après mise en demeure, les sommes impayées portent intérêt au taux légal (article 1231-6 du code civil)."
)
PUBLIC_LATE_PENALTY = (
    "Intérêts moratoires dus de plein droit, au taux de la Banque centrale européenne majoré de huit points "
    "(articles L2192-13 et R2192-31 du code de la commande publique)."
)


def operation_category(invoice: Invoice) -> str:
    """First letter of BT-23: B goods, S services, M both."""
    kinds = {line.is_goods for line in invoice.lines}
    if kinds == {True, False}:
        return "M"
    return "B" if kinds == {True} else "S"


def late_penalty(invoice: Invoice) -> str:
    """Note PMD. Source: C. com. L441-10; C. civ. 1231-6 (consumers); CCP R2192-31 (public bodies)."""
    if invoice.buyer.kind is BuyerKind.CONSUMER:
        return CONSUMER_LATE_PENALTY
    if invoice.buyer.kind is BuyerKind.PUBLIC:
        return PUBLIC_LATE_PENALTY
    return invoice.seller.late_penalty_terms


def recovery(invoice: Invoice) -> str:
    """Note PMT: the 40 EUR between professionals, never a consumer's. Source: C. com. D441-5."""
    return CONSUMER_RECOVERY if invoice.buyer.kind is BuyerKind.CONSUMER else invoice.seller.recovery_terms


def reverse_charge_law(kind: BuyerKind) -> str:
    """Why the buyer owes the VAT: a firm of another EU country, or in France an operator that buys traffic."""
    return EU_REVERSE_CHARGE if kind is BuyerKind.EU_BUSINESS else OPERATOR_REVERSE_CHARGE


def discount(invoice: Invoice) -> str:
    """Note AAB. Source: C. com. L441-9."""
    return invoice.seller.discount_terms


def legal_form(invoice: Invoice) -> str:
    """BT-33 and note REG. Source: C. com. R123-238."""
    return f"{invoice.seller.legal_form} au capital de {invoice.seller.share_capital}"


def trade_register(invoice: Invoice) -> str:
    """Note ABL. Source: C. com. R123-237."""
    return f"RCS {invoice.seller.rcs_city} {french.siren(invoice.seller.siren)}"


def payment_terms(invoice: Invoice) -> str:
    """BT-20, beside the due date BT-9."""
    days = (invoice.due_on - invoice.issued_on).days
    if days == 0:
        return "Payable à réception."
    unit = "jour" if days == 1 else "jours"
    return f"Payable à {days} {unit}, au plus tard le {french.long_day(invoice.due_on)}."


def vat_regime(invoice: Invoice) -> str | None:
    """The option for debits, or when VAT on services falls due; None when this invoice carries no VAT on services."""
    has_vat = any(band.vat_amount != Decimal(0) for band in invoice.vat)
    if invoice.seller.is_vat_on_debits:
        return DEBITS_OPTION
    return RECEIPTS_REGIME if has_vat and operation_category(invoice) != "B" else None
