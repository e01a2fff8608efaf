"""Following one flow of Chorus Pro from the triggerer, without a worker: minutes to hours pass between two looks."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from billing.hooks.chorus import ChorusError, ChorusHook, ChorusSettings, ChorusUnavailable
from invoicing.chorus import FlowOutcome
from invoicing.delivery import poll_delay

WAITING = (FlowOutcome.PENDING, FlowOutcome.UNKNOWN)
LONG_WAIT_SECONDS = 24 * 3600.0  # then somebody should look at the flow in Chorus Pro


class ChorusFlowTrigger(BaseTrigger):
    """Look at a flow, with back-off, until it has ended; the event is `{outcome, text}`, or `{error}`.

    A technical failure is waited out. An unknown state is logged and polled on: it is neither success nor failure.
    """

    def __init__(self, flow_number: str, invoice_number: str, chorus_conn_id: str = "chorus_pro") -> None:
        super().__init__()
        self.flow_number = flow_number
        self.invoice_number = invoice_number
        self.chorus_conn_id = chorus_conn_id

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "billing.triggers.chorus.ChorusFlowTrigger",
            {
                "flow_number": self.flow_number,
                "invoice_number": self.invoice_number,
                "chorus_conn_id": self.chorus_conn_id,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        try:
            connection = await ChorusHook.aget_connection(self.chorus_conn_id)
            hook = ChorusHook(self.chorus_conn_id, ChorusSettings.from_connection(connection))
            yield TriggerEvent(await self._follow(hook))
        except ChorusError as error:
            yield TriggerEvent({"error": str(error)})

    async def _follow(self, hook: ChorusHook) -> dict[str, str]:
        polls, waited, last_seen = 0, 0.0, ""
        while True:
            try:
                report = await asyncio.to_thread(hook.flow, self.flow_number, self.invoice_number)
            except ChorusUnavailable as error:
                self.log.warning("Flow %s of %s: %s; waiting", self.flow_number, self.invoice_number, error)
            else:
                if report.outcome not in WAITING:
                    return {
                        "outcome": report.outcome.value, "text": report.text, "flow_number": self.flow_number,
                    }  # fmt: skip
                if report.text != last_seen:
                    level = self.log.warning if report.outcome is FlowOutcome.UNKNOWN else self.log.info
                    level("Flow %s of %s is %s: %s", self.flow_number, self.invoice_number, report.outcome, report.text)
                    last_seen = report.text
            delay = poll_delay(polls, hook.settings.poll_seconds)
            if waited < LONG_WAIT_SECONDS <= waited + delay:
                self.log.warning(
                    "Flow %s of %s has not ended after 24 h; look at it in Chorus Pro",
                    self.flow_number, self.invoice_number,
                )  # fmt: skip
            await asyncio.sleep(delay)
            polls, waited = polls + 1, waited + delay
