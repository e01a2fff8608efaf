"""A gate: Great Expectations over PostgreSQL. It runs after faults are held, so a failure stops the run."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException

EXAMPLES = 5


class CheckOperator(BaseOperator):
    """Run one suite of `expectations/`; the log says which expectation failed, on how many rows, with five of them."""

    template_fields: Sequence[str] = ("suite",)

    def __init__(self, *, suite: str, conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.suite = suite
        self.conn_id = conn_id

    def execute(self, context: Context) -> dict[str, int]:
        from billing.hooks.warehouse import WarehouseHook
        from expectations.runner import run_suite

        checks = import_module(f"expectations.{self.suite}").CHECKS
        outcomes = run_suite(checks, WarehouseHook(self.conn_id).get_uri())
        failed = [outcome for outcome in outcomes if not outcome.success]
        for outcome in outcomes:
            self.log.info("%s  %s: %s", "passed" if outcome.success else "FAILED", outcome.table, outcome.description)
        for outcome in failed:
            self.log.error("%s: %s  %s rows", outcome.table, outcome.description, outcome.unexpected_count)
            for example in outcome.examples[:EXAMPLES]:
                self.log.error("  for example %s", example)
        if failed:
            # Not retried: the same rows would fail again. Mend the cause, then clear the task.
            raise AirflowFailException(
                f"{self.suite}: {len(failed)} of {len(outcomes)} expectations failed, first: {failed[0].description}"
            )
        return {"expectations": len(outcomes)}
