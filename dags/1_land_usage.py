"""Land: the suppliers' files and the ERP's master data become sealed copies and rows, each with its file and line.

Starts: every day at 05:00 UTC; by hand as often as suppliers deliver. Gives: the asset `usage_landed`, after the gate,
the completeness of every source and fraud watching. Run again: the same bytes change nothing.
"""

from airflow.sdk import dag, task

from billing.assets import USAGE_LANDED
from billing.defaults import DAG_DEFAULTS, cron, dbt_build
from billing.operators.check import CheckOperator
from billing.operators.land import LandUsageOperator
from billing.operators.land_master import LandMasterOperator
from billing.operators.land_roads import LandRoadOperator, fetched_sources, files_to_land
from billing.operators.watch import LandWatchListsOperator, WatchOperator


@dag(dag_id="land_usage", schedule=cron("0 5 * * *"), tags=["land"], doc_md=__doc__, **DAG_DEFAULTS)
def land_usage():
    @task
    def list_sources() -> list[str]:
        """Tell the warehouse what is described, even when nothing came: a source that never delivered is silent too."""
        from billing.hooks.warehouse import WarehouseHook
        from billing.operators.land import SOURCES_FOLDER
        from invoicing.usage.source_reader import load_sources

        WarehouseHook().replace_sources(load_sources(SOURCES_FOLDER))
        return fetched_sources()

    # A road that is closed is one failed task: what came by the others lands all the same.
    list_usage_files = task(task_id="list_usage_files", trigger_rule="all_done")(files_to_land)

    roads = LandRoadOperator.partial(task_id="land_road").expand(source=list_sources())
    files = list_usage_files()
    landed = LandUsageOperator.partial(task_id="land_usage_file").expand(path=files)
    gate = CheckOperator(
        task_id="check_usage_landed",
        suite="usage_landed",
        trigger_rule="none_failed",  # an empty drop maps nothing: master data alone is worth rating again
    )

    @task
    def as_of() -> str:
        from airflow.sdk.timezone import utcnow

        return utcnow().isoformat()

    checked = dbt_build("check", "check", vars={"as_of": "{{ ti.xcom_pull(task_ids='as_of') }}"})

    @task(outlets=[USAGE_LANDED], trigger_rule="none_failed")
    def release() -> None:
        """Tell rate that usage is complete. People who could not be told of an alert do not stop it."""

    roads >> files
    [LandMasterOperator(task_id="land_master_data"), LandWatchListsOperator(task_id="land_watch_lists"), landed] >> gate
    gate >> as_of() >> checked >> WatchOperator(task_id="watch") >> release()


land_usage()
