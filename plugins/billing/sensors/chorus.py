"""Follow one invoice through Chorus Pro until its flow has ended."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
from airflow.sdk import BaseSensorOperator, Context
from airflow.sdk.exceptions import AirflowFailException

from billing.hooks.archive import ArchiveHook
from billing.hooks.chorus import ChorusHook, ChorusUnauthorised
from billing.operators.deliver import DocumentChanged, archived_documents, deliveries_store
from billing.operators.deposit import UNDER_WAY, Waiting, conclude, deposit
from billing.triggers.chorus import ChorusFlowTrigger
from invoicing.chorus import FlowOutcome
from invoicing.delivery import Channel, DeliveryState


class ChorusFlowSensor(BaseSensorOperator):
    """Wait, deferred, for the end of an invoice's flow; return the state of its delivery.

    `accepted`: integrated. `rejected`: Chorus Pro's labels are kept in the register and logged, and the task still
    succeeds: one rejected invoice waits for a person, and holds neither the run nor the other invoices. An incident
    of the platform deposits the same file again, a few times at most.
    """

    template_fields: Sequence[str] = ("invoice_number",)

    def __init__(
        self,
        *,
        invoice_number: str,
        chorus_conn_id: str = "chorus_pro",
        timeout: timedelta | float = timedelta(days=7),
        **kwargs: Any,
    ) -> None:
        super().__init__(timeout=timeout, **kwargs)
        self.invoice_number = invoice_number
        self.chorus_conn_id = chorus_conn_id

    def execute(self, context: Context) -> str:
        return self.resume(context)

    def resume(self, context: Context, event: Any = None, polls: int = 0) -> str:
        """Record what the trigger saw, then wait again or end."""
        store, hook = deliveries_store(), ChorusHook(self.chorus_conn_id)
        report = event if isinstance(event, dict) else {}
        if "error" in report:
            raise AirflowFailException(f"{self.invoice_number}: {report['error']}")
        delivery = store.delivery(self.invoice_number, Channel.CHORUS)
        is_followed = delivery.state is DeliveryState.DEPOSITED and delivery.flow_number == report.get("flow_number")
        if is_followed:
            delivery = conclude(store, hook, delivery, FlowOutcome(report["outcome"]), report["text"])
        if delivery.state in UNDER_WAY:
            try:
                result = deposit(store, hook, self.invoice_number, archived_documents(ArchiveHook().root), polls)
            except (ChorusUnauthorised, DocumentChanged) as error:
                raise AirflowFailException(str(error)) from None
            if isinstance(result, Waiting):
                pause = TimeDeltaTrigger(timedelta(seconds=result.seconds))
                self.defer(trigger=pause, method_name="resume", kwargs={"polls": polls + 1}, timeout=self.timeout)
            delivery = result
        if delivery.state is DeliveryState.DEPOSITED:
            follow = ChorusFlowTrigger(str(delivery.flow_number), self.invoice_number, self.chorus_conn_id)
            self.defer(trigger=follow, method_name="resume", timeout=self.timeout)
        if delivery.state is DeliveryState.ACCEPTED:
            self.log.info("%s is in Chorus Pro: flow %s", self.invoice_number, delivery.flow_number)
        else:
            self.log.error(
                "%s is %s and waits for a person: %s", self.invoice_number, delivery.state, delivery.status_text
            )
        return delivery.state.value
