"""The whole platform on this machine: up, healthy, private, up again after a kill, and gone without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from ops import embedded_postgres
from ops.airflow_env import TELEMETRY_OFF
from ops.home import REPOSITORY, port_is_free, read_json
from ops.processes import alive, family, recorded, running_processes
from ops.up import COMPONENTS, HEALTH

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Running:
    home: Path
    url: str

    def command(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name != "AIRFLOW_PORT"}
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=REPOSITORY,
            env={**environment, "RELEVE_HOME": str(self.home)},
            capture_output=True,
            text=True,
            check=False,
        )

    def pids(self) -> dict[str, int]:
        return {name: record["pid"] for name, record in read_json(self.home / "pids").items()}

    def ports(self) -> set[int]:
        return {value for name, value in read_json(self.home / "connection.json").items() if name.endswith("port")}

    def members(self) -> list[psutil.Process]:
        """Every process of the platform, PostgreSQL's too."""
        data_dir = Path(read_json(self.home / "connection.json")["data_dir"])
        postmaster = psutil.Process(int((data_dir / "postmaster.pid").read_text().split()[0]))
        others = [psutil.Process(process.pid) for process in family(self.home, recorded(self.home))]
        return [postmaster, *postmaster.children(recursive=True), *others]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("platform"), "")
    try:
        done = running.command("ops.up", "--stand-ins")
        assert done.returncode == 0, done.stdout + done.stderr
        yield Running(running.home, f"http://127.0.0.1:{read_json(running.home / 'connection.json')['api_port']}")
    finally:
        running.command("ops.down")
        embedded_postgres.destroy(running.home)


def test_every_component_says_that_it_is_healthy(platform: Running):
    health = requests.get(f"{platform.url}/api/v2/monitor/health", timeout=10).json()

    assert {name: health[name]["status"] for name in HEALTH} == dict.fromkeys(HEALTH, "healthy")
    assert alive(platform.home) == {*COMPONENTS, "chorus", "mail_catcher"}


def test_the_telemetry_switches_hold_in_every_running_process_of_airflow(platform: Running):
    seen = 0
    for name in COMPONENTS:
        pid = platform.pids()[name]
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            try:
                environment = process.environ()
            except psutil.Error:
                continue  # a task that just ended
            if environment:
                seen += 1
                assert {switch: environment.get(switch) for switch in TELEMETRY_OFF} == dict(TELEMETRY_OFF), name
    assert seen >= len(COMPONENTS)


def test_everything_listens_on_loopback_and_talks_to_nobody_else(platform: Running):
    listening = 0
    for process in platform.members():
        try:
            connections = process.net_connections("inet")
        except psutil.Error:
            continue
        for connection in connections:
            listening += connection.status == psutil.CONN_LISTEN
            for address in filter(None, (connection.laddr, connection.raddr)):
                assert address.ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1"), (process.cmdline(), connection)
    assert listening == len({"api-server", "postgres", "chorus", "mail_catcher"})


def test_both_logins_enter_and_a_guess_does_not(platform: Running):
    passwords = json.loads((platform.home / "secrets" / "airflow_passwords.json").read_text())

    def log_in(user: str, password: str) -> int:
        body = {"username": user, "password": password}
        return requests.post(f"{platform.url}/auth/token", json=body, timeout=10).status_code

    assert {user: log_in(user, password) for user, password in passwords.items()} == {"admin": 201, "finance": 201}
    assert log_in("admin", "admin") == 401


def test_no_secret_reaches_a_log(platform: Running):
    secrets = {path: path.read_text().strip() for path in (platform.home / "secrets").iterdir()}
    for path in ("airflow_passwords.json", "chorus_stand_in.json"):
        known = json.loads(secrets.pop(platform.home / "secrets" / path))
        secrets |= {Path(path, name): value for name, value in known.items() if name != "client_id"}

    logs = [log for log in (platform.home / "logs").rglob("*.log") if log.is_file()]

    assert len(secrets) >= 8
    assert logs
    for log in logs:
        text = log.read_text(errors="replace")
        assert [str(name) for name, secret in secrets.items() if secret in text] == [], log


def test_starting_what_runs_changes_nothing(platform: Running):
    before = platform.pids()

    done = platform.command("ops.up")

    assert done.returncode == 0, done.stderr
    assert platform.pids() == before


def test_starting_again_mends_a_platform_whose_scheduler_was_killed(platform: Running):
    before = platform.pids()
    os.kill(before["scheduler"], signal.SIGKILL)

    done = platform.command("ops.up", "--stand-ins")

    assert done.returncode == 0, done.stdout + done.stderr
    assert alive(platform.home) == {*COMPONENTS, "chorus", "mail_catcher"}
    assert not set(before.values()) & running_processes().keys()


def test_down_leaves_no_process_and_frees_every_port(platform: Running):
    """Last of this module: nothing runs afterwards."""
    members, ports, sessions = platform.members(), platform.ports(), set(platform.pids().values())
    assert len(members) > len(COMPONENTS)

    done = platform.command("ops.down")

    assert done.returncode == 0, done.stderr
    left = running_processes()
    assert [left[process.pid] for process in members if process.pid in left and process.is_running()] == []
    assert [process for process in left.values() if process.session in sessions] == []
    assert [port for port in ports if not port_is_free(port)] == []
    assert platform.command("ops.down").stdout == "nothing was running\n"
