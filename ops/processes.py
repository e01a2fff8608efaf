"""Processes that outlive the command that started them: started in a session of their own, stopped with all their kin.

Airflow's tasks leave the process group of the scheduler but not its session, so the session is what is stopped. A
process number alone proves nothing after a crash or a reboot: its start time is kept beside it, and both must agree.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.home import REPOSITORY, read_json, write_secret

GRACE_SECONDS = 6.0  # tasks may be killed anywhere and retried: nothing is lost by not waiting for them
KILL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    """A running process; `started` counts clock ticks since the boot. Two are the same when both numbers are."""

    pid: int
    started: int
    parent: int = field(compare=False)
    session: int = field(compare=False)


def running_processes() -> dict[int, Process]:
    """Every process of this machine by its number; the dead that nobody has waited for are left out."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            state, *fields = Path("/proc", entry, "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
        except (OSError, IndexError, ValueError):
            continue  # ended meanwhile
        if state not in ("Z", "X"):
            pid = int(entry)
            found[pid] = Process(pid, started=int(fields[18]), parent=int(fields[0]), session=int(fields[2]))
    return found


def start_process(home: Path, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Start `command` in its own session and record it. Its output goes to logs/<name>.log; the last one's is kept."""
    log = home / "logs" / f"{name}.log"
    if log.exists():
        log.replace(log.with_suffix(".1.log"))
    with log.open("w") as output:
        child = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=dict(environment),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    process = running_processes().get(child.pid)
    # Born and dead at once: recorded all the same, so that whoever waits for it sees it missing.
    record = {"pid": child.pid, "started": process.started if process else 0, "boot": _boot()}
    _write_records(home, _records(home) | {name: record})


def recorded(home: Path) -> set[str]:
    """The names that were started and not stopped, whether or not they still run."""
    return set(_records(home))


def alive(home: Path) -> set[str]:
    """The recorded names whose own process still runs."""
    processes = running_processes()
    return {name for name, record in _records(home).items() if _is_leader(processes.get(record["pid"]), record)}


def family(home: Path, names: Iterable[str]) -> set[Process]:
    """Every running process that was started under these names: their sessions, and whatever descends from them."""
    processes = running_processes()
    records = _records(home)
    sessions = set()
    for record in (records[name] for name in names if name in records):
        leader = processes.get(record["pid"])
        # Without its leader a session keeps its number for its other members: nobody else can have got it.
        if record["boot"] == _boot() and (leader is None or _is_leader(leader, record)):
            sessions.add(record["pid"])
    members = {process for process in processes.values() if process.session in sessions}
    children = members
    while children:
        parents = {process.pid for process in children}
        children = {process for process in processes.values() if process.parent in parents} - members
        members = members | children
    return {process for process in members if process.pid != os.getpid()}


def stop_processes(home: Path, names: Iterable[str], grace_seconds: float = GRACE_SECONDS) -> int:
    """Ask what was started under these names to end, kill what has not after the grace, and forget the names.

    Returns:
        How many processes were running.
    """
    names = set(names)
    known = family(home, names)
    count = len(known)
    _signal(known, signal.SIGTERM)
    known = _wait_for_end(home, names, known, grace_seconds)
    deadline = time.monotonic() + KILL_SECONDS
    while known and time.monotonic() < deadline:  # again and again: some are born while the others are killed
        _signal(known, signal.SIGKILL)
        known = _wait_for_end(home, names, known, 0.5)
    _write_records(home, {name: record for name, record in _records(home).items() if name not in names})
    return count


def _wait_for_end(home: Path, names: set[str], known: set[Process], seconds: float) -> set[Process]:
    """Those that still run after at most `seconds`. A child that lost its parent stays known by number and start."""
    deadline = time.monotonic() + seconds
    while known and time.monotonic() < deadline:
        time.sleep(0.1)
        known = (known & set(running_processes().values())) | family(home, names)
    return known


def _signal(processes: Iterable[Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            continue


def _is_leader(process: Process | None, record: Mapping[str, Any]) -> bool:
    return process is not None and process.started == record["started"] and record["boot"] == _boot()


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _records(home: Path) -> dict[str, dict[str, Any]]:
    return read_json(home / "pids")


def _write_records(home: Path, records: Mapping[str, Any]) -> None:
    write_secret(home / "pids", json.dumps(records, indent=2) + "\n")
