"""Airflow's public API, as a person's browser would use it: log in, start runs, watch them, answer a question."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

FINISHED = ("success", "failed")


class RunFailed(RuntimeError):
    """A DAG run failed, or never came; the message names its failed tasks."""


class AirflowApi:
    def __init__(self, url: str, user: str, password: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False  # straight to loopback, whatever proxy this machine has
        answer = self._session.post(f"{url}/auth/token", json={"username": user, "password": password}, timeout=30)
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def wait_for_dags(self, dag_ids: set[str], seconds: float = 120) -> None:
        """Wait until the DAG processor has read these DAGs."""
        deadline = time.monotonic() + seconds
        while missing := dag_ids - {dag["dag_id"] for dag in self._get("/dags", limit=100)["dags"]}:
            if time.monotonic() > deadline:
                errors = [error["stack_trace"] for error in self._get("/importErrors")["import_errors"]]
                raise RunFailed(f"Airflow does not know {', '.join(sorted(missing))}. {' '.join(errors)[-2000:]}")
            time.sleep(1)

    def trigger(self, dag_id: str, **conf: str) -> str:
        """Start a run by hand and return its id."""
        answer = self._session.post(
            f"{self._url}/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf}, timeout=30
        )
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def run_since(self, dag_id: str, moment: datetime, seconds: float = 60) -> str:
        """Wait for the run that an asset starts after a moment, and return its id."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            runs = self._get(f"/dags/{dag_id}/dagRuns", order_by="-run_after", limit=5)["dag_runs"]
            after = [run for run in runs if datetime.fromisoformat(run["queued_at"]) >= moment]
            if after:
                return str(after[0]["dag_run_id"])
            time.sleep(0.5)
        raise RunFailed(f"no run of {dag_id} started within {seconds:.0f} s; see its page in Airflow")

    def wait(self, dag_id: str, run_id: str, on_change: Callable[[str], None], seconds: float = 300) -> datetime:
        """Watch a run until it ends, and return when it ended.

        Raises:
            RunFailed: it failed, or takes longer.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            run = self._get(f"/dags/{dag_id}/dagRuns/{run_id}")
            tasks = self._get(f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances", limit=500)["task_instances"]
            done = sum(task["state"] in ("success", "skipped") for task in tasks)
            on_change(f"{done}/{len(tasks)} tasks")
            if run["state"] == "failed":
                failed = sorted({task["task_id"] for task in tasks if task["state"] == "failed"})
                raise RunFailed(f"{dag_id} failed at {', '.join(failed) or 'its start'}; see its log in Airflow")
            if run["state"] == "success":
                return datetime.fromisoformat(run["end_date"])
            time.sleep(0.5)
        raise RunFailed(f"{dag_id} is not finished after {seconds:.0f} s; see its page in Airflow")

    def wait_for_question(self, dag_id: str, run_id: str, task_id: str, seconds: float = 120) -> dict[str, Any]:
        """Wait until a task has asked and parked, and return what it shows; an earlier answer would be lost."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._get(path)["state"] == "awaiting_input":
                return dict(self._get(f"{path}/-1/hitlDetails"))
            if self._get(f"/dags/{dag_id}/dagRuns/{run_id}")["state"] == "failed":
                raise RunFailed(f"{dag_id} failed before it could ask; see its log in Airflow")
            time.sleep(0.5)
        raise RunFailed(f"{dag_id}.{task_id} asks nobody after {seconds:.0f} s; see its page in Airflow")

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str, seconds: float = 120) -> None:
        """Answer the question, as the user logged in, and wait until the task has taken the answer.

        An answer within a second of the question meets a scheduler that has not yet seen the task park; Airflow then
        asks once more, and gets the same answer.
        """
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}"
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self._get(path)["state"]
            if state == "success":
                return
            if state == "awaiting_input" and not self._get(f"{path}/-1/hitlDetails")["response_received"]:
                time.sleep(1)
                answer = self._session.patch(
                    f"{self._url}/api/v2{path}/-1/hitlDetails",
                    json={"chosen_options": [option], "params_input": {}},
                    timeout=30,
                )
                answer.raise_for_status()
            time.sleep(0.5)
        raise RunFailed(f"{dag_id}.{task_id} does not take the answer; see its page in Airflow")

    def _get(self, path: str, **params: Any) -> Any:
        answer = self._session.get(f"{self._url}/api/v2{path}", params=params, timeout=30)
        answer.raise_for_status()
        return answer.json()


def now() -> datetime:
    return datetime.now(UTC)
