"""Invoice values of fictional firms, with right keys: each passes the gate until a test breaks it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

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
from invoicing.money import vat_breakdown

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
REVERSE_CHARGE = {"exemption_code": "VATEX-EU-AE", "exemption_reason": "Autoliquidation"}

SELLER = Seller(
    seller_code="ARDELE",
    legal_name="Ardèle Télécom",
    legal_form="SAS",
    share_capital="150 000 €",
    siren="123456782",
    siret="12345678200010",
    rcs_city="Grenoble",
    vat_number="FR11123456782",
    address=Address("12 rue des Filatures", "38000", "Grenoble", "FR"),
    electronic_address="123456782",
    email="facturation@ardele.example",
    phone="04 65 71 00 10",
    website="www.ardele.example",
    iban="FR7630006000011234567890189",
    bic="FICTFRPP",
    is_vat_on_debits=True,
    late_penalty_terms="Pénalités de retard : taux de refinancement de la BCE majoré de 10 points.",
    recovery_terms="Indemnité forfaitaire pour frais de recouvrement en cas de retard : 40 €.",
    discount_terms="Pas d’escompte pour paiement anticipé.",
)

BUSINESS = Buyer(
    customer_code="C-0042",
    kind=BuyerKind.BUSINESS,
    legal_name="Menuiseries Vaubrun",
    address=Address("4 impasse du Rabot", "69003", "Lyon", "FR"),
    siren="123987653",
    siret="12398765300011",
    vat_number="FR78123987653",
    electronic_address="123987653",
    email="compta@vaubrun.example",
    order_reference="BC-2026-118",
)
PUBLIC_BODY = Buyer(
    customer_code="C-0050",
    kind=BuyerKind.PUBLIC,
    legal_name="Commune de Saint-Aubin-des-Prés",
    address=Address("1 place de la Mairie", "73000", "Saint-Aubin-des-Prés", "FR"),
    siren="217399997",
    siret="21739999700014",
    electronic_address="217399997",
    order_reference="EJ-4500012345",
    buyer_reference="SERV-INFO",
    contract_reference="2026-MAPA-07",
)
CONSUMER = Buyer(
    customer_code="C-0060",
    kind=BuyerKind.CONSUMER,
    legal_name="Solène Marchandeau",
    address=Address("8 allée des Tilleuls", "38100", "Grenoble", "FR"),
    email="solene.marchandeau@courriel.example",
)
EU_BUSINESS = Buyer(
    customer_code="C-0070",
    kind=BuyerKind.EU_BUSINESS,
    legal_name="Nordlicht Handels GmbH",
    address=Address("Am Kanal 17", "20457", "Hamburg", "DE"),
    vat_number="DE111110000",
    email="rechnung@nordlicht.example",
)
BUYERS = {buyer.kind: buyer for buyer in (BUSINESS, PUBLIC_BODY, CONSUMER, EU_BUSINESS)}


def a_line(**changes: Any) -> InvoiceLine:
    """One month of a fibre link, 20 %."""
    line = InvoiceLine(
        position=1,
        section=(),
        name="Accès fibre Pro 1 Gbit/s",
        note=None,
        quantity=Decimal("1"),
        unit_code="MON",
        unit_price=Decimal("49.90"),
        net_amount=Decimal("49.90"),
        vat_category="S",
        vat_rate=Decimal("0.20"),
        is_goods=False,
        period_start=OCTOBER,
        period_end=NOVEMBER,
    )
    changed = replace(line, **changes)
    if "net_amount" not in changes:
        changed = replace(changed, net_amount=round(changed.quantity * changed.unit_price, 2))
    return changed


def priced(position: int, name: str, price: str, **changes: Any) -> InvoiceLine:
    """A line of one unit at that price."""
    return a_line(position=position, name=name, unit_price=Decimal(price), **changes)


def an_invoice(lines: Sequence[InvoiceLine] | None = None, **changes: Any) -> Invoice:
    """A plain invoice to a French firm; its VAT and totals follow from the lines."""
    written = tuple(lines if lines is not None else [a_line()])
    vat = tuple(
        InvoiceVat(
            band.vat_category,
            band.vat_rate,
            band.net_amount,
            band.vat_amount,
            **(REVERSE_CHARGE if band.vat_category == "AE" else {}),
        )
        for band in vat_breakdown(written)
    )
    net = sum((line.net_amount for line in written), Decimal(0))
    tax = sum((band.vat_amount for band in vat), Decimal(0))
    invoice = Invoice(
        number="FA-2026-000042",
        type_code="380",
        rendering=Rendering.CTC,
        issued_on=date(2026, 11, 2),
        due_on=date(2026, 12, 2),
        period_start=OCTOBER,
        period_end=NOVEMBER,
        currency_code="EUR",
        payment_means="58",
        seller=SELLER,
        buyer=BUSINESS,
        lines=written,
        vat=vat,
        net_amount=net,
        vat_amount=tax,
        gross_amount=net + tax,
    )
    return replace(invoice, **changes)


def for_buyer(kind: BuyerKind) -> Invoice:
    """The invoice that this kind of buyer receives, in its rendering."""
    if kind is BuyerKind.EU_BUSINESS:
        lines = [a_line(vat_category="AE", vat_rate=Decimal("0"))]
        return an_invoice(lines, buyer=EU_BUSINESS)
    if kind is BuyerKind.PUBLIC:
        return an_invoice(buyer=PUBLIC_BODY, rendering=Rendering.CHORUS, payment_means="30")
    return an_invoice(buyer=BUYERS[kind])


def with_sites(site_count: int = 3) -> Invoice:
    """Nested sections: sites, and kinds of service inside; goods beside services; a proration and a refund."""
    towns = ("Lyon Gerland", "Villeurbanne", "Grenoble", "Chambéry", "Annecy", "Valence", "Saint-Étienne", "Bourgoin")
    lines: list[InvoiceLine] = []
    for index in range(site_count):
        site = f"Site de {towns[index % len(towns)]}"
        next_position = len(lines) + 1
        lines += [
            priced(next_position, "Accès fibre Pro 1 Gbit/s", "49.90", section=(site, "Internet")),
            a_line(
                position=next_position + 1,
                name="Abonnement ligne SIP, 2 h incluses par ligne",
                quantity=Decimal(4 + index),
                unit_price=Decimal("12.50"),
                section=(site, "Téléphonie"),
                note="Lignes 01 99 00 10 08 et suivantes",
            ),
            a_line(
                position=next_position + 2,
                name="Appels vers les mobiles",
                unit_code="C62",
                unit_price=Decimal("8.43"),
                section=(site, "Téléphonie"),
                note="112 appels, 3 h 12 min 40 s, dont 2 h 00 min 00 s au forfait",
            ),
        ]
    position = len(lines) + 1
    lines += [
        a_line(
            position=position,
            name="Pages noir et blanc",
            quantity=Decimal("12450"),
            unit_code="C62",
            unit_price=Decimal("0.0062"),
            section=("Copieurs",),
        ),
        priced(
            position + 1,
            "Location copieur A3 couleur",
            "57.42",
            unit_code="C62",
            section=("Copieurs",),
            note="Prorata : 89,00 € par mois, 20 jours sur 31",
            period_start=date(2026, 10, 12),
        ),
        a_line(
            position=position + 2,
            name="Téléphone IP de bureau",
            quantity=Decimal(3),
            unit_code="C62",
            unit_price=Decimal("118.00"),
            is_goods=True,
        ),
        a_line(
            position=position + 3,
            name="Régularisation de septembre 2026, ligne résiliée",
            quantity=Decimal(-1),
            unit_code="C62",
            unit_price=Decimal("6.25"),
            period_start=date(2026, 9, 16),
            period_end=OCTOBER,
        ),
    ]
    return an_invoice(lines)


def calls(row_count: int, lines_per_site: int = 4) -> tuple[UsageRow, ...]:
    """Masked calls and some pages, spread over two sites and their lines; the same rows every time."""
    destinations = (
        ("06 39 98 XX XX", "France mobile", "0.0125"),
        ("01 99 00 XX XX", "France fixe", "0.0041666667"),
        ("+44 7700 90 XX XX", "Royaume-Uni mobile, tous opérateurs", "0.1833333333"),
        ("118 000", "Renseignements téléphoniques", "1.45"),
    )
    rows = []
    for index in range(row_count):
        called, destination, price = destinations[index % len(destinations)]
        seconds = (index * 37) % 4000 + 1
        line = index * 8 // max(row_count, 1)
        is_allowed = destination == "France fixe"
        rows.append(
            UsageRow(
                section=(("Site de Lyon Gerland", "Site de Grenoble")[line // lines_per_site % 2], "Téléphonie"),
                line_id=f"01 99 00 10 {line:02d}",
                started_at=datetime(2026, 10, 1, 8) + timedelta(minutes=index * 11),
                called_number=called,
                destination=destination,
                duration_seconds=seconds,
                page_count=None,
                allowance_seconds=seconds if is_allowed else 0,
                rated_amount=Decimal(0) if is_allowed else Decimal(price) * seconds / 60,
            )
        )
    return tuple(rows)


def pages() -> tuple[UsageRow, ...]:
    """The meter of one copier."""
    return tuple(
        UsageRow(
            section=("Copieurs",),
            line_id="A3C-48210",
            started_at=datetime(2026, 10, day, 23, 59),
            called_number="",
            destination=label,
            duration_seconds=None,
            page_count=page_count,
            allowance_seconds=0,
            rated_amount=Decimal(page_count) * Decimal(price),
        )
        for day, label, page_count, price in (
            (15, "Pages noir et blanc", 6120, "0.0062"),
            (15, "Pages couleur", 840, "0.048"),
            (31, "Pages noir et blanc", 6330, "0.0062"),
            (31, "Pages couleur", 1012, "0.048"),
        )
    )
