"""Own checks of seller and buyer: keys of SIREN, SIRET, VAT number and IBAN, and who must give which."""

from collections.abc import Callable, Iterator

from stdnum import bic, iban
from stdnum.eu import vat
from stdnum.fr import siren, siret

from invoicing.invoice import Address, Buyer, BuyerKind, Invoice, Rendering, Seller

# A French VAT number ends with the SIREN; these kinds of buyers are French legal persons.
FRENCH_LEGAL_KINDS = (BuyerKind.BUSINESS, BuyerKind.PUBLIC)


def party_faults(invoice: Invoice) -> Iterator[str]:
    """Faults of the two parties, in sentences; the keys are verified, not whether the firm exists."""
    yield from _seller(invoice.seller)
    yield from _buyer(invoice.buyer, invoice.rendering)
    if invoice.buyer.siren and invoice.buyer.siren == invoice.seller.siren:
        yield f"BT-30, BT-47: seller and buyer are the same firm, SIREN {invoice.seller.siren}"
    elif invoice.buyer.vat_number and invoice.buyer.vat_number == invoice.seller.vat_number:
        yield f"BT-31, BT-48: seller and buyer have the same VAT number {invoice.seller.vat_number}"


def _seller(seller: Seller) -> Iterator[str]:
    for term, text in (
        ("BT-27 seller's name", seller.legal_name),
        ("BT-33 seller's legal form", seller.legal_form),
        ("BT-33 seller's share capital", seller.share_capital),
        ("note ABL, seller's RCS town", seller.rcs_city),
        ("BT-34 seller's electronic address", seller.electronic_address),
    ):
        if not text.strip():
            yield f"{term}: void; fill it in the sellers' table"
    yield from _key("BT-30 seller's SIREN", seller.siren, siren.is_valid)
    yield from _siret("BT-29 seller's SIRET", seller.siret, seller.siren)
    yield from _french_vat("BT-31 seller's VAT number", seller.vat_number, seller.siren)
    yield from _key("BT-84 seller's IBAN", seller.iban, iban.is_valid)
    yield from _key("BT-86 seller's BIC", seller.bic, bic.is_valid)
    yield from _address("BG-5 seller's address", seller.address)


def _buyer(buyer: Buyer, rendering: Rendering) -> Iterator[str]:
    if not buyer.legal_name.strip():
        yield "BT-44 buyer's name: void"
    yield from _address("BG-8 buyer's address", buyer.address)
    if buyer.kind in FRENCH_LEGAL_KINDS:
        yield from _key("BT-47 buyer's SIREN", buyer.siren or "", siren.is_valid)
        if buyer.vat_number:
            yield from _french_vat("BT-48 buyer's VAT number", buyer.vat_number, buyer.siren or "")
    if buyer.siret or rendering is Rendering.CHORUS:
        yield from _siret("BT-46 buyer's SIRET", buyer.siret or "", buyer.siren or "")
    is_reached_by_siren = bool(buyer.siren) and (buyer.electronic_address or "").startswith(buyer.siren or "")
    if buyer.kind is BuyerKind.BUSINESS and not is_reached_by_siren:
        yield f"BT-49 buyer's electronic address {buyer.electronic_address!r}: it starts with the SIREN (BR-FR-21)"
    if buyer.kind is BuyerKind.EU_BUSINESS:
        yield from _key("BT-48 buyer's VAT number", buyer.vat_number or "", vat.is_valid)
        if buyer.address.country_code == "FR":
            yield "BT-55 buyer's country: FR, for a firm of another country"
    if buyer.kind is BuyerKind.CONSUMER and (buyer.siren or buyer.vat_number):
        yield "BT-47, BT-48: a consumer has neither SIREN nor VAT number; this buyer is a business"


def _address(term: str, address: Address) -> Iterator[str]:
    for part in ("street", "postcode", "city", "country_code"):
        if not getattr(address, part).strip():
            yield f"{term}: {part} is void"


def _siret(term: str, number: str, siren_number: str) -> Iterator[str]:
    if not (number.startswith(siren_number) and siret.is_valid(number)):
        yield f"{term}: {number!r} is not 14 digits with a right key, starting with SIREN {siren_number}"


def _french_vat(term: str, number: str, siren_number: str) -> Iterator[str]:
    if not (number.endswith(siren_number) and number.startswith("FR") and vat.is_valid(number)):
        yield f"{term}: {number!r} is not FR, a right key and SIREN {siren_number}"


def _key(term: str, number: str, is_valid: Callable[[str], bool]) -> Iterator[str]:
    if not number.strip():
        yield f"{term}: missing; fill it in the master data"
    elif not is_valid(number):
        yield f"{term}: {number!r} has a wrong key or form"
