"""What Chorus Pro wants in the XML of a direct deposit, as a table: its own schematron is announced, not published.

Source: external specifications of Chorus Pro, and deposits observed in qualification.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree
from stdnum.fr import siret

from invoicing.documents.cii_elements import NAMESPACES

RULES_VERSION = "1"

HEADER = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement"
SETTLEMENT = "rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeSettlement"
MEANS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans"

PROCESSES = ("A1", "A2")  # an invoice, an invoice already paid; the others concern sub-contractors
PAYMENT_MEANS = ("01", "10", "20", "30", "31", "42", "48", "49", "58", "59", "97")
TRANSFERS = ("30", "58")
NUMBER_PATTERN = re.compile(r"[A-Za-z0-9+_/-]{1,20}")  # Chorus Pro allows spaces too; our series do not
LONGEST_REFERENCE = 50


@dataclass(frozen=True, slots=True)
class ChorusRule:
    """One term: where it stands, what it must be, and in which words it is refused."""

    term: str
    path: str
    is_right: Callable[[str], bool]
    expected: str


RULES = (
    ChorusRule(
        "BT-1 number",
        "rsm:ExchangedDocument/ram:ID",
        lambda text: NUMBER_PATTERN.fullmatch(text) is not None,
        "1 to 20 letters, digits, + - _ /",
    ),
    ChorusRule(
        "BT-23 billing frame",
        "rsm:ExchangedDocumentContext/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID",
        lambda text: text in PROCESSES,
        f"one of {', '.join(PROCESSES)}",
    ),
    ChorusRule(
        "BT-30 seller's identifier",
        f"{HEADER}/ram:SellerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
        siret.is_valid,
        "a SIRET, 14 digits",
    ),
    ChorusRule(
        "BT-47 buyer's identifier",
        f"{HEADER}/ram:BuyerTradeParty/ram:SpecifiedLegalOrganization/ram:ID",
        siret.is_valid,
        "a SIRET, 14 digits",
    ),
    ChorusRule("BT-81 payment means", f"{MEANS}/ram:TypeCode", lambda text: text in PAYMENT_MEANS, "a listed code"),
    ChorusRule(
        "BT-10 service code",
        f"{HEADER}/ram:BuyerReference",
        lambda text: len(text) <= LONGEST_REFERENCE,
        f"at most {LONGEST_REFERENCE} signs",
    ),
    ChorusRule(
        "BT-13 engagement number",
        f"{HEADER}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID",
        lambda text: len(text) <= LONGEST_REFERENCE,
        f"at most {LONGEST_REFERENCE} signs",
    ),
)
OPTIONAL_TERMS = ("BT-10 service code", "BT-13 engagement number")  # only the structure's directory says when needed


def faults(root: etree._Element) -> list[str]:
    """Terms of the document that Chorus Pro would refuse, in sentences; [] when it would take them."""
    found = []
    for rule in RULES:
        text = root.findtext(rule.path, namespaces=NAMESPACES)
        if text is None:
            if rule.term not in OPTIONAL_TERMS:
                found.append(f"{rule.term}: missing; Chorus Pro wants {rule.expected}")
        elif not rule.is_right(text):
            found.append(f"{rule.term} {text!r}: Chorus Pro wants {rule.expected}")
    means = root.findtext(f"{MEANS}/ram:TypeCode", namespaces=NAMESPACES)
    account = root.findtext(f"{MEANS}/ram:PayeePartyCreditorFinancialAccount/ram:IBANID", namespaces=NAMESPACES)
    if means in TRANSFERS and not account:
        found.append("BT-84 IBAN: missing; a transfer needs the account to pay")
    return found
