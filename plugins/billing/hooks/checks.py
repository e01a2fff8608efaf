"""What the gates said of each run, in `checks`. One method is one transaction."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

KEPT_EXAMPLES = 20  # of one expectation

# And those that name no run: nobody else would look at them. What landed before runs were kept has been looked at.
FILES_OF_RUN = """
select file_number from landing.usage_files
where
    landing_run_id = %(run_id)s
    or (
        landing_run_id is null
        and landed_at > (select applied_at from public.schema_migrations where file_name = '0004_usage.sql')
    )
order by file_number
"""

DELETE_RESULTS = """
delete from checks.results where dag_id = %(dag_id)s and run_id = %(run_id)s and task_id = %(task_id)s
"""

INSERT_RESULT = """
insert into checks.results (
    dag_id, run_id, task_id, position, suite, table_name, expectation, description, description_fr, success,
    row_count, unexpected_count, examples, checked_at
) values (
    %(dag_id)s, %(run_id)s, %(task_id)s, %(position)s, %(suite)s, %(table_name)s, %(expectation)s, %(description)s,
    %(description_fr)s, %(success)s, %(row_count)s, %(unexpected_count)s, %(examples)s, now()
)
"""

DELETE_PRICES = """
delete from checks.source_prices where dag_id = %(dag_id)s and run_id = %(run_id)s and task_id = %(task_id)s
"""

# The prices are of what the run landed: {prices} is the suite's own query.
INSERT_PRICES = """
insert into checks.source_prices (
    dag_id, run_id, task_id, source_code, usage_type, record_count, median_price, checked_at
)
select %(dag_id)s, %(run_id)s, %(task_id)s, source_code, usage_type, record_count, median_price, now()
from ({prices}) as prices
"""

RESULTS = """
select
    task_id, suite, table_name, description, description_fr, success, row_count, unexpected_count, examples, checked_at
from checks.results
where dag_id = %(dag_id)s and run_id = %(run_id)s
order by min(checked_at) over (partition by task_id), task_id, position
"""

LATEST_RUNS = """
select
    dag_id,
    run_id,
    max(checked_at) as checked_at,
    count(*) as expectation_count,
    count(*) filter (where not success) as failed_count,
    array_agg(distinct suite order by suite) as suites
from checks.results
where dag_id = any(%(dag_ids)s)
group by dag_id, run_id
order by checked_at desc, dag_id, run_id
limit %(limit)s
"""


class ChecksStore:
    """Reads and writes what the gates said.

    Args:
        connect: gives a connection that commits when its `with` ends well.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect

    def files_of_run(self, run_id: str) -> list[int]:
        """The numbers of the usage files that this run landed, and of those that no run owns up to."""
        with self._connect() as conn:
            return [number for (number,) in conn.execute(FILES_OF_RUN, {"run_id": run_id}).fetchall()]

    def replace_results(self, *, dag_id: str, run_id: str, task_id: str, suite: str, outcomes: Sequence[Any]) -> None:
        """Keep the outcomes of a suite, in its order, in place of those of an earlier attempt of the same task.

        Args:
            outcomes: of `expectations.runner`; their examples are masked already.
        """
        key = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id}
        rows = [
            {
                **key,
                "position": position,
                "suite": suite,
                "table_name": outcome.table,
                "expectation": outcome.expectation,
                "description": outcome.description,
                "description_fr": outcome.description_fr,
                "success": outcome.success,
                "row_count": outcome.row_count,
                "unexpected_count": outcome.unexpected_count,
                "examples": Jsonb(list(outcome.examples[:KEPT_EXAMPLES])),
            }
            for position, outcome in enumerate(outcomes, start=1)
        ]
        with self._connect() as conn, conn.cursor() as cursor:
            cursor.execute(DELETE_RESULTS, key)
            cursor.executemany(INSERT_RESULT, rows)

    def replace_prices(self, *, dag_id: str, run_id: str, task_id: str, prices: str) -> None:
        """Keep the middle prices of what the run landed: the runs to come are held against them.

        Args:
            prices: a select of source_code, usage_type, record_count, median_price.
        """
        key = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id}
        with self._connect() as conn:
            conn.execute(DELETE_PRICES, key)
            conn.execute(INSERT_PRICES.replace("{prices}", prices.replace("%", "%%")).encode(), key)

    def results(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """What was said of a run, task by task in the order of the suite; [] for a run that no gate looked at."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(RESULTS, {"dag_id": dag_id, "run_id": run_id}).fetchall()

    def latest_runs(self, dag_ids: Sequence[str], limit: int) -> list[dict[str, Any]]:
        """The runs of these DAGs that were checked last, the latest first."""
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(LATEST_RUNS, {"dag_ids": list(dag_ids), "limit": limit}).fetchall()
