"""Rate: landed usage becomes rated usage, line by line, the supplier's cost beside the customer's price.

Starts: when usage has landed. Gives: the asset `usage_rated`. Run again: the same `as_of` gives the same rows.
"""

from airflow.sdk import dag, task
from cosmos import DbtTaskGroup

from billing.assets import USAGE_LANDED, USAGE_RATED
from billing.defaults import DAG_DEFAULTS, DBT_PROJECT, dbt_models


@dag(dag_id="rate_usage", schedule=[USAGE_LANDED], tags=["rate"], doc_md=__doc__, **DAG_DEFAULTS)
def rate_usage():
    @task
    def as_of() -> str:
        from airflow.sdk.timezone import utcnow

        return utcnow().isoformat()

    rated = DbtTaskGroup(
        group_id="rate",
        render_config=dbt_models("rate"),
        operator_args={"vars": {"as_of": "{{ ti.xcom_pull(task_ids='as_of') }}"}},
        **DBT_PROJECT,
    )

    @task(outlets=[USAGE_RATED])
    def release() -> None:
        """Tell consolidate that rated usage is complete: every model and its tests passed."""

    as_of() >> rated >> release()


rate_usage()
