"""Processes are real here: they sleep, have children, ignore signals."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.processes import alive, family, recorded, running_processes, start_process, stop_processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
# A child that leaves the group, as Airflow's tasks do, and one that leaves the session.
WITH_CHILDREN = [
    sys.executable,
    "-c",
    "import subprocess, time\n"
    "subprocess.Popen(['sleep', '600'], process_group=0)\n"
    "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    "print('ready', flush=True)\n"
    "time.sleep(600)",
]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)",
]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "logs").mkdir()
    yield tmp_path
    stop_processes(tmp_path, recorded(tmp_path), grace_seconds=0)


def start(home: Path, name: str, command: list[str]) -> None:
    start_process(home, name, command, os.environ)
    if "ready" in command[-1]:
        wait_for(lambda: "ready" in (home / "logs" / f"{name}.log").read_text())


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_stopping_ends_children_that_left_the_group_or_the_session(home: Path):
    start(home, "worker", WITH_CHILDREN)
    members = family(home, {"worker"})
    assert len(members) == 3

    stop_processes(home, {"worker"})

    assert not members & set(running_processes().values())
    assert recorded(home) == set()


def test_one_that_ignores_the_request_is_killed_after_the_grace(home: Path):
    start(home, "deaf", DEAF)

    assert stop_processes(home, {"deaf"}, grace_seconds=0.3) == 1

    assert family(home, {"deaf"}) == set()


def test_children_of_a_leader_that_was_killed_are_still_found_and_stopped(home: Path):
    start(home, "worker", WITH_CHILDREN)
    pid = json.loads((home / "pids").read_text())["worker"]["pid"]
    os.kill(pid, 9)
    wait_for(lambda: alive(home) == set())

    assert stop_processes(home, {"worker"}) == 1  # of the two, the one that stayed in the session


def test_a_recycled_process_number_is_never_touched(home: Path):
    """The record names a number that now belongs to somebody else, as after a crash."""
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        record = {"pid": stranger.pid, "started": 1, "boot": boot}
        (home / "pids").write_text(json.dumps({"scheduler": record}))

        assert alive(home) == set()
        assert stop_processes(home, {"scheduler"}, grace_seconds=0) == 0

        assert stranger.poll() is None
        stranger.kill()


def test_a_record_of_before_a_reboot_is_nobody(home: Path):
    start(home, "sleeper", SLEEP)
    whole = (home / "pids").read_text()
    record = json.loads(whole)
    record["sleeper"]["boot"] = "another"
    (home / "pids").write_text(json.dumps(record))

    assert alive(home) == set()
    assert family(home, {"sleeper"}) == set()
    (home / "pids").write_text(whole)


def test_only_the_named_ones_are_stopped(home: Path):
    start(home, "first", SLEEP)
    start(home, "second", SLEEP)

    stop_processes(home, {"first"})

    assert alive(home) == recorded(home) == {"second"}


def test_the_log_of_the_start_before_is_kept(home: Path):
    (home / "logs" / "worker.log").write_text("why it failed")

    start(home, "worker", SLEEP)

    assert (home / "logs" / "worker.1.log").read_text() == "why it failed"
