"""What the page says, already worded and formatted: the template only lays it out."""

from dataclasses import dataclass
from datetime import timedelta

from invoicing.documents import french, mentions
from invoicing.documents.page_table import SummaryRow, TableRow, summary_rows, table_rows
from invoicing.invoice import BuyerKind, Invoice, InvoiceVat

COUNTRY_NAMES = {
    "AT": "Autriche", "BE": "Belgique", "BG": "Bulgarie", "CY": "Chypre", "CZ": "Tchéquie", "DE": "Allemagne",
    "DK": "Danemark", "EE": "Estonie", "ES": "Espagne", "FI": "Finlande", "GR": "Grèce", "HR": "Croatie",
    "HU": "Hongrie", "IE": "Irlande", "IT": "Italie", "LT": "Lituanie", "LU": "Luxembourg", "LV": "Lettonie",
    "MT": "Malte", "NL": "Pays-Bas", "PL": "Pologne", "PT": "Portugal", "RO": "Roumanie", "SE": "Suède",
    "SI": "Slovénie", "SK": "Slovaquie",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VatRow:
    label: str
    base: str
    vat: str


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Every text of the page, in reading order."""

    number: str
    title: str
    mark: str  # initials of the seller's mark
    seller_name: str
    seller_lines: tuple[str, ...]
    buyer_lines: tuple[str, ...]
    buyer_ids: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]  # label, value
    references: tuple[tuple[str, str], ...]
    rows: tuple[TableRow, ...]
    summary: tuple[SummaryRow, ...]  # () when the lines fit beside the totals
    vat_rows: tuple[VatRow, ...]
    exemptions: tuple[str, ...]
    net_total: str
    vat_total: str
    gross_total: str
    due_amount: str
    due_on: str
    payment: tuple[tuple[str, str], ...]
    mentions: tuple[str, ...]
    footer: str


def build_page(invoice: Invoice) -> InvoicePage:
    """Word one invoice in French. Amounts keep their 2 decimals, prices up to 6, quantities up to 4."""
    seller = invoice.seller
    return InvoicePage(
        number=invoice.number,
        title="Facture",
        mark="".join(word[0] for word in seller.legal_name.split()[:2]).upper(),
        seller_name=seller.legal_name,
        seller_lines=tuple(
            text
            for text in (
                seller.address.street,
                f"{seller.address.postcode} {seller.address.city}",
                seller.phone,
                seller.email,
                seller.website,
            )
            if text
        ),
        buyer_lines=_buyer_lines(invoice),
        buyer_ids=_buyer_ids(invoice),
        facts=(
            ("Date d’émission", french.long_day(invoice.issued_on)),
            ("Période facturée", french.period(invoice.period_start, invoice.period_end - timedelta(days=1))),
            ("Échéance", french.long_day(invoice.due_on)),
            ("Net à payer", french.money(invoice.gross_amount)),
        ),
        references=_references(invoice),
        rows=table_rows(invoice),
        summary=summary_rows(invoice),
        vat_rows=tuple(_vat_row(band) for band in invoice.vat),
        exemptions=tuple(_exemption(band, invoice.buyer.kind) for band in invoice.vat if band.exemption_reason),
        net_total=french.money(invoice.net_amount),
        vat_total=french.money(invoice.vat_amount),
        gross_total=french.money(invoice.gross_amount),
        due_amount=french.money(invoice.gross_amount),
        due_on=french.long_day(invoice.due_on),
        payment=(
            ("Mode de règlement", mentions.PAYMENT_WORDS.get(invoice.payment_means, invoice.payment_means)),
            ("IBAN", french.grouped(seller.iban, 4)),
            ("BIC", seller.bic),
            ("Titulaire", seller.legal_name),
            ("Référence à rappeler", invoice.number),
        ),
        mentions=_mentions(invoice),
        footer=_footer(invoice),
    )


def _buyer_lines(invoice: Invoice) -> tuple[str, ...]:
    buyer = invoice.buyer
    address = buyer.address
    lines = [buyer.legal_name, address.street, f"{address.postcode} {address.city}"]
    if address.country_code != invoice.seller.address.country_code:
        lines.append(COUNTRY_NAMES.get(address.country_code, address.country_code))
    return tuple(lines)


def _buyer_ids(invoice: Invoice) -> tuple[str, ...]:
    buyer = invoice.buyer
    ids = []
    if buyer.siret and buyer.kind is BuyerKind.PUBLIC:
        ids.append(f"SIRET {french.siret(buyer.siret)}")
    elif buyer.siren:
        ids.append(f"SIREN {french.siren(buyer.siren)}")
    if buyer.vat_number:
        ids.append(f"TVA {buyer.vat_number}")
    return tuple(ids)


def _references(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    buyer = invoice.buyer
    is_public = buyer.kind is BuyerKind.PUBLIC
    named = (
        ("Référence client", buyer.customer_code),
        ("N° d’engagement" if is_public else "Votre commande", buyer.order_reference),
        ("Code service" if is_public else "Votre référence", buyer.buyer_reference),
        ("Marché" if is_public else "Contrat", buyer.contract_reference),
    )
    return tuple((label, value) for label, value in named if value)


def _vat_row(band: InvoiceVat) -> VatRow:
    label = f"TVA {french.percent(band.vat_rate)}" if band.vat_category == "S" else f"Sans TVA ({band.vat_category})"
    return VatRow(label, french.money(band.net_amount), french.money(band.vat_amount))


def _exemption(band: InvoiceVat, kind: BuyerKind) -> str:
    reason = band.exemption_reason or ""
    if band.vat_category == "AE":
        reason += f", TVA due par le preneur ({mentions.reverse_charge_law(kind)})"
    return f"{band.vat_category}\u00a0: {reason}."


def _mentions(invoice: Invoice) -> tuple[str, ...]:
    sentences = [f"Catégorie de l’opération\u00a0: {mentions.OPERATION_WORDS[mentions.operation_category(invoice)]}."]
    if regime := mentions.vat_regime(invoice):
        sentences.append(f"{regime}.")
    sentences += [mentions.payment_terms(invoice), mentions.discount(invoice), mentions.late_penalty(invoice)]
    recovery = mentions.recovery(invoice)
    if invoice.buyer.kind is BuyerKind.CONSUMER:
        recovery = f"Indemnité forfaitaire de recouvrement {recovery[0].lower()}{recovery[1:]}."
    return (*sentences, recovery)


def _footer(invoice: Invoice) -> str:
    seller = invoice.seller
    return " · ".join(
        (
            f"{seller.legal_name}, {mentions.legal_form(invoice)}",
            mentions.trade_register(invoice),
            f"SIRET {french.siret(seller.siret)}",
            f"TVA {seller.vat_number}",
        )
    )
