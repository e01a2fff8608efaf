"""Airflow imports this module when it starts, where this folder is on its path: in the scheduler and in Celery workers.

Tasks run in forks of them, so what is imported here is imported once and not again by every task: Great Expectations
takes 5 to 15 seconds, Cosmos and dbt 2.
"""

import importlib

for name in ("cosmos", "cosmos.operators.watcher", "dbt.cli.main", "great_expectations", "psycopg", "lxml.etree"):
    importlib.import_module(name)
