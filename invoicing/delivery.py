"""Deliveries: which channel an invoice takes, the states on its way, and the words and bodies that are sent.

A delivery is `requested` when it is planned and nothing has left; `sending` once its bytes may have left; then
`sent` (e-mail), or `deposited`, then `accepted` (Chorus Pro). `in_doubt`, `rejected` and `failed` wait for a person.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from invoicing.documents.french import NARROW_SPACE, NO_BREAK_SPACE, long_day, money, period
from invoicing.invoice import BuyerKind, Rendering

CREDIT_NOTE = "381"  # BT-3


class Channel(StrEnum):
    EMAIL = "email"
    CHORUS = "chorus"


class DeliveryState(StrEnum):
    """As in `register.deliveries`. `REJECTED` and `FAILED` free the invoice for another delivery."""

    REQUESTED = "requested"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    DEPOSITED = "deposited"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"


class RouteRefused(ValueError):
    """No channel that we have may carry this invoice."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way out of an invoice; the rendering of its XML follows from it."""

    channel: Channel
    rendering: Rendering


def route(seller_ctc_emission_from: date, issued_on: date, buyer_kind: BuyerKind, wanted_channel: str) -> Route:
    """Choose the channel of an invoice from the law first, from the customer's wish second.

    Args:
        seller_ctc_emission_from: from this day on, the seller invoices French businesses through an approved platform.
        issued_on: BT-2; the day that the law looks at.
        buyer_kind: a public body is reached through Chorus Pro, whatever channel was wanted.
        wanted_channel: of the billing node: 'email' or 'chorus'.

    Raises:
        RouteRefused: a French business after the seller's date; Chorus Pro for a buyer who is not a public body;
            a channel that does not exist.

    Source: CGI art. 289 bis and 290; code de la commande publique L.2192-1.
    """
    if wanted_channel not in set(Channel):
        raise RouteRefused(
            f"channel {wanted_channel!r} does not exist; set the billing node's channel to {' or '.join(Channel)}"
        )
    if buyer_kind is BuyerKind.PUBLIC:
        return Route(Channel.CHORUS, Rendering.CHORUS)
    if wanted_channel == Channel.CHORUS:
        raise RouteRefused(
            f"Chorus Pro takes invoices to public bodies only, this buyer is {buyer_kind}; "
            "set the billing node's channel to email, or its buyer_kind to public"
        )
    if buyer_kind is BuyerKind.BUSINESS and issued_on >= seller_ctc_emission_from:
        raise RouteRefused(
            f"since {seller_ctc_emission_from} this seller's invoices to French businesses leave through an approved "
            f"platform, e-mail alone is not enough for {issued_on}, and no platform connector is installed yet; "
            "correct the seller's ctc_emission_from if that date is wrong"
        )
    return Route(Channel.EMAIL, Rendering.CTC)


def delivery_id(invoice_number: str, channel: str, sha256: str) -> str:
    """Name a delivery by what is delivered: the same bytes on the same channel are the same delivery."""
    return f"{invoice_number}:{channel}:{sha256}"


def message_id(delivery: str, attempt_count: int, domain: str) -> str:
    """Derive the Message-ID of an attempt, so that a mailbox recognises a repeat: `<digest.1@domain>`."""
    return f"<{hashlib.sha256(delivery.encode()).hexdigest()[:32]}.{attempt_count}@{domain}>"


def poll_delay(polls: int, delays: Sequence[float]) -> float:
    """Seconds to wait after `polls` looks (from 0): each of `delays` in turn, then the last one for ever."""
    return float(delays[min(polls, len(delays) - 1)])


def chorus_file_name(invoice_number: str) -> str:
    """Name the deposited file in plain ASCII, under 50 characters: the number has 20 at most."""
    return f"{invoice_number}.pdf"


@dataclass(frozen=True, slots=True)
class ReceiverRules:
    """What a public body demands on its invoices, as Chorus Pro's directory says."""

    siret: str
    needs_service: bool
    needs_engagement: bool
    needs_either: bool  # a service code or an engagement number
    active_services: frozenset[str]


def addressing_faults(
    receiver: ReceiverRules | None, *, service_code: str | None, engagement_number: str | None
) -> list[str]:
    """Say what the receiver would reject, before anything is deposited; [] when nothing.

    Args:
        receiver: None when the directory does not know the SIRET.
        service_code: BT-10 of the invoice.
        engagement_number: BT-13.
    """
    if receiver is None:
        return ["Chorus Pro's directory does not know this SIRET; correct the buyer's siret"]
    faults = []
    if receiver.needs_service and not service_code:
        faults.append(f"{receiver.siret} demands a service code; fill buyer_reference (BT-10)")
    if receiver.needs_engagement and not engagement_number:
        faults.append(f"{receiver.siret} demands an engagement number; fill order_reference (BT-13)")
    if receiver.needs_either and not (service_code or engagement_number):
        faults.append(f"{receiver.siret} demands a service code or an engagement number; fill BT-10 or BT-13")
    if receiver.needs_service and service_code and service_code not in receiver.active_services:
        faults.append(f"{service_code} is no active service of {receiver.siret}; correct buyer_reference (BT-10)")
    return faults


@dataclass(frozen=True, slots=True)
class InvoiceMail:
    """What an e-mail says of the invoice that it carries."""

    invoice_number: str
    type_code: str  # BT-3: 380 invoice, 381 credit note
    issued_on: date
    due_on: date
    period_start: date
    period_end: date  # excluded
    gross_amount: Decimal
    currency_code: str
    seller_name: str
    seller_email: str
    seller_phone: str
    seller_website: str | None = None


def mail_subject(mail: InvoiceMail) -> str:
    """« Brumaire Télécom : votre facture FA-2026-000001 du 2 novembre 2026 »."""
    word = _document_word(mail)
    return f"{mail.seller_name}{NO_BREAK_SPACE}: votre {word} {mail.invoice_number} du {long_day(mail.issued_on)}"


def mail_body(mail: InvoiceMail) -> str:
    """The plain text beside the attached Factur-X; it ends with a newline."""
    is_credit = mail.type_code == CREDIT_NOTE
    months = period(mail.period_start, mail.period_end - timedelta(days=1))
    amount = "Montant de l’avoir" if is_credit else "Montant à payer"
    lines = [
        "Bonjour,",
        "",
        f"Vous trouverez ci-joint votre {_document_word(mail)} n°{NO_BREAK_SPACE}{mail.invoice_number} "
        f"du {long_day(mail.issued_on)}, pour la période {months}.",
        "",
        f"{amount}{NO_BREAK_SPACE}: {money(mail.gross_amount, mail.currency_code)}",
        *([] if is_credit else [f"Date d’échéance{NO_BREAK_SPACE}: {long_day(mail.due_on)}"]),
        "",
        f"Le fichier joint est au format Factur-X{NO_BREAK_SPACE}: ce PDF se lit à l’écran, "
        "et votre logiciel de comptabilité peut en reprendre les données.",
        "",
        f"Une question{NARROW_SPACE}? Répondez à ce message, ou écrivez à {mail.seller_email}.",
        "",
        "Cordialement,",
        "",
        mail.seller_name,
        mail.seller_phone.replace(" ", NO_BREAK_SPACE),
        *([mail.seller_website] if mail.seller_website else []),
    ]
    return "\n".join(lines) + "\n"


def _document_word(mail: InvoiceMail) -> str:
    return "avoir" if mail.type_code == CREDIT_NOTE else "facture"
