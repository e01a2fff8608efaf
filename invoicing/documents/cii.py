"""The invoice as UN/CEFACT CII, profile EN 16931: one model, two renderings (`ctc`, `chorus`)."""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from invoicing.documents import cii_parties, mentions
from invoicing.documents.cii_elements import NAMESPACES, RSM, add, add_day, amount, plain, rate_percent
from invoicing.invoice import BuyerKind, Invoice, InvoiceLine, InvoiceVat, Rendering

GUIDELINE = "urn:cen.eu:en16931:2017"  # BT-24
CHORUS_PROCESS = "A1"  # BT-23 of Chorus Pro: an invoice deposited by its supplier
PLAIN_INVOICE = "1"  # second sign of BT-23: neither paid already nor a balance

# BT-8, as CII writes it.
VAT_DUE_AT_INVOICE = "5"
VAT_DUE_AT_DELIVERY = "29"
VAT_DUE_AT_PAYMENT = "72"

# Note BAR: how the platform of the reform treats the document. A public body is reached through Chorus Pro: no note.
BAR_TREATMENT = {
    BuyerKind.BUSINESS: "B2B",
    BuyerKind.EU_BUSINESS: "B2BINT",
    BuyerKind.CONSUMER: "B2C",
}


class UnsupportedDocument(ValueError):
    """A document type that the invoice value cannot express yet."""


