"""One dbt build in this process, against a test's database."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from dbt.cli.main import dbtRunner

REPOSITORY = Path(__file__).resolve().parents[2]


def build(dsn: str, folder: Path, *arguments: str, **variables: str) -> None:
    """Run `dbt build` with these arguments and vars; its target and logs go to `folder`. Fails the test with dbt's words."""
    address = urlsplit(dsn)
    os.environ |= {
        "RELEVE_DB_HOST": address.hostname or "",
        "RELEVE_DB_PORT": str(address.port),
        "RELEVE_DB_USER": address.username or "",
        "RELEVE_DB_PASSWORD": address.password or "",
        "RELEVE_DB_NAME": address.path.lstrip("/"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
    }
    result = dbtRunner().invoke(
        [
            "build",
            "--project-dir",
            str(REPOSITORY / "dbt_project"),
            "--profiles-dir",
            str(REPOSITORY / "dbt_project"),
            "--target-path",
            str(folder / "target"),
            "--log-path",
            str(folder / "logs"),
            "--quiet",
            "--vars",
            str(variables),
            *arguments,
        ]
    )
    failed = [
        f"{node.node.name}: {node.message}"
        for node in getattr(result.result, "results", []) or []
        if node.status in ("error", "fail")
    ]
    assert result.success, failed or result.exception
