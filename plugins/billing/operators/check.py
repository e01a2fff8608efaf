"""A gate: Great Expectations over PostgreSQL. It runs after faults are held, so a failure stops the run."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseOperator, BaseOperatorLink, Context
from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowFailException

EXAMPLES = 5


def checks_page(dag_id: str, run_id: str) -> str:
    """The address of the page that shows what the gates said of a run."""
    base = conf.get("api", "base_url", fallback="") or "/"
    return f"{base.rstrip('/')}/releve/checks/{quote(dag_id, safe='')}/{quote(run_id, safe='')}"


class ChecksLink(BaseOperatorLink):
    """The button that leads from a gate's task to its page."""

    name = "Contrôles"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        return checks_page(ti_key.dag_id, ti_key.run_id)


class CheckOperator(BaseOperator):
    """Run one suite of `expectations/` and keep what it said, whatever that is.

    The log says which expectation failed, on how many rows, with five of them; the page shows the same to people.

    Args:
        suite: a module of `expectations/`: CHECKS by table, and `batches` when it looks at the run's rows only.
        run_id: the run whose rows are looked at.
    """

    template_fields: Sequence[str] = ("suite", "run_id")
    operator_extra_links = (ChecksLink(),)

    def __init__(self, *, suite: str, run_id: str = "{{ run_id }}", conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.suite = suite
        self.run_id = run_id
        self.conn_id = conn_id

    def execute(self, context: Context) -> dict[str, int]:
        from billing.hooks.checks import ChecksStore
        from billing.hooks.warehouse import WarehouseHook
        from expectations.runner import run_suite

        warehouse = WarehouseHook(self.conn_id)
        store, suite = ChecksStore(warehouse.get_conn), import_module(f"expectations.{self.suite}")
        run = {"dag_id": self.dag_id, "run_id": self.run_id, "task_id": self.task_id}
        looks_at_run = hasattr(suite, "batches")
        files = store.files_of_run(self.run_id) if looks_at_run else []
        outcomes = run_suite(suite.CHECKS, warehouse.get_uri(), suite.batches(files) if looks_at_run else None)
        store.replace_results(**run, suite=self.suite, outcomes=outcomes)

        for outcome in outcomes:
            self.log.info("%s  %s: %s", "passed" if outcome.success else "FAILED", outcome.table, outcome.description)
        failed = [outcome for outcome in outcomes if not outcome.success]
        for outcome in failed:
            self.log.error("%s: %s  %s rows", outcome.table, outcome.description, outcome.unexpected_count)
            for example in outcome.examples[:EXAMPLES]:
                self.log.error("  for example %s", example)
        self.log.info("The same for people: %s", checks_page(self.dag_id, self.run_id))
        if failed:
            # Not retried: the same rows would fail again. Mend the cause, then clear the task.
            raise AirflowFailException(
                f"{self.suite}: {len(failed)} of {len(outcomes)} expectations failed, first: {failed[0].description}"
            )
        if hasattr(suite, "median_prices"):
            store.replace_prices(**run, prices=suite.median_prices(files))
        return {"expectations": len(outcomes)}
