"""The steps of a deposit at Chorus Pro. Whatever is killed between two of them, one flow carries the invoice.

`requested`: nothing has left. `sending`, committed before the call: it may have left, so search first, and deposit
again only when the search stays empty for `doubt_seconds`. `deposited`: the flow number is known, follow it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from billing.hooks.chorus import AnswerLost, ChorusHook, ChorusRefused, ChorusUnauthorised, ChorusUnavailable
from billing.hooks.deliveries import DeliveriesStore, Delivery, IssuedInvoice
from invoicing.chorus import FlowOutcome, FoundInvoice
from invoicing.delivery import Channel, DeliveryState, addressing_faults, chorus_file_name, poll_delay

log = logging.getLogger(__name__)

UNDER_WAY = (DeliveryState.REQUESTED, DeliveryState.SENDING)
MAXIMUM_ATTEMPTS = 5

ReadDocument = Callable[[IssuedInvoice, Delivery], bytes]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing to do for so many seconds."""

    seconds: float


def deposit(
    store: DeliveriesStore, hook: ChorusHook, invoice_number: str, read_document: ReadDocument, polls: int = 0
) -> Delivery | Waiting:
    """Deposit an invoice, unless it is or may be there already.

    Args:
        read_document: gives the archived bytes, checked against the register.
        polls: how many times the caller has waited already.

    Returns:
        The delivery: deposited, or ended (`failed` keeps the reason); or how long to wait before calling again.

    Raises:
        ChorusUnavailable, ChorusUnauthorised: nothing left; the delivery stays `requested`.
    """
    delivery = store.delivery(invoice_number, Channel.CHORUS)
    if delivery.state not in UNDER_WAY:
        return delivery
    invoice = store.invoice(invoice_number)
    found = hook.find_invoice(invoice_number, invoice.seller_siret)
    if found is not None:
        return _adopt(store, delivery, invoice, found)
    pause = poll_delay(polls, hook.settings.poll_seconds)
    doubt_left = hook.settings.doubt_seconds - delivery.age_seconds
    if delivery.state is DeliveryState.SENDING and doubt_left > 0:
        log.info("%s may have been deposited and is not found yet; %.0f s of doubt left", invoice_number, doubt_left)
        return Waiting(min(doubt_left, pause))
    faults = _faults(hook, invoice, delivery)
    if faults:
        return store.move(delivery, DeliveryState.FAILED, status_text="; ".join(faults))
    content = read_document(invoice, delivery)
    hook.get_conn()  # wrong credentials stop here, before the delivery is marked
    delivery = store.move(delivery, DeliveryState.SENDING, new_attempt=True)
    try:
        flow_number = hook.deposit(chorus_file_name(invoice_number), content)
    except AnswerLost as error:
        log.warning("%s: %s; searching before another deposit", invoice_number, error)
        return Waiting(min(hook.settings.doubt_seconds, pause))
    except ChorusRefused as error:
        return store.move(delivery, DeliveryState.FAILED, status_text=str(error))
    except (ChorusUnavailable, ChorusUnauthorised) as error:
        store.move(delivery, DeliveryState.REQUESTED, status_text=str(error))
        raise
    return store.move(delivery, DeliveryState.DEPOSITED, flow_number=flow_number, status_text=None)


def conclude(store: DeliveriesStore, hook: ChorusHook, delivery: Delivery, outcome: FlowOutcome, text: str) -> Delivery:
    """Record how a flow ended: accepted, rejected with its labels, or `requested` again after an incident."""
    if outcome is FlowOutcome.ACCEPTED:
        return store.move(delivery, DeliveryState.ACCEPTED, status_text=text)
    if outcome is FlowOutcome.INCIDENT:
        state = DeliveryState.FAILED if delivery.attempt_count >= MAXIMUM_ATTEMPTS else DeliveryState.REQUESTED
        return store.move(delivery, state, flow_number=None, status_text=f"{delivery.flow_number}: {text}")
    # A rejected duplicate of our own invoice is no rejection: an earlier deposit, whose answer was lost, went through.
    invoice = store.invoice(delivery.invoice_number)
    found = hook.find_invoice(delivery.invoice_number, invoice.seller_siret)
    if found is not None and found.flow_number != delivery.flow_number and _is_same(found, invoice):
        return store.move(
            delivery, DeliveryState.ACCEPTED, flow_number=found.flow_number, status_text=f"duplicate of itself: {text}"
        )
    return store.move(delivery, DeliveryState.REJECTED, status_text=text)


def _adopt(store: DeliveriesStore, delivery: Delivery, invoice: IssuedInvoice, found: FoundInvoice) -> Delivery:
    if not _is_same(found, invoice):
        return store.move(
            delivery,
            DeliveryState.FAILED,
            status_text=f"Chorus Pro already holds {invoice.invoice_number} with another total, {found.gross_amount}; "
            "find out who deposited it",
        )
    log.info("%s is in Chorus Pro already (flow %s); nothing deposited", invoice.invoice_number, found.flow_number)
    if found.flow_number is None:
        return store.move(delivery, DeliveryState.ACCEPTED, status_text=f"found in Chorus Pro: {found.status}")
    return store.move(delivery, DeliveryState.DEPOSITED, flow_number=found.flow_number, status_text=None)


def _is_same(found: FoundInvoice, invoice: IssuedInvoice) -> bool:
    return found.gross_amount is None or abs(found.gross_amount) == abs(invoice.gross_amount)


def _faults(hook: ChorusHook, invoice: IssuedInvoice, delivery: Delivery) -> list[str]:
    return addressing_faults(
        hook.receiver(delivery.recipient),
        service_code=invoice.service_code,
        engagement_number=invoice.engagement_number,
    )
