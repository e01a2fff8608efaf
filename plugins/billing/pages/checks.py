"""What the gates said: the latest runs, and one run with its verdict, its expectations and examples of faults."""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_dag
from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import HTMLResponse

from billing.hooks.checks import ChecksStore
from billing.hooks.warehouse import WarehouseHook
from billing.pages.labels import COLUMNS, SUITES, TABLES
from billing.pages.rendering import render

MOST_RUNS = 200
SHOWN_EXAMPLES = 10

router = APIRouter(prefix="/checks", dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.RUN))])


@router.get("", response_class=HTMLResponse)
def latest(user: GetUserDep, limit: Annotated[int, Query(ge=1, le=MOST_RUNS)] = 50) -> HTMLResponse:
    """The latest checked runs of the DAGs that this person may read."""
    readable = sorted(get_auth_manager().get_authorized_dag_ids(user=user))
    runs = ChecksStore(WarehouseHook().get_conn).latest_runs(readable, limit)
    return HTMLResponse(render("checks_list.html.jinja", runs=runs, suites=SUITES))


@router.get("/{dag_id}/{run_id:path}", response_class=HTMLResponse)
def one_run(dag_id: str, run_id: str) -> HTMLResponse:
    """What the gates said of a run; 404 when none has looked at it."""
    results = ChecksStore(WarehouseHook().get_conn).results(dag_id, run_id)
    if not results:
        raise HTTPException(404)
    return HTMLResponse(
        render(
            "checks_run.html.jinja",
            dag_id=dag_id,
            run_id=run_id,
            checked_at=max(result["checked_at"] for result in results),
            count=len(results),
            failed_count=sum(not result["success"] for result in results),
            gates=[_gate(task_id, list(rows)) for task_id, rows in groupby(results, itemgetter("task_id"))],
        )
    )


def _gate(task_id: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    suite = results[0]["suite"]
    tables = [_table(name, list(rows)) for name, rows in groupby(results, itemgetter("table_name"))]
    return {"task_id": task_id, "suite": SUITES.get(suite, suite), "tables": tables}


def _table(name: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    """One table with its expectations, those that failed first."""
    return {
        "name": name,
        "label": TABLES.get(name, name),
        "row_count": results[0]["row_count"],
        "failed_count": sum(not result["success"] for result in results),
        "results": [
            {**result, "examples": _examples(result["examples"])}
            for result in sorted(results, key=itemgetter("success"))
        ],
    }


def _examples(examples: Iterable[Any]) -> dict[str, Any]:
    """Examples as a table: rows with the columns of the query, or single values under one heading.

    JSON keeps no order of columns: that of the labels goes from what names a fault to what measures it. A column in
    which nothing stands is left out.
    """
    rows = [example if isinstance(example, dict) else {"value": example} for example in examples]
    said = {column for row in rows for column, value in row.items() if value is not None}
    columns = [*(column for column in COLUMNS if column in said), *sorted(said - COLUMNS.keys())]
    return {
        "headings": [COLUMNS.get(column, column) for column in columns],
        "rows": [[row.get(column) for column in columns] for row in rows[:SHOWN_EXAMPLES]],
        "more": max(0, len(rows) - SHOWN_EXAMPLES),
    }
