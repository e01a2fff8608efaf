"""Deliver: issued invoices go out, public bodies' to Chorus Pro, the others by e-mail, and their status comes back.

Starts: when invoices are issued, or by hand with a bill run. Run again: nothing is deposited or sent twice.
"""

from airflow.sdk import Param, dag, task

from billing.assets import INVOICES_ISSUED
from billing.defaults import DAG_DEFAULTS
from billing.operators.deliver import DepositChorusOperator, PlanDeliveriesOperator, SendInvoicesOperator
from billing.sensors.chorus import ChorusFlowSensor

BILL_RUN = "{{ ti.xcom_pull(task_ids='bill_run') }}"


@dag(
    dag_id="deliver_invoices",
    schedule=[INVOICES_ISSUED],
    tags=["deliver"],
    doc_md=__doc__,
    params={"bill_run_id": Param(None, type=["null", "string"], description="Empty: the invoices just issued.")},
    **DAG_DEFAULTS,
)
def deliver_invoices():
    @task
    def bill_run(params: dict, triggering_asset_events) -> str:
        events = triggering_asset_events[INVOICES_ISSUED] if triggering_asset_events else []
        return params["bill_run_id"] or events[-1].extra["bill_run_id"]

    @task
    def invoices_for_chorus(ti) -> list[str]:
        return ti.xcom_pull(task_ids="plan_deliveries", key="chorus")

    planned = PlanDeliveriesOperator(task_id="plan_deliveries", bill_run_id=BILL_RUN)
    to_chorus = invoices_for_chorus()
    deposited = DepositChorusOperator.partial(task_id="deposit_chorus").expand(invoice_number=to_chorus)
    followed = ChorusFlowSensor.partial(
        task_id="follow_chorus",
        trigger_rule="all_done",  # one deposit that failed must not leave the others unfollowed
    ).expand(invoice_number=to_chorus)

    bill_run() >> planned >> [SendInvoicesOperator(task_id="send_invoices", bill_run_id=BILL_RUN), to_chorus]
    deposited >> followed


deliver_invoices()
