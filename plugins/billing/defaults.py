"""What every DAG shares: retries, and how Cosmos reaches the dbt project."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronTriggerTimetable
from cosmos import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior
from cosmos.operators.local import DbtBuildLocalOperator
from cosmos.profiles import PostgresUserPasswordProfileMapping

REPOSITORY = Path(__file__).resolve().parents[2]
DBT_FOLDER = REPOSITORY / "dbt_project"
# Made by `make up`, so that reading the DAGs starts no dbt.
DBT_MANIFEST = Path(os.environ.get("RELEVE_DBT_MANIFEST", DBT_FOLDER / "target" / "manifest.json"))

DAG_DEFAULTS: dict[str, Any] = {
    "catchup": False,
    "max_active_runs": 1,  # two runs of one step would replace each other's tables
    "default_args": {"retries": 2, "retry_delay": timedelta(seconds=10), "owner": "billing"},
}

# One slot: two builds at once would replace the views and tables that they share. Made by ops/prepare.py and `make up`.
BUILD_POOL = "warehouse_build"

# One dbt build for the group; each model is still a task (measured: a third of the time of one process a model).
DBT_PROJECT: dict[str, Any] = {
    "project_config": ProjectConfig(
        dbt_project_path=DBT_FOLDER, manifest_path=DBT_MANIFEST, project_name="releve", install_dbt_deps=False
    ),
    "profile_config": ProfileConfig(
        profile_name="releve",
        target_name="warehouse",
        profile_mapping=PostgresUserPasswordProfileMapping(
            conn_id="warehouse", profile_args={"schema": "public", "threads": 2}
        ),
    ),
    "execution_config": ExecutionConfig(
        execution_mode=ExecutionMode.WATCHER,
        invocation_mode=InvocationMode.DBT_RUNNER,
        setup_operator_args={"pool": BUILD_POOL},
    ),
}


def cron(expression: str) -> CronTriggerTimetable:
    """A schedule in UTC whose first run is the next one: a fresh platform bills no month that nobody asked for.

    It holds only without a start date: with one, Airflow starts the last missed run at once.
    """
    return CronTriggerTimetable(expression, timezone="UTC", run_immediately=False)


def dbt_models(tag: str) -> RenderConfig:
    """Select the models of one step: its word is their tag.

    Its data tests run once, after its models and before anything reads them: a test task a model would double the
    tasks, and most tests hold two models side by side. Unit tests have run before the code came here.
    """
    return RenderConfig(
        select=[f"tag:{tag}"],
        exclude=["resource_type:unit_test"],
        load_method=LoadMode.DBT_MANIFEST,
        test_behavior=TestBehavior.AFTER_ALL,
        emit_datasets=False,
    )


def dbt_build(tag: str, task_id: str, **operator_args: Any) -> DbtBuildLocalOperator:
    """The models of one step, and their data tests, as one task: where they are many, small, and nobody waits for one.

    Each task of a group costs a worker a second or two, whatever its model costs.
    """
    return DbtBuildLocalOperator(
        task_id=task_id,
        project_dir=str(DBT_FOLDER),
        profile_config=DBT_PROJECT["profile_config"],
        invocation_mode=InvocationMode.DBT_RUNNER,
        install_deps=False,
        select=f"tag:{tag}",
        exclude="resource_type:unit_test",
        emit_datasets=False,
        pool=BUILD_POOL,
        **operator_args,
    )
