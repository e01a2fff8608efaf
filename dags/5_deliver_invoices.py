"""Deliver: issued invoices go out, public bodies' to Chorus Pro, the others by e-mail, and their status comes back.

Starts: when invoices are issued, or by hand with a bill run. Run again: nothing is deposited or sent twice.
"""

from airflow.sdk import Param, dag, task

from billing.assets import INVOICES_ISSUED
from billing.defaults import DAG_DEFAULTS
from billing.operators.deliver import DepositChorusOperator, PlanDeliveriesOperator, SendInvoicesOperator
from billing.sensors.chorus import ChorusFlowSensor


@dag(
    dag_id="deliver_invoices",
    schedule=[INVOICES_ISSUED],
    tags=["deliver"],
    doc_md=__doc__,
    params={
        "bill_run_id": Param(None, type=["null", "string"], description="Empty: the invoices just issued."),
        "resend_in_doubt": Param([], type="array", description="Invoices whose e-mail in doubt a person sends again."),
    },
    render_template_as_native_obj=True,  # resend_in_doubt stays a list
    # Chorus Pro takes hours: the next bill run's invoices don't wait for it.
    **DAG_DEFAULTS | {"max_active_runs": 8},
)
def deliver_invoices():
    @task
    def bill_runs(params: dict, triggering_asset_events) -> list[str]:
        """Every bill run that this run was started for: Airflow may start one run for several."""
        events = triggering_asset_events[INVOICES_ISSUED] if triggering_asset_events else []
        return [params["bill_run_id"]] if params["bill_run_id"] else sorted({e.extra["bill_run_id"] for e in events})

    @task(trigger_rule="all_done")
    def invoices_for_chorus(ti) -> list[str]:
        from billing.hooks.deliveries import DeliveriesStore
        from billing.hooks.warehouse import WarehouseHook
        from invoicing.delivery import Channel

        store = DeliveriesStore(WarehouseHook().get_conn)
        return [
            delivery.invoice_number
            for bill_run_id in ti.xcom_pull(task_ids="bill_runs")
            for delivery in store.of_run(bill_run_id, Channel.CHORUS)
        ]

    runs = bill_runs()
    planned = PlanDeliveriesOperator.partial(task_id="plan_deliveries").expand(bill_run_id=runs)
    sent = SendInvoicesOperator.partial(task_id="send_invoices", resend_in_doubt="{{ params.resend_in_doubt }}").expand(
        bill_run_id=runs
    )
    to_chorus = invoices_for_chorus()
    deposited = DepositChorusOperator.partial(task_id="deposit_chorus").expand(invoice_number=to_chorus)
    followed = ChorusFlowSensor.partial(
        task_id="follow_chorus",
        trigger_rule="all_done",  # one deposit that failed must not leave the others unfollowed
    ).expand(invoice_number=to_chorus)

    planned >> [sent, to_chorus]
    deposited >> followed


deliver_invoices()
