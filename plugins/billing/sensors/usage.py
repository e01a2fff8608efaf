"""Wait for the delivery that a source's rhythm promises, until it has come or its lateness has passed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseSensorOperator, Context, PokeReturnValue
from airflow.sdk.exceptions import AirflowFailException

from billing.operators.land import SOURCES_FOLDER

GRACE = timedelta(hours=1)  # for a triggerer that was down when the lateness passed


class UsageDeliverySensor(BaseSensorOperator):
    """Wait for a source's delivery of the last Paris day; return `delivered`, `silent` or `not_expected`.

    `silent`: nothing came within the declared lateness. The task succeeds, so that the other sources are landed and the
    completeness report speaks; with `is_silence_failure` it fails.

    Args:
        source: code of its description.
        day_is_over_at: an instant of the day after, in ISO 8601; by default when the run was due.
        deferrable: wait in the triggerer, without a worker.
    """

    template_fields: Sequence[str] = ("source", "day_is_over_at")

    def __init__(
        self,
        *,
        source: str,
        day_is_over_at: str = "{{ dag_run.run_after.isoformat() }}",
        deferrable: bool = True,
        is_silence_failure: bool = False,
        poke_interval: int = 300,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **kwargs)
        self.source = source
        self.day_is_over_at = day_is_over_at
        self.deferrable = deferrable
        self.is_silence_failure = is_silence_failure

    def execute(self, context: Context) -> str:
        if not self.deferrable:
            state: str = super().execute(context)
            return state
        found = self.poke(context)
        if found.is_done:
            return str(found.xcom_value)
        from billing.triggers.usage import UsageDeliveryTrigger

        awaited = self._awaited()
        trigger = UsageDeliveryTrigger(
            self.source, awaited.since.isoformat(), awaited.silent_at.isoformat(), int(self.poke_interval)
        )
        left = awaited.silent_at - datetime.now(UTC) + GRACE
        return self.defer(trigger=trigger, method_name="resume", timeout=left)

    def resume(self, context: Context, event: Any = None) -> str:
        """End as the trigger saw it."""
        report = event if isinstance(event, dict) else {}
        if "error" in report:
            raise AirflowFailException(report["error"])
        return self._ended(report["state"])

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        from billing.hooks.usage_drop import RoadCut, RoadRefused
        from billing.hooks.usage_roads import delivered
        from invoicing.usage.arrivals import arrival_coded, load_arrivals

        awaited = self._awaited()
        if awaited is None:
            return PokeReturnValue(is_done=True, xcom_value="not_expected")
        arrivals = load_arrivals(SOURCES_FOLDER)
        try:
            if delivered(arrival_coded(self.source, arrivals), arrivals, awaited.since):
                return PokeReturnValue(is_done=True, xcom_value=self._ended("delivered"))
        except RoadRefused as error:
            raise AirflowFailException(str(error)) from None
        except RoadCut as error:
            self.log.warning("Source %s: %s; waiting", self.source, error)
        if datetime.now(UTC) >= awaited.silent_at:
            return PokeReturnValue(is_done=True, xcom_value=self._ended("silent"))
        return PokeReturnValue(is_done=False)

    def _awaited(self) -> Any:
        """What the rhythm promises for the last Paris day; None when it promises nothing."""
        from invoicing.usage.arrivals import arrival_coded, load_arrivals
        from invoicing.usage.windows import expected, past_windows

        arrival = arrival_coded(self.source, load_arrivals(SOURCES_FOLDER))
        [window] = past_windows(datetime.fromisoformat(self.day_is_over_at), 1)
        return expected(arrival.every, arrival.lateness_hours, window.day)

    def _ended(self, state: str) -> str:
        if state == "silent":
            words = f"source {self.source} is silent: nothing came within its lateness; ask the supplier"
            if self.is_silence_failure:
                raise AirflowFailException(words)
            self.log.warning("%s", words)
        return state
