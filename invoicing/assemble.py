"""From the rows of the register, or of a draft, to the invoice value."""

from collections.abc import Iterable, Mapping
from typing import Any

from invoicing.documents.french import phone
from invoicing.invoice import (
    Address,
    Buyer,
    BuyerKind,
    Invoice,
    InvoiceLine,
    InvoiceVat,
    Rendering,
    Seller,
    UsageRow,
)

Row = Mapping[str, Any]


def assemble_invoice(head: Row, lines: Iterable[Row], vat: Iterable[Row], usage: Iterable[Row] = ()) -> Invoice:
    """Build one invoice.

    Args:
        head: a row of `register.invoices`; `parties` holds the seller's and the buyer's master data, and
            `invoice_number` a stand-in of the same shape while the invoice is a draft.
        lines: its rows of `register.invoice_lines`, in any order.
        vat: its rows of `register.invoice_vat`.
        usage: the annex, masked, in the order to print; helplines are left out before.
    """
    seller, buyer = head["parties"]["seller"], head["parties"]["buyer"]
    return Invoice(
        number=head["invoice_number"],
        type_code=head["type_code"],
        rendering=Rendering(head["rendering"]),
        issued_on=head["issued_on"],
        due_on=head["due_on"],
        period_start=head["period_start"],
        period_end=head["period_end"],
        currency_code=head["currency_code"],
        payment_means=buyer["payment_means"],
        seller=_seller(seller),
        buyer=_buyer(buyer, head["customer_code"]),
        lines=tuple(sorted((_line(line, head["currency_code"]) for line in lines), key=lambda line: line.position)),
        vat=tuple(
            InvoiceVat(
                vat_category=band["vat_category"],
                vat_rate=band["vat_rate"],
                net_amount=band["net_amount"],
                vat_amount=band["vat_amount"],
                exemption_code=band["exemption_code"],
                exemption_reason=band["exemption_reason"],
            )
            for band in sorted(vat, key=lambda band: (band["vat_category"], band["vat_rate"]))
        ),
        net_amount=head["net_amount"],
        vat_amount=head["vat_amount"],
        gross_amount=head["gross_amount"],
        usage=tuple(_usage(row) for row in usage),
        shows_usage=bool(buyer["has_usage_annex"]),
    )


def _address(party: Row) -> Address:
    return Address(
        street=party["street"], postcode=party["postcode"], city=party["city"], country_code=party["country_code"]
    )


def _seller(party: Row) -> Seller:
    return Seller(
        seller_code=party["seller_code"],
        legal_name=party["legal_name"],
        legal_form=party["legal_form"],
        share_capital=party["share_capital"],
        siren=party["siren"],
        siret=party["siret"],
        rcs_city=party["rcs_city"],
        vat_number=party["vat_number"],
        address=_address(party),
        electronic_address=party["electronic_address"],
        email=party["email"],
        phone=party["phone"],
        website=party["website"],
        iban=party["iban"],
        bic=party["bic"],
        is_vat_on_debits=party["is_vat_on_debits"],
        late_penalty_terms=party["late_penalty_terms"],
        recovery_terms=party["recovery_terms"],
        discount_terms=party["discount_terms"],
    )


def _buyer(party: Row, customer_code: str) -> Buyer:
    return Buyer(
        customer_code=customer_code,
        kind=BuyerKind(party["buyer_kind"]),
        legal_name=party["legal_name"],
        address=_address(party),
        siren=party["siren"],
        siret=party["siret"],
        vat_number=party["vat_number"],
        electronic_address=party["electronic_address"],
        email=party["email"],
        order_reference=party["order_reference"],
        buyer_reference=party["buyer_reference"],
        contract_reference=party["contract_reference"],
    )


def _line(row: Row, currency_code: str) -> InvoiceLine:
    return InvoiceLine(
        position=row["line_position"],
        section=tuple(row["section_names"]),
        name=row["line_name"],
        note=row["line_note"],
        quantity=row["quantity"],
        unit_code=row["unit_code"],
        unit_price=row["unit_price"],
        net_amount=row["net_amount"],
        vat_category=row["vat_category"],
        vat_rate=row["vat_rate"],
        is_goods=row["is_goods"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        currency_code=currency_code,
    )


def _usage(row: Row) -> UsageRow:
    return UsageRow(
        section=tuple(row["section_names"]),
        line_id=phone(row["line_id"]) if row["line_id"].startswith("+") else row["line_id"],
        started_at=row["started_local"],
        called_number=row["called_masked"] or "",
        destination=row["destination"],
        duration_seconds=row["duration_seconds"],
        page_count=row["page_count"],
        allowance_seconds=row["allowance_seconds"],
        rated_amount=row["rated_amount"],
    )
