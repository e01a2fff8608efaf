"""The dbt manifest that the DAGs are drawn from, so that reading a DAG starts no dbt."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from ops.airflow_env import TELEMETRY_OFF
from ops.home import REPOSITORY, StartFailed

DBT_FOLDER = REPOSITORY / "dbt_project"
PARSED = (".sql", ".yml", ".yaml", ".csv", ".md")


def write_manifest(folder: Path, project: Path = DBT_FOLDER) -> Path:
    """Parse the project into `folder`/manifest.json, unless nothing changed since; needs no database.

    Raises:
        StartFailed: dbt refuses the project; the message is dbt's.
    """
    manifest = folder / "manifest.json"
    digest_file = folder / "project.sha256"
    digest = _digest(project)
    if manifest.exists() and digest_file.exists() and digest_file.read_text() == digest:
        return manifest
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--project-dir", project, "--profiles-dir", project, "--target-path", folder, "--log-path", folder]
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **TELEMETRY_OFF, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StartFailed(f"dbt cannot read {project.name}/: {(done.stdout + done.stderr).strip()[-2000:]}")
    digest_file.write_text(digest)
    return manifest


def _digest(project: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        if path.suffix in PARSED and not {"target", "logs"} & set(path.relative_to(project).parts):
            digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
