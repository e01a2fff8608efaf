"""Waiting for a supplier's delivery in the triggerer, without a worker: hours pass between two of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from billing.hooks.usage_drop import RoadCut, RoadRefused
from billing.hooks.usage_roads import delivered
from billing.operators.land import SOURCES_FOLDER
from invoicing.usage.arrivals import arrival_coded, load_arrivals
from invoicing.usage.windows import Expected


class UsageDeliveryTrigger(BaseTrigger):
    """Look at a source's road until a delivery has come or the source is silent.

    The event is `{state: delivered | silent}`, or `{error}` when a person must act. A server that cannot be reached is
    waited out: it may answer before the source is late.

    Args:
        source: code of its description.
        since, silent_at: instants in ISO 8601; a delivery counts from the first on, silence from the second on.
    """

    def __init__(self, source: str, since: str, silent_at: str, poll_seconds: int = 300) -> None:
        super().__init__()
        self.source = source
        self.since = since
        self.silent_at = silent_at
        self.poll_seconds = poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "billing.triggers.usage.UsageDeliveryTrigger",
            {
                "source": self.source, "since": self.since, "silent_at": self.silent_at,
                "poll_seconds": self.poll_seconds,
            },
        )  # fmt: skip

    async def run(self) -> AsyncIterator[TriggerEvent]:
        awaited = Expected(datetime.fromisoformat(self.since), datetime.fromisoformat(self.silent_at))
        try:
            yield TriggerEvent({"state": await self._wait(awaited)})
        except RoadRefused as error:
            yield TriggerEvent({"error": str(error)})

    async def _wait(self, awaited: Expected) -> str:
        while True:
            try:
                if await asyncio.to_thread(self._look, awaited):  # it speaks to a server: never on the loop itself
                    return "delivered"
            except RoadCut as error:
                self.log.warning("Source %s: %s; waiting", self.source, error)
            left = (awaited.silent_at - datetime.now(UTC)).total_seconds()
            if left <= 0:
                return "silent"
            await asyncio.sleep(min(self.poll_seconds, left))

    def _look(self, awaited: Expected) -> list[str]:
        arrivals = load_arrivals(SOURCES_FOLDER)
        return delivered(arrival_coded(self.source, arrivals), arrivals, awaited.since)
