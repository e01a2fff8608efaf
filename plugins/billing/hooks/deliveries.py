"""Deliveries in PostgreSQL: what is planned, what may have left, what the other side said. One method, one transaction.

Every change names the state and the attempt that it found: of two processes that hold the same delivery, one wins.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from billing.hooks import deliveries_sql as sql
from invoicing.delivery import Channel, DeliveryState, InvoiceMail
from invoicing.invoice import BuyerKind

Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]


class DeliveryMoved(RuntimeError):
    """Another process changed the delivery since it was read."""


class NoSuchDelivery(LookupError):
    """The invoice has no delivery on this channel."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of `register.deliveries`; `age_seconds` since its last change, by the database's clock."""

    delivery_id: str
    invoice_number: str
    channel: str
    sha256: str
    state: DeliveryState
    attempt_count: int
    recipient: str
    flow_number: str | None
    message_id: str | None
    status_text: str | None
    age_seconds: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", DeliveryState(self.state))


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """What delivering an invoice needs to know of it; the document's fields are None until it is archived."""

    invoice_number: str
    type_code: str
    rendering: str
    channel: str  # as wanted by the billing node
    issued_on: date
    due_on: date
    period_start: date
    period_end: date  # excluded
    gross_amount: Decimal
    currency_code: str
    ctc_emission_from: date
    seller_siret: str
    seller_name: str
    seller_email: str
    seller_phone: str
    seller_website: str | None
    buyer_kind: BuyerKind
    buyer_email: str | None
    buyer_siret: str | None
    service_code: str | None  # BT-10
    engagement_number: str | None  # BT-13
    file_name: str | None
    archive_path: str | None
    sha256: str | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "buyer_kind", BuyerKind(self.buyer_kind))

    @property
    def mail(self) -> InvoiceMail:
        """What an e-mail says of it."""
        return InvoiceMail(
            invoice_number=self.invoice_number, type_code=self.type_code, issued_on=self.issued_on, due_on=self.due_on,
            period_start=self.period_start, period_end=self.period_end, gross_amount=self.gross_amount,
            currency_code=self.currency_code, seller_name=self.seller_name, seller_email=self.seller_email,
            seller_phone=self.seller_phone, seller_website=self.seller_website,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A row to write: `requested`, or `failed` from the start with the reason in `status_text`."""

    delivery_id: str
    invoice_number: str
    channel: Channel
    sha256: str
    recipient: str
    state: DeliveryState = DeliveryState.REQUESTED
    status_text: str | None = None


class DeliveriesStore:
    """Reads issued invoices, writes `register.deliveries`.

    Args:
        connect: gives a psycopg connection as a context manager that commits and closes; or the DSN to open one.
    """

    def __init__(self, connect: Connect | str) -> None:
        self._connect: Connect = (lambda: psycopg.connect(connect)) if isinstance(connect, str) else connect

    def issued(self, bill_run_id: str) -> list[IssuedInvoice]:
        """Every invoice of a bill run, with its Factur-X when it has one, by number."""
        with self._connect() as conn, conn.cursor(row_factory=class_row(IssuedInvoice)) as cursor:
            return cursor.execute(sql.ISSUED_OF_RUN, {"bill_run_id": bill_run_id}).fetchall()

    def invoice(self, invoice_number: str) -> IssuedInvoice:
        """One issued invoice.

        Raises:
            LookupError: no such number in the register.
        """
        with self._connect() as conn, conn.cursor(row_factory=class_row(IssuedInvoice)) as cursor:
            found = cursor.execute(sql.ISSUED_INVOICE, {"invoice_number": invoice_number}).fetchone()
        if found is None:
            raise LookupError(f"no invoice {invoice_number} in register.invoices; issue it before delivering it")
        return found

    def plan(self, rows: Sequence[PlannedDelivery]) -> list[str]:
        """Write the deliveries that are not there yet; return the invoice numbers that got one.

        A delivery that was rejected or failed stays as it is: `request_again` is a person's decision.
        """
        planned = []
        with self._connect() as conn, conn.cursor() as cursor:
            for row in rows:
                cursor.execute(
                    sql.PLAN,
                    {
                        "delivery_id": row.delivery_id, "invoice_number": row.invoice_number,
                        "channel": row.channel.value, "sha256": row.sha256, "recipient": row.recipient,
                        "state": row.state.value, "status_text": row.status_text,
                    },
                )  # fmt: skip
                if cursor.rowcount:
                    planned.append(row.invoice_number)
        return planned

    def of_run(self, bill_run_id: str, channel: Channel, states: Sequence[DeliveryState] = ()) -> list[Delivery]:
        """The latest delivery of each invoice of a run on a channel, by number; in `states` only, when given."""
        values = {"bill_run_id": bill_run_id, "channel": channel.value}
        with self._connect() as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
            rows = cursor.execute(sql.LATEST_OF_RUN, values).fetchall()
        return [row for row in rows if not states or row.state in states]

    def delivery(self, invoice_number: str, channel: Channel) -> Delivery:
        """The live delivery of an invoice on a channel, or the last that ended.

        Raises:
            NoSuchDelivery: nothing is planned.
        """
        values = {"invoice_number": invoice_number, "channel": channel.value}
        with self._connect() as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
            found = cursor.execute(sql.LATEST_OF_INVOICE, values).fetchone()
        if found is None:
            raise NoSuchDelivery(
                f"invoice {invoice_number} has no delivery on channel {channel}; plan the deliveries of its bill run"
            )
        return found

    def move(
        self, delivery: Delivery, state: DeliveryState, *, new_attempt: bool = False, **facts: str | None
    ) -> Delivery:
        """Move a delivery from the state in which it was read to another, and keep facts of it.

        Args:
            new_attempt: count one more attempt; committed before the bytes leave.
            facts: any of `flow_number`, `message_id`, `status_text`; the others stay.

        Raises:
            DeliveryMoved: another process was faster; read it again.
        """
        values: Mapping[str, Any] = {
            "delivery_id": delivery.delivery_id, "from_state": delivery.state.value,
            "from_attempt": delivery.attempt_count, "state": state.value,
            "attempt_count": delivery.attempt_count + int(new_attempt),
            **{name: facts.get(name, getattr(delivery, name)) for name in sql.FACTS},
        }  # fmt: skip
        with self._connect() as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
            moved = cursor.execute(sql.MOVE, values).fetchone()
        if moved is None:
            raise DeliveryMoved(
                f"delivery of {delivery.invoice_number} by {delivery.channel} is no longer {delivery.state} at attempt "
                f"{delivery.attempt_count}: another task works on it; this one stops here, its retry reads what became"
            )
        return moved

    def request_again(self, invoice_number: str, channel: Channel, *, recipient: str | None = None) -> Delivery:
        """A person's decision: send once more what was rejected, failed or is in doubt, to a corrected recipient.

        Raises:
            NoSuchDelivery: nothing is planned, or the delivery does not wait for a person.
        """
        return self._settle(sql.REQUEST_AGAIN, invoice_number, channel, recipient=recipient)

    def confirm_sent(self, invoice_number: str, *, said_by: str) -> Delivery:
        """A person's decision: the customer has the e-mail that was in doubt.

        Raises:
            NoSuchDelivery: no e-mail of this invoice is in doubt.
        """
        return self._settle(
            sql.CONFIRM_SENT, invoice_number, Channel.EMAIL, status_text=f"receipt confirmed by {said_by}"
        )

    def counts(self, bill_run_id: str | None = None) -> dict[tuple[str, str], int]:
        """How many deliveries are in each (channel, state), of one bill run or of all."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(sql.COUNTS, {"bill_run_id": bill_run_id}).fetchall()
        return {(row["channel"], row["state"]): row["delivery_count"] for row in rows}

    def _settle(self, statement: str, invoice_number: str, channel: Channel, **values: str | None) -> Delivery:
        found = self.delivery(invoice_number, channel)
        with self._connect() as conn, conn.cursor(row_factory=class_row(Delivery)) as cursor:
            settled = cursor.execute(statement, {"delivery_id": found.delivery_id, **values}).fetchone()
        if settled is None:
            raise NoSuchDelivery(
                f"delivery of {invoice_number} by {channel} is {found.state}: nothing waits for a person's decision"
            )
        return settled
