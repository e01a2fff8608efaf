"""dbt in this process, against a test's database."""

from pathlib import Path

import pytest
import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from psycopg.conninfo import conninfo_to_dict

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "dbt_project"
PARTS = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}


def run(dsn: str, folder: Path, *command: str, **variables: str) -> dbtRunnerResult:
    """Run a dbt command with these vars; its target and logs go to `folder`."""
    parts = conninfo_to_dict(dsn)
    with pytest.MonkeyPatch.context() as environment:
        for name, part in PARTS.items():
            environment.setenv(f"RELEVE_DB_{name}", str(parts.get(part) or ""))
        environment.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "False")
        return dbtRunner().invoke(
            [
                *command,
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--vars", yaml.safe_dump(variables)),
            ]
        )


def build(dsn: str, folder: Path, *arguments: str, **variables: str) -> None:
    """Run `dbt build`; the test fails with dbt's words when it does."""
    result = run(dsn, folder, "build", *arguments, **variables)
    nodes = getattr(result.result, "results", None) or []
    failed = [f"{node.node.name}: {node.message}" for node in nodes if node.status in ("error", "fail")]
    assert result.success, failed or result.exception
