"""Deliver issued invoices: plan, send by e-mail, deposit at Chorus Pro. What became of each is in the register.

An invoice that the other side refuses is recorded and logged, and does not fail the task: the others go on. A task
fails, and is tried again, when a server cannot be reached.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from billing.hooks.archive import ArchiveHook
from billing.hooks.chorus import ChorusHook, ChorusUnauthorised
from billing.hooks.deliveries import DeliveriesStore, Delivery, DeliveryMoved, IssuedInvoice, PlannedDelivery
from billing.hooks.mail import MailHook, MailInDoubt, MailPostponed, MailRefused
from billing.hooks.warehouse import WarehouseHook
from billing.operators.deposit import ReadDocument, Waiting, deposit
from invoicing.delivery import Channel, DeliveryState, RouteRefused, delivery_id, message_id, route


class DocumentChanged(RuntimeError):
    """Archived bytes are gone, or are not those of the register."""


def deliveries_store() -> DeliveriesStore:
    """The deliveries of the billing database."""
    return DeliveriesStore(WarehouseHook().get_conn)


def archived_documents(root: Path) -> ReadDocument:
    """Read documents under the archive folder `root`.

    The function that it gives raises DocumentChanged when the bytes are not those that the delivery names.
    """

    def read(invoice: IssuedInvoice, delivery: Delivery) -> bytes:
        path = root / (invoice.archive_path or "")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DocumentChanged(
                f"{invoice.invoice_number}: {invoice.archive_path} cannot be read: {error.strerror}; restore it"
            ) from None
        if sha256(content).hexdigest() != delivery.sha256:
            raise DocumentChanged(
                f"{invoice.invoice_number}: {invoice.archive_path} is not the document that was issued "
                f"(SHA-256 {delivery.sha256[:12]}…); restore the archive"
            )
        return content

    return read


def plan_deliveries(store: DeliveriesStore, bill_run_id: str) -> list[str]:
    """Write a `requested` delivery for each invoice of a run that has a document and none yet; return their numbers.

    An invoice that may not take its channel gets a `failed` one that says why.
    """
    return store.plan([_planned(invoice) for invoice in store.issued(bill_run_id) if invoice.sha256])


def _planned(invoice: IssuedInvoice) -> PlannedDelivery:
    fault = None
    channel = Channel.CHORUS if invoice.channel == Channel.CHORUS else Channel.EMAIL
    try:
        way = route(invoice.ctc_emission_from, invoice.issued_on, invoice.buyer_kind, invoice.channel)
    except RouteRefused as error:
        fault = str(error)
    else:
        channel = way.channel
        if way.rendering != invoice.rendering:
            fault = f"issued in rendering {invoice.rendering}, channel {channel} reads {way.rendering}"
    recipient = (invoice.buyer_siret if channel is Channel.CHORUS else invoice.buyer_email) or ""
    if not recipient:
        fault = fault or f"the buyer has no {'siret' if channel is Channel.CHORUS else 'email'}; fill the billing node"
    sha = str(invoice.sha256)
    return PlannedDelivery(
        delivery_id=delivery_id(invoice.invoice_number, channel, sha),
        invoice_number=invoice.invoice_number,
        channel=channel,
        sha256=sha,
        recipient=recipient,
        state=DeliveryState.FAILED if fault else DeliveryState.REQUESTED,
        status_text=fault,
    )


class PlanDeliveriesOperator(BaseOperator):
    """Plan the deliveries of a bill run. XComs: `email` and `chorus`, the invoice numbers of each channel."""

    template_fields: Sequence[str] = ("bill_run_id",)

    def __init__(self, *, bill_run_id: str, **kwargs: Any) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.bill_run_id = bill_run_id

    def execute(self, context: Context) -> dict[str, list[str]]:
        store = deliveries_store()
        planned = plan_deliveries(store, self.bill_run_id)
        numbers: dict[str, list[str]] = {}
        for channel in Channel:
            deliveries = store.of_run(self.bill_run_id, channel)
            numbers[channel.value] = [delivery.invoice_number for delivery in deliveries]
            for delivery in deliveries:
                if delivery.state is DeliveryState.FAILED:
                    self.log.error("%s is not delivered: %s", delivery.invoice_number, delivery.status_text)
        for invoice in store.issued(self.bill_run_id):
            if invoice.sha256 is None:
                self.log.error("%s has no document yet and is not planned; issue it first", invoice.invoice_number)
        self.log.info("Planned %d deliveries of %s; by channel: %s", len(planned), self.bill_run_id, numbers)
        return numbers


class SendInvoicesOperator(BaseOperator):
    """Send the e-mails of a bill run, each once.

    An e-mail that was being handed over when the task died is `in_doubt` and is not sent again: SMTP cannot tell
    whether it was taken. A person asks the customer, then names it in `resend_in_doubt`, or confirms it
    (`DeliveriesStore.confirm_sent`).

    Args:
        resend_in_doubt: invoice numbers that a person decided to send again.
    """

    template_fields: Sequence[str] = ("bill_run_id", "resend_in_doubt")

    def __init__(self, *, bill_run_id: str, resend_in_doubt: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bill_run_id = bill_run_id
        self.resend_in_doubt = resend_in_doubt

    def execute(self, context: Context) -> dict[str, int]:
        """Return how many e-mails of the run are in each state."""
        store, hook = deliveries_store(), MailHook()
        read_document = archived_documents(ArchiveHook().root)
        self._settle_doubts(store)
        postponed = []
        try:
            for delivery in store.of_run(self.bill_run_id, Channel.EMAIL, [DeliveryState.REQUESTED]):
                after = self._send(store, hook, read_document, delivery)
                if after.state is DeliveryState.REQUESTED:
                    postponed.append(after.invoice_number)
        finally:
            hook.close()
        counts = {state: n for (channel, state), n in store.counts(self.bill_run_id).items() if channel == "email"}
        self.log.info("E-mails of %s: %s", self.bill_run_id, counts)
        if postponed:
            raise AirflowException(
                f"{len(postponed)} e-mails of {self.bill_run_id} could not leave, first {postponed[0]}; "
                "the reasons are above: try again"
            )
        return counts

    def _settle_doubts(self, store: DeliveriesStore) -> None:
        for delivery in store.of_run(self.bill_run_id, Channel.EMAIL, [DeliveryState.SENDING]):
            store.move(delivery, DeliveryState.IN_DOUBT, status_text="the task died while handing it over")
        for delivery in store.of_run(self.bill_run_id, Channel.EMAIL, [DeliveryState.IN_DOUBT]):
            if delivery.invoice_number in self.resend_in_doubt:
                store.request_again(delivery.invoice_number, Channel.EMAIL)
            else:
                self.log.error(
                    "%s may have been sent, and is not sent again: ask the customer, then resend or confirm it",
                    delivery.invoice_number,
                )

    def _send(
        self, store: DeliveriesStore, hook: MailHook, read_document: ReadDocument, delivery: Delivery
    ) -> Delivery:
        invoice = store.invoice(delivery.invoice_number)
        domain = invoice.seller_email.rpartition("@")[2]
        identity = message_id(delivery.delivery_id, delivery.attempt_count + 1, domain)
        client = hook.client
        try:
            message = hook.message(
                invoice.mail, recipient=delivery.recipient, message_id=identity, sent_at=datetime.now(UTC),
                file_name=invoice.file_name or f"{invoice.invoice_number}.pdf",
                content=read_document(invoice, delivery),
            )  # fmt: skip
        except DocumentChanged as error:
            self.log.error("%s", error)
            return delivery
        except ValueError as error:
            return self._record(store, delivery, DeliveryState.FAILED, str(error))
        delivery = store.move(delivery, DeliveryState.SENDING, new_attempt=True, message_id=identity, status_text=None)
        try:
            hook.send(message, client)
        except MailRefused as error:
            return self._record(store, delivery, DeliveryState.FAILED, str(error))
        except MailPostponed as error:
            return self._record(store, delivery, DeliveryState.REQUESTED, str(error))
        except MailInDoubt as error:
            return self._record(store, delivery, DeliveryState.IN_DOUBT, str(error))
        self.log.info("%s sent", delivery.invoice_number)
        return _mark_sent(store, delivery)

    def _record(self, store: DeliveriesStore, delivery: Delivery, state: DeliveryState, text: str) -> Delivery:
        self.log.error("%s is %s: %s", delivery.invoice_number, state, text)
        return store.move(delivery, state, status_text=text)


def _mark_sent(store: DeliveriesStore, delivery: Delivery) -> Delivery:
    """The server took it: true even if a retry, started meanwhile, already called it in doubt."""
    try:
        return store.move(delivery, DeliveryState.SENT)
    except DeliveryMoved:
        now = store.delivery(delivery.invoice_number, Channel.EMAIL)
        if now.state is not DeliveryState.IN_DOUBT or now.attempt_count != delivery.attempt_count:
            raise
        return store.move(now, DeliveryState.SENT, status_text=None)


class DepositChorusOperator(BaseOperator):
    """Deposit one invoice at Chorus Pro, once; waits deferred while an earlier deposit may still turn up.

    A refused deposit is recorded as `failed` with Chorus Pro's words. Returns the state of the delivery.
    """

    template_fields: Sequence[str] = ("invoice_number",)

    def __init__(self, *, invoice_number: str, chorus_conn_id: str = "chorus_pro", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.invoice_number = invoice_number
        self.chorus_conn_id = chorus_conn_id

    def execute(self, context: Context) -> str:
        return self.resume(context)

    def resume(self, context: Context, event: Any = None, polls: int = 0) -> str:
        """Deposit, or wait and come back here."""
        read_document = archived_documents(ArchiveHook().root)
        try:
            result = deposit(
                deliveries_store(), ChorusHook(self.chorus_conn_id), self.invoice_number, read_document, polls
            )
        except (ChorusUnauthorised, DocumentChanged) as error:
            raise AirflowFailException(str(error)) from None  # a retry would find the same
        if isinstance(result, Waiting):
            self.defer(
                trigger=TimeDeltaTrigger(timedelta(seconds=result.seconds)),
                method_name="resume",
                kwargs={"polls": polls + 1},
            )
        if result.state is DeliveryState.FAILED:
            self.log.error("%s is not deposited: %s", self.invoice_number, result.status_text)
        else:
            self.log.info("%s is %s, flow %s", self.invoice_number, result.state, result.flow_number)
        return result.state.value