def build_xml(invoice: Invoice) -> bytes:
    """Write the invoice in its own rendering.

    Returns:
        UTF-8 bytes with an XML declaration; the same value gives the same bytes.

    Raises:
        UnsupportedDocument: the type is not 380.
        UnwritableText: a text holds a control character, which XML cannot carry.

    Source: EN 16931-1 and its CII binding; BR-FR 1.4.0; Chorus Pro's identifiers for `chorus`.
    """
    if invoice.type_code != "380":
        raise UnsupportedDocument(
            f"{invoice.number}: type {invoice.type_code} (BT-3) names the invoices that it corrects, with their date "
            "(BG-3, BR-FR-CO-05), and the invoice value has no place for them; only 380 is written"
        )
    root = etree.Element(f"{{{RSM}}}CrossIndustryInvoice", nsmap=NAMESPACES)
    _add_context(root, invoice)
    _add_document(root, invoice)
    transaction = add(root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _add_line(transaction, line)
    _add_agreement(transaction, invoice)
    add(transaction, "ram:ApplicableHeaderTradeDelivery")
    _add_settlement(transaction, invoice)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add_context(root: etree._Element, invoice: Invoice) -> None:
    context = add(root, "rsm:ExchangedDocumentContext")
    is_chorus = invoice.rendering is Rendering.CHORUS
    process = CHORUS_PROCESS if is_chorus else mentions.operation_category(invoice) + PLAIN_INVOICE
    add(add(context, "ram:BusinessProcessSpecifiedDocumentContextParameter"), "ram:ID", process)
    add(add(context, "ram:GuidelineSpecifiedDocumentContextParameter"), "ram:ID", GUIDELINE)


def _add_document(root: etree._Element, invoice: Invoice) -> None:
    document = add(root, "rsm:ExchangedDocument")
    add(document, "ram:ID", invoice.number)
    add(document, "ram:TypeCode", invoice.type_code)
    add_day(document, "ram:IssueDateTime", invoice.issued_on)
    for subject, content in notes(invoice):
        note = add(document, "ram:IncludedNote")
        add(note, "ram:Content", content)
        add(note, "ram:SubjectCode", subject)


def notes(invoice: Invoice) -> list[tuple[str, str]]:
    """Subject (BT-21) and content (BT-22) of each note of the document."""
    written = [
        ("REG", mentions.legal_form(invoice)),
        ("ABL", mentions.trade_register(invoice)),
        ("PMT", mentions.recovery(invoice)),
        ("PMD", mentions.late_penalty(invoice)),
        ("AAB", mentions.discount(invoice)),
    ]
    if invoice.rendering is Rendering.CTC and invoice.buyer.kind in BAR_TREATMENT:
        written.append(("BAR", BAR_TREATMENT[invoice.buyer.kind]))
    return written


def _add_line(transaction: etree._Element, line: InvoiceLine) -> None:
    item = add(transaction, "ram:IncludedSupplyChainTradeLineItem")
    document = add(item, "ram:AssociatedDocumentLineDocument")
    add(document, "ram:LineID", str(line.position))
    if line.note:
        add(add(document, "ram:IncludedNote"), "ram:Content", line.note)

    product = add(item, "ram:SpecifiedTradeProduct")
    add(product, "ram:Name", line.name)
    if line.section:  # EN 16931 groups no lines: the site travels as an attribute of each
        characteristic = add(product, "ram:ApplicableProductCharacteristic")
        add(characteristic, "ram:Description", "Site")
        add(characteristic, "ram:Value", " / ".join(line.section))

    net_price = add(add(item, "ram:SpecifiedLineTradeAgreement"), "ram:NetPriceProductTradePrice")
    add(net_price, "ram:ChargeAmount", plain(line.unit_price))
    delivery = add(item, "ram:SpecifiedLineTradeDelivery")
    add(delivery, "ram:BilledQuantity", plain(line.quantity), unitCode=line.unit_code)

    settlement = add(item, "ram:SpecifiedLineTradeSettlement")
    tax = add(settlement, "ram:ApplicableTradeTax")
    add(tax, "ram:TypeCode", "VAT")
    add(tax, "ram:CategoryCode", line.vat_category)
    _add_rate(tax, line.vat_category, line.vat_rate)
    _add_period(settlement, line.period_start, line.period_end)
    total = add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    add(total, "ram:LineTotalAmount", amount(line.net_amount))


def _add_agreement(transaction: etree._Element, invoice: Invoice) -> None:
    agreement = add(transaction, "ram:ApplicableHeaderTradeAgreement")
    if invoice.buyer.buyer_reference:
        add(agreement, "ram:BuyerReference", invoice.buyer.buyer_reference)
    cii_parties.add_seller(agreement, invoice)
    cii_parties.add_buyer(agreement, invoice)
    if invoice.buyer.order_reference:
        order = add(agreement, "ram:BuyerOrderReferencedDocument")
        add(order, "ram:IssuerAssignedID", invoice.buyer.order_reference)
    if invoice.buyer.contract_reference:
        contract = add(agreement, "ram:ContractReferencedDocument")
        add(contract, "ram:IssuerAssignedID", invoice.buyer.contract_reference)


def _add_settlement(transaction: etree._Element, invoice: Invoice) -> None:
    settlement = add(transaction, "ram:ApplicableHeaderTradeSettlement")
    add(settlement, "ram:PaymentReference", invoice.number)
    add(settlement, "ram:InvoiceCurrencyCode", invoice.currency_code)

    means = add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    add(means, "ram:TypeCode", invoice.payment_means)
    account = add(means, "ram:PayeePartyCreditorFinancialAccount")
    add(account, "ram:IBANID", invoice.seller.iban)
    add(account, "ram:AccountName", invoice.seller.legal_name)
    add(add(means, "ram:PayeeSpecifiedCreditorFinancialInstitution"), "ram:BICID", invoice.seller.bic)

    for band in invoice.vat:
        _add_vat_band(settlement, band, _vat_due(invoice))
    _add_period(settlement, invoice.period_start, invoice.period_end)

    terms = add(settlement, "ram:SpecifiedTradePaymentTerms")
    add(terms, "ram:Description", mentions.payment_terms(invoice))
    add_day(terms, "ram:DueDateDateTime", invoice.due_on)

    totals = add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    add(totals, "ram:LineTotalAmount", amount(invoice.net_amount))
    add(totals, "ram:TaxBasisTotalAmount", amount(invoice.net_amount))
    add(totals, "ram:TaxTotalAmount", amount(invoice.vat_amount), currencyID=invoice.currency_code)
    add(totals, "ram:GrandTotalAmount", amount(invoice.gross_amount))
    add(totals, "ram:DuePayableAmount", amount(invoice.gross_amount))


def _vat_due(invoice: Invoice) -> str:
    """BT-8. The option for debits changes services only; VAT on goods alone is due at their delivery (CGI 269)."""
    if invoice.seller.is_vat_on_debits:
        return VAT_DUE_AT_INVOICE
    return VAT_DUE_AT_DELIVERY if mentions.operation_category(invoice) == "B" else VAT_DUE_AT_PAYMENT


def _add_vat_band(settlement: etree._Element, band: InvoiceVat, vat_due: str) -> None:
    tax = add(settlement, "ram:ApplicableTradeTax")
    add(tax, "ram:CalculatedAmount", amount(band.vat_amount))
    add(tax, "ram:TypeCode", "VAT")
    if band.exemption_reason:
        add(tax, "ram:ExemptionReason", band.exemption_reason)
    add(tax, "ram:BasisAmount", amount(band.net_amount))
    add(tax, "ram:CategoryCode", band.vat_category)
    if band.exemption_code:
        add(tax, "ram:ExemptionReasonCode", band.exemption_code)
    if band.vat_category == "S":  # elsewhere the seller owes no VAT, so none falls due
        add(tax, "ram:DueDateTypeCode", vat_due)
    _add_rate(tax, band.vat_category, band.vat_rate)


def _add_rate(tax: etree._Element, vat_category: str, vat_rate: Decimal) -> None:
    if vat_category != "O":  # BR-O-05: outside the scope of VAT there is no rate, not even zero
        add(tax, "ram:RateApplicablePercent", rate_percent(vat_rate))


def _add_period(parent: etree._Element, start: date, end: date) -> None:
    period = add(parent, "ram:BillingSpecifiedPeriod")
    add_day(period, "ram:StartDateTime", start)
    add_day(period, "ram:EndDateTime", end - timedelta(days=1))  # ours excludes its end, BT-74 and BT-135 do not
