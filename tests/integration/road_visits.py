"""Visits of a road, as the operator makes them: here, or in a process of its own that can be killed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.road_servers import Relay

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = "from tests.integration.road_visits import visit_told; visit_told()"


def a_source(road: Mapping[str, Any] | None, code: str = "messidor", **keys: Any) -> str:
    """The part of a description that says how its files arrive."""
    return yaml.safe_dump({"source_code": code, "file_name": "messidor_*.csv", "road": road, **keys})


def visit(description: str, asked_at: str = "2026-10-05T05:00:00+00:00", others: tuple[str, ...] = ()) -> Any:
    from billing.hooks.usage_roads import collect
    from invoicing.usage.arrivals import read_arrival

    arrivals = [read_arrival(text, "test.yml") for text in (description, *others)]
    return collect(arrivals[0], arrivals, datetime.fromisoformat(asked_at))


def visit_told() -> None:
    """The visit that the environment tells: what runs in the killed process."""
    visit(os.environ["VISIT"])


def killed_visit(description: str, relay: Relay) -> None:
    """Start a visit in a process and kill it once the relay has let its share through and stopped."""
    environment = {**os.environ, "VISIT": description, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, cwd=REPOSITORY)
    try:
        while not relay.is_full.wait(0.1):
            assert process.poll() is None, "the visit ended before the relay was full"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def dropped(drop: Path) -> dict[str, str]:
    """What lies in the drop: name to digest of its bytes, memory and halves left out."""
    return {
        path.relative_to(drop).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(drop.rglob("*"))
        if path.is_file() and ".taken" not in path.parts
    }


def connect(monkeypatch: pytest.MonkeyPatch, name: str, **values: Any) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(values))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
