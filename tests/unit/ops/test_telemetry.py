"""Nothing is reported to the makers of the tools: seen by what they try to reach, not only by what is set."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ops.airflow_env import TELEMETRY_OFF, airflow_environment
from ops.embedded_postgres import ServerInfo
from ops.home import REPOSITORY

# Uses each tool once behind a guard that lets nothing out, and tells what each wanted to reach. The dbt project has no
# switch of its own here, so that only the environment decides.
PROBE = """
import json, socket, sys

wanted = []

def refuse(host, *_, **__):
    wanted.append(str(host))
    raise OSError("nothing leaves this test")

socket.getaddrinfo = refuse
socket.socket.connect = lambda self, address: refuse(address[0])
socket.create_connection = lambda address, *_, **__: refuse(address[0])

from cosmos import telemetry
if telemetry.should_emit():
    telemetry.emit_usage_metrics({"event_type": "probe"})
cosmos_wanted, wanted = wanted[:], []

from dbt import tracking
from dbt.cli.main import dbtRunner
result = dbtRunner().invoke(["--quiet", "parse", "--project-dir", sys.argv[1], "--profiles-dir", sys.argv[1]])
assert result.success, result.exception
tracking.flush()
dbt_wanted, wanted = wanted[:], []

import great_expectations as gx
context = gx.get_context(mode="ephemeral")
context.suites.add(gx.ExpectationSuite(name="probe"))

print(json.dumps({"cosmos": cosmos_wanted, "dbt": dbt_wanted, "great_expectations": wanted}))
"""


@pytest.fixture(scope="module")
def dbt_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dbt")
    (folder / "dbt_project.yml").write_text("name: probe\nversion: '1.0'\nprofile: probe\n")
    target = "{type: postgres, host: 127.0.0.1, port: 1, user: u, password: p, dbname: d, schema: s}"
    (folder / "profiles.yml").write_text(f"probe: {{target: t, outputs: {{t: {target}}}}}\n")
    return folder


def probe(dbt_project: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name not in TELEMETRY_OFF}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(dbt_project)],
        cwd=dbt_project,
        env={**kept, "AIRFLOW_HOME": str(dbt_project / "airflow"), "HOME": str(dbt_project), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_with_its_own_switch_alone_no_tool_tries_to_reach_its_maker(dbt_project: Path):
    """DO_NOT_TRACK would hide a misspelt name of the others: each must do without it."""
    own = {name: value for name, value in TELEMETRY_OFF.items() if name not in ("DO_NOT_TRACK", "SCARF_NO_ANALYTICS")}

    assert probe(dbt_project, own) == {"cosmos": [], "dbt": [], "great_expectations": []}


def test_without_the_switches_they_would(dbt_project: Path):
    """Else the test above proves nothing."""
    found = probe(dbt_project, {})

    assert any("scarf" in host for host in found["cosmos"])
    assert found["dbt"]


def test_every_component_gets_every_switch(tmp_path: Path):
    server = ServerInfo("postgresql://releve:x@127.0.0.1:5432/postgres", 5432, tmp_path)

    environment = airflow_environment(tmp_path, server, 8080)

    assert {name: environment[name] for name in TELEMETRY_OFF} == dict(TELEMETRY_OFF)


def test_dbt_by_hand_reports_nothing_either():
    assert "send_anonymous_usage_stats: false" in (REPOSITORY / "dbt_project" / "dbt_project.yml").read_text()


def test_this_airflow_has_no_usage_report_of_its_own():
    """The day that an upgrade brings one, its switch belongs into TELEMETRY_OFF."""
    from airflow.configuration import conf

    assert not {"usage_data_collection", "telemetry", "analytics"} & conf.configuration_description.keys()
