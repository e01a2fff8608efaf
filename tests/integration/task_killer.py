"""Kills Airflow's tasks in the middle of their work, as a machine that runs out of memory would.

A slot of the LocalExecutor is a fork of the scheduler. It supervises one task at a time, which runs in a child of its
own: `task_instance.pid`. That child is killed; the slot sees it die, and Airflow tries the task again.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from psycopg.rows import class_row

FIRST_ATTEMPTS = """
select id::text as ti_id, dag_id, task_id, map_index, pid
from task_instance
where state = 'running' and try_number = 1 and pid is not null and dag_id = any(%s)
"""
# Airflow's own way to shorten the ten seconds before a retry: a minute and a half of this test would be waiting.
RETRY_AT_ONCE = """
update task_instance set retry_delay_override = 0
where state = 'up_for_retry' and retry_delay_override is null and dag_id = any(%s)
"""
LOOK_SECONDS = 0.02  # between two looks at Airflow's tables
RUN_SECONDS = 0.003  # how long a task runs between two looks at what it has done
RETRY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Task:
    """A task in its first attempt, and its process."""

    ti_id: str
    dag_id: str
    task_id: str
    map_index: int
    pid: int

    @property
    def name(self) -> str:
        """`dag.task`, and `[n]` when it is mapped."""
        return f"{self.dag_id}.{self.task_id}" + (f"[{self.map_index}]" if self.map_index >= 0 else "")

    def is_at_work(self) -> bool:
        """Whether the process has taken its task: it then bears its id."""
        try:
            title = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        except OSError:
            return False
        return title.rstrip(b"\0 ").decode(errors="replace") == f"airflow worker -- {self.ti_id}"


@dataclass(frozen=True, slots=True)
class Moment:
    """The point at which a task is killed. `has_come` looks at what the task has done so far, while it stands still."""

    description: str
    has_come: Callable[[Task, float], bool]  # the task, seconds since it was first seen at work


def after(seconds: float) -> Moment:
    return Moment(f"{seconds} s after its start", lambda task, age: age >= seconds)


SOON = after(0.1)


class TaskKiller:
    """Kills each task once, at its moment; as a context manager, for as long as the runs go on.

    Between two looks the process is stopped, so that it dies in the very state that was seen.

    Args:
        metadata_dsn: Airflow's own database.
        moments: task to moment; every mapped task of that name has it. Other tasks are killed soon after their start.
    """

    def __init__(self, metadata_dsn: str, dag_ids: list[str], moments: Mapping[str, Moment]) -> None:
        self._dsn, self._dag_ids, self._moments = metadata_dsn, dag_ids, moments
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="task killer")
        self._seen: dict[int, float] = {}
        self._error: BaseException | None = None
        self.killed: dict[str, str] = {}  # a task's name to the moment at which it was killed

    def __enter__(self) -> "TaskKiller":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        if self._error is not None and kind is None:
            raise self._error

    def _work(self) -> None:
        try:
            with psycopg.connect(self._dsn, autocommit=True) as conn:
                self._watch(conn)
        except BaseException as error:  # of a thread: told when the runs are over
            self._error = error

    def _watch(self, conn: psycopg.Connection[Any]) -> None:
        hurried_at = 0.0
        while not self._stop.is_set():
            with conn.cursor(row_factory=class_row(Task)) as cursor:
                tasks = cursor.execute(FIRST_ATTEMPTS, [self._dag_ids]).fetchall()
            waiting = [task for task in tasks if task.name not in self.killed]
            for task in waiting:
                if task.is_at_work():
                    self._look(task)
            if time.monotonic() - hurried_at > RETRY_SECONDS:
                conn.execute(RETRY_AT_ONCE, [self._dag_ids])
                hurried_at = time.monotonic()
            time.sleep(RUN_SECONDS if waiting else LOOK_SECONDS)

    def _look(self, task: Task) -> None:
        age = time.monotonic() - self._seen.setdefault(task.pid, time.monotonic())
        moment = self._moments.get(task.task_id, SOON)
        try:
            os.kill(task.pid, signal.SIGSTOP)
            try:
                if moment.has_come(task, age):
                    os.kill(task.pid, signal.SIGKILL)
                    self.killed[task.name] = moment.description
            finally:
                os.kill(task.pid, signal.SIGCONT)
        except ProcessLookupError:
            pass  # it ended first
