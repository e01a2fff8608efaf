"""Land: the suppliers' files and the ERP's master data become sealed copies and rows, each with its file and line.

Starts: every day at 05:00 UTC. Gives: the asset `usage_landed`. Run again: the same bytes change nothing.
"""

from airflow.sdk import dag, task

from billing.assets import USAGE_LANDED
from billing.defaults import DAG_DEFAULTS, cron
from billing.operators.check import CheckOperator
from billing.operators.land import LandUsageOperator
from billing.operators.land_master import LandMasterOperator


@dag(dag_id="land_usage", schedule=cron("0 5 * * *"), tags=["land"], doc_md=__doc__, **DAG_DEFAULTS)
def land_usage():
    @task
    def list_usage_files() -> list[str]:
        from billing.hooks.file_store import FileStoreHook

        return FileStoreHook().list("usage/*")

    landed = LandUsageOperator.partial(task_id="land_usage_file").expand(path=list_usage_files())
    gate = CheckOperator(
        task_id="check_usage_landed",
        suite="usage_landed",
        outlets=[USAGE_LANDED],
        trigger_rule="none_failed",  # an empty drop maps nothing: master data alone is worth rating again
    )
    [LandMasterOperator(task_id="land_master_data"), landed] >> gate


land_usage()
