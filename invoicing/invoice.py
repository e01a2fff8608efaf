"""The semantic invoice: one value, from which the page, the XML of each rendering and the postings are drawn.

Names follow EN 16931; the BT number stands beside each field that has one. Dates are days, periods exclude their end.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Rendering(StrEnum):
    """Who reads the XML: an approved platform or a customer (`ctc`), or Chorus Pro (`chorus`)."""

    CTC = "ctc"
    CHORUS = "chorus"


class BuyerKind(StrEnum):
    BUSINESS = "business"
    PUBLIC = "public"
    CONSUMER = "consumer"
    EU_BUSINESS = "eu_business"


@dataclass(frozen=True, slots=True)
class Address:
    street: str  # BT-35, BT-50
    postcode: str
    city: str
    country_code: str  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True)
class Seller:
    seller_code: str
    legal_name: str  # BT-27
    legal_form: str  # with share_capital, BT-33 and note REG
    share_capital: str  # as printed: '50 000 €'
    siren: str  # BT-30
    siret: str  # BT-29
    rcs_city: str  # note ABL
    vat_number: str  # BT-31
    address: Address
    electronic_address: str  # BT-34
    email: str
    phone: str
    website: str | None
    iban: str  # BT-84
    bic: str  # BT-86
    is_vat_on_debits: bool  # BT-8
    late_penalty_terms: str  # note PMD
    recovery_terms: str  # note PMT
    discount_terms: str  # note AAB


@dataclass(frozen=True, slots=True)
class Buyer:
    customer_code: str
    kind: BuyerKind
    legal_name: str  # BT-44
    address: Address
    siren: str | None = None  # BT-47
    siret: str | None = None  # BT-46
    vat_number: str | None = None  # BT-48
    electronic_address: str | None = None  # BT-49
    email: str | None = None
    order_reference: str | None = None  # BT-13
    buyer_reference: str | None = None  # BT-10
    contract_reference: str | None = None  # BT-12


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One charge. `net_amount` = round(quantity × unit_price, 2)."""

    position: int  # BT-126
    section: tuple[str, ...]  # names of the section nodes from the billing node down; () for none
    name: str  # BT-153
    note: str | None  # BT-127: volumes, proration
    quantity: Decimal  # BT-129
    unit_code: str  # BT-130
    unit_price: Decimal  # BT-146, 6 decimals at most
    net_amount: Decimal  # BT-131
    vat_category: str  # BT-151: S, AE, O…
    vat_rate: Decimal  # BT-152 as a fraction: 0.20
    is_goods: bool
    period_start: date  # BT-134
    period_end: date  # excluded; BT-135 is the day before
    currency_code: str = "EUR"


@dataclass(frozen=True, slots=True)
class InvoiceVat:
    """One VAT band (BG-23)."""

    vat_category: str
    vat_rate: Decimal
    net_amount: Decimal  # BT-116
    vat_amount: Decimal  # BT-117
    exemption_code: str | None = None  # BT-121
    exemption_reason: str | None = None  # BT-120


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One row of the usage annex, already masked. A helpline never becomes one."""

    section: tuple[str, ...]
    line_id: str  # as printed: '01 99 00 10 08'
    started_at: datetime  # Paris wall clock
    called_number: str  # masked: '06 39 98 XX XX'; '' for pages
    destination: str
    duration_seconds: int | None
    page_count: int | None
    allowance_seconds: int  # the part that the allowance paid
    rated_amount: Decimal  # 12 decimals; printed with 4


@dataclass(frozen=True, slots=True)
class Invoice:
    number: str  # BT-1
    type_code: str  # BT-3: 380
    rendering: Rendering
    issued_on: date  # BT-2
    due_on: date  # BT-9
    period_start: date  # BT-73
    period_end: date  # excluded; BT-74 is the day before
    currency_code: str  # BT-5
    payment_means: str  # BT-81: 30, 58
    seller: Seller
    buyer: Buyer
    lines: tuple[InvoiceLine, ...]
    vat: tuple[InvoiceVat, ...]
    net_amount: Decimal  # BT-106 = BT-109
    vat_amount: Decimal  # BT-110
    gross_amount: Decimal  # BT-112 = BT-115
    usage: tuple[UsageRow, ...] = field(default=())
    shows_usage: bool = False
