"""Seller and buyer in CII: the same firm is a SIREN for the reform, a SIRET for Chorus Pro."""

from lxml import etree

from invoicing.documents import mentions
from invoicing.documents.cii_elements import add
from invoicing.invoice import Address, BuyerKind, Invoice, Rendering

# Schemes of ISO 6523 and of the electronic address list.
SIRENE = "0002"
SIRET = "0009"
FRENCH_ADDRESS = "0225"
EMAIL = "EM"


def add_seller(agreement: etree._Element, invoice: Invoice) -> None:
    """BG-4."""
    seller = invoice.seller
    party = add(agreement, "ram:SellerTradeParty")
    add(party, "ram:GlobalID", seller.siret, schemeID=SIRET)
    add(party, "ram:Name", seller.legal_name)
    add(party, "ram:Description", mentions.legal_form(invoice))
    _add_legal_id(party, seller.siren, seller.siret, invoice.rendering)
    contact = add(party, "ram:DefinedTradeContact")
    add(contact, "ram:DepartmentName", "Facturation")
    add(add(contact, "ram:TelephoneUniversalCommunication"), "ram:CompleteNumber", seller.phone)
    add(add(contact, "ram:EmailURIUniversalCommunication"), "ram:URIID", seller.email)
    _add_address(party, seller.address)
    _add_electronic_address(party, seller.electronic_address, FRENCH_ADDRESS)
    _add_vat_number(party, seller.vat_number, invoice)


def add_buyer(agreement: etree._Element, invoice: Invoice) -> None:
    """BG-7."""
    buyer = invoice.buyer
    party = add(agreement, "ram:BuyerTradeParty")
    if buyer.siret:
        add(party, "ram:GlobalID", buyer.siret, schemeID=SIRET)
    add(party, "ram:Name", buyer.legal_name)
    if buyer.siren:
        _add_legal_id(party, buyer.siren, buyer.siret, invoice.rendering)
    _add_address(party, buyer.address)
    is_in_directory = buyer.kind in (BuyerKind.BUSINESS, BuyerKind.PUBLIC)
    if buyer.electronic_address and is_in_directory:
        _add_electronic_address(party, buyer.electronic_address, FRENCH_ADDRESS)
    elif buyer.email:  # consumers and foreign firms are not in the French directory: their e-mail is their address
        _add_electronic_address(party, buyer.email, EMAIL)
    if buyer.vat_number:
        _add_vat_number(party, buyer.vat_number, invoice)


def _add_legal_id(party: etree._Element, siren: str, siret: str | None, rendering: Rendering) -> None:
    """BT-30, BT-47: 9 digits for the reform (BR-FR-10, 11); Chorus Pro refuses 9 and reads the 14 of the SIRET."""
    legal_id = siret if rendering is Rendering.CHORUS and siret else siren
    add(add(party, "ram:SpecifiedLegalOrganization"), "ram:ID", legal_id, schemeID=SIRENE)


def _add_address(party: etree._Element, address: Address) -> None:
    postal = add(party, "ram:PostalTradeAddress")
    add(postal, "ram:PostcodeCode", address.postcode)
    add(postal, "ram:LineOne", address.street)
    add(postal, "ram:CityName", address.city)
    add(postal, "ram:CountryID", address.country_code)


def _add_electronic_address(party: etree._Element, electronic_address: str, scheme: str) -> None:
    add(add(party, "ram:URIUniversalCommunication"), "ram:URIID", electronic_address, schemeID=scheme)


def _add_vat_number(party: etree._Element, vat_number: str, invoice: Invoice) -> None:
    if any(band.vat_category == "O" for band in invoice.vat):  # BR-O-02: then it is on the page only
        return
    add(add(party, "ram:SpecifiedTaxRegistration"), "ram:ID", vat_number, schemeID="VA")
