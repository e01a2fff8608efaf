"""Issue: a person approves the drafts; each gets its number, its PDF with Factur-X inside, and its register entry.

Starts: when drafts are ready, or by hand with a bill run. Waits for a person: task `approve`, tab Required Actions.
Gives: the asset `invoices_issued`. Run again: no number is drawn twice, no document drawn again.
"""

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task

from billing.assets import INVOICES_ISSUED, INVOICES_READY
from billing.defaults import DAG_DEFAULTS
from billing.operators.issue import RenderInvoicesOperator

APPROVE, REJECT = "Approuver", "Rejeter"
DOCUMENTS_PER_TASK = 50  # a process compiles the official rules once (1 s), then draws 5 invoices a second


@dag(
    dag_id="issue_invoices",
    schedule=[INVOICES_READY],
    tags=["issue"],
    doc_md=__doc__,
    params={"bill_run_id": Param(None, type=["null", "string"], description="Empty: the drafts just made ready.")},
    # Several runs may wait for a person; the digest refuses all but the one whose drafts still stand.
    **DAG_DEFAULTS | {"max_active_runs": 8},
)
def issue_invoices():
    @task
    def report(params: dict, triggering_asset_events) -> dict[str, str]:
        """What the person will see, and its digest. Of several ready runs, the last one holds the current drafts."""
        from billing.hooks.register import RegisterStore
        from billing.hooks.warehouse import WarehouseHook
        from invoicing.approval import approval_report, plural

        events = triggering_asset_events[INVOICES_READY] if triggering_asset_events else []
        bill_run_id = params["bill_run_id"] or events[-1].extra["bill_run_id"]
        store = RegisterStore(WarehouseHook().get_conn)
        run = store.bill_run(bill_run_id)
        return {
            "bill_run_id": bill_run_id,
            "digest": run["drafts_digest"],
            "subject": f"Campagne {bill_run_id}\u00a0: {plural(run['draft_count'], 'facture')} à approuver",
            "body": approval_report(run, store.report(bill_run_id)),
        }

    approve = HITLOperator(
        task_id="approve",
        subject="{{ ti.xcom_pull(task_ids='report')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='report')['body'] }}",
        options=[APPROVE, REJECT],
    )

    @task.short_circuit
    def record_answer(ti) -> bool:
        """Keep who answered, when, and the digest of what that person saw."""
        from billing.hooks.register import RegisterStore
        from billing.hooks.warehouse import WarehouseHook

        seen, answer = ti.xcom_pull(task_ids="report"), ti.xcom_pull(task_ids="approve")
        run = RegisterStore(WarehouseHook().get_conn).record_answer(
            seen["bill_run_id"],
            approved=answer["chosen_options"] == [APPROVE],
            by=answer["responded_by_user"]["name"],
            at=answer["responded_at"],
            digest=seen["digest"],
        )
        return run["state"] != "rejected"

    @task
    def number_invoices(ti) -> list[list[str]]:
        from billing.hooks.register import RegisterStore
        from billing.hooks.warehouse import WarehouseHook

        store = RegisterStore(WarehouseHook().get_conn)
        numbers = store.number_invoices(ti.xcom_pull(task_ids="report")["bill_run_id"])
        size = min(DOCUMENTS_PER_TASK, -(-len(numbers) // 2))  # at least two tasks: one per core
        return [numbers[start : start + size] for start in range(0, len(numbers), size)]

    @task(outlets=[INVOICES_ISSUED])
    def release(ti, outlet_events) -> int:
        """Open the way to deliver and book, once every invoice of the run has its proved document."""
        from billing.hooks.archive import ArchiveHook
        from billing.hooks.file_store import FileStoreHook, write_once
        from billing.hooks.register import RegisterStore
        from billing.hooks.warehouse import WarehouseHook

        bill_run_id = ti.xcom_pull(task_ids="report")["bill_run_id"]
        outlet_events[INVOICES_ISSUED].extra = {"bill_run_id": bill_run_id}
        store = RegisterStore(WarehouseHook().get_conn)
        count = store.release(bill_run_id)
        archive, out = ArchiveHook().root, FileStoreHook("out").root
        for document in store.documents(bill_run_id):  # copies under plain names, for people
            path = out / f"{document['period_start']:%Y-%m}" / document["file_name"]
            write_once(path, (archive / document["archive_path"]).read_bytes())
        return count

    numbers = number_invoices()
    rendered = RenderInvoicesOperator.partial(task_id="render_invoices").expand(invoice_numbers=numbers)
    report() >> approve >> record_answer() >> numbers
    rendered >> release()


issue_invoices()
