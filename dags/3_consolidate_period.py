"""Consolidate a period: rated usage, subscriptions and one-offs become charges, then drafts on the customer's tree.

Starts: on the 2nd at 04:00 UTC for the month before, or by hand with the period and the issue date.
Gives: the asset `invoices_ready`. Run again: the drafts are replaced; what was issued is never billed twice.
"""

from airflow.sdk import Param, dag, task
from cosmos import DbtTaskGroup

from billing.assets import INVOICES_READY
from billing.defaults import DAG_DEFAULTS, DBT_PROJECT, cron, dbt_models
from billing.operators.check import CheckOperator
from billing.operators.issue import RehearseDraftsOperator

RUN = "{{ ti.xcom_pull(task_ids='open_bill_run')['%s'] }}"


@dag(
    dag_id="consolidate_period",
    schedule=cron("0 4 2 * *"),
    tags=["consolidate"],
    doc_md=__doc__,
    params={
        "seller_code": Param("BRUMAIRE", type="string", description="Who invoices."),
        "period_start": Param(None, type=["null", "string"], format="date", description="Empty: the month before."),
        "issued_on": Param(None, type=["null", "string"], format="date", description="Empty: today in Paris."),
    },
    **DAG_DEFAULTS,
)
def consolidate_period():
    @task
    def open_bill_run(params: dict, run_id: str) -> dict[str, str]:
        """Fix what the run looks at: period, issue date, `as_of`. A retry finds the same bill run."""
        from airflow.sdk.timezone import utcnow

        from billing.hooks.register import RegisterStore
        from billing.hooks.warehouse import WarehouseHook
        from billing.version import code_version
        from invoicing.periods import bill_run_dates

        dates = bill_run_dates(utcnow(), params["period_start"], params["issued_on"])
        store = RegisterStore(WarehouseHook().get_conn)
        bill_run_id = store.open_bill_run(
            seller_code=params["seller_code"],
            period_start=dates.period_start,
            period_end=dates.period_end,
            issued_on=dates.issued_on,
            as_of=utcnow(),
            code_version=code_version(),
            run_key=run_id,
        )
        run = store.bill_run(bill_run_id)
        return {name: str(run[name]) for name in ("bill_run_id", "as_of", "period_start", "period_end", "issued_on")}

    consolidated = DbtTaskGroup(
        group_id="consolidate",
        render_config=dbt_models("consolidate"),
        operator_args={
            "vars": {name: RUN % name for name in ("bill_run_id", "as_of", "period_start", "period_end", "issued_on")}
        },
        **DBT_PROJECT,
    )
    rehearsed = RehearseDraftsOperator(task_id="rehearse_drafts", bill_run_id=RUN % "bill_run_id")
    gate = CheckOperator(task_id="check_invoices_ready", suite="invoices_ready")

    @task.short_circuit
    def seal_drafts(ti) -> bool:
        """Seal what was checked: its digest is what a person approves. Without drafts there is nothing to approve."""
        from billing.hooks.register import RegisterStore
        from billing.hooks.warehouse import WarehouseHook

        run = RegisterStore(WarehouseHook().get_conn).close_drafts(
            ti.xcom_pull(task_ids="open_bill_run")["bill_run_id"]
        )
        return run["draft_count"] > 0

    @task(outlets=[INVOICES_READY])
    def release(ti, outlet_events) -> None:
        outlet_events[INVOICES_READY].extra = {
            "bill_run_id": ti.xcom_pull(task_ids="open_bill_run")["bill_run_id"],
        }

    open_bill_run() >> consolidated >> rehearsed >> gate >> seal_drafts() >> release()


consolidate_period()
