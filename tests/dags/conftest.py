"""The DAGs as Airflow's processor reads them, in one process of their own: Airflow settles its settings at import."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ops.airflow_env import SHARED
from ops.dbt_manifest import write_manifest

REPOSITORY = Path(__file__).resolve().parents[2]
READ_DAGS = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print("\\n" + json.dumps({
    "errors": bag.import_errors,
    "dags": {
        dag.dag_id: {
            "file": dag.fileloc, "tags": sorted(dag.tags), "doc": dag.doc_md, "catchup": dag.catchup,
            "max_active_runs": dag.max_active_runs,
            "tasks": {task.task_id: {"upstream": sorted(task.upstream_task_ids), "retries": task.retries,
                                     "type": task.task_type} for task in dag.tasks},
        } for dag in bag.dags.values()
    },
}))
"""


@pytest.fixture(scope="session")
def dag_bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """`errors` by file, and `dags` by id: file, tags, doc, tasks with their upstream tasks."""
    home = tmp_path_factory.mktemp("airflow")
    write_manifest(home / "dbt")
    environment = {
        **SHARED,
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}",
        "RELEVE_DBT_MANIFEST": str(home / "dbt" / "manifest.json"),
    }
    read = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", READ_DAGS, str(REPOSITORY / "dags")],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert read.returncode == 0, read.stderr[-2000:]
    return json.loads(read.stdout.strip().splitlines()[-1])
