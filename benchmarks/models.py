"""dbt in this process: one build of one step, with its start told apart."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from dbt.cli.main import dbtRunner
from psycopg.conninfo import conninfo_to_dict

from benchmarks.report import stopwatch
from ops.dbt_manifest import DBT_FOLDER

PARTS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}


class BuildFailed(RuntimeError):
    """A model or a test of the build failed; the message is dbt's."""


@dataclass(frozen=True, slots=True)
class Build:
    """Seconds of the models and their tests, of dbt around them, and of each model by its name."""

    seconds: float
    start_seconds: float
    models: Mapping[str, float]


def build(dsn: str, folder: Path, select: str, variables: Mapping[str, str]) -> Build:
    """Build the models of one step with their data tests, as its DAG does.

    Args:
        select: in dbt's words: `tag:rate`, or `+` and the model up to which the step goes.

    Raises:
        BuildFailed: with the first words of each failure.
    """
    parts = conninfo_to_dict(dsn)
    os.environ |= {f"RELEVE_DB_{name}": str(parts.get(part) or "") for name, part in PARTS.items()}
    with stopwatch() as seconds:
        done = dbtRunner().invoke(
            [
                *("build", "--select", select, "--exclude-resource-type", "unit_test", "--quiet"),
                *("--project-dir", str(DBT_FOLDER), "--profiles-dir", str(DBT_FOLDER)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--vars", yaml.safe_dump(dict(variables))),
            ]
        )
    results = getattr(done.result, "results", None) or []
    failed = [f"{each.node.name}: {each.message}" for each in results if each.status in ("error", "fail")]
    if failed or not done.success:
        raise BuildFailed(f"{select}: {'; '.join(failed) or done.exception}")
    inside = done.result.elapsed_time
    return Build(inside, seconds() - inside, {each.node.name: each.execution_time for each in results})
