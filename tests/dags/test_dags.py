"""The steps as Airflow sees them, and what a person starts beside them. `7_collect_payments` comes later."""

from pathlib import Path
from typing import Any

STEPS = {
    "land_usage": "land",
    "rate_usage": "rate",
    "consolidate_period": "consolidate",
    "issue_invoices": "issue",
    "deliver_invoices": "deliver",
    "book_invoices": "book",
}
# Started by a person, with a form: the number of the step that it belongs to, and its tag.
BY_HAND = {
    "answer_fraud_alert": (1, "check"),
    "decide_meter_task": (1, "check"),
    "replay_held_usage": (1, "land"),
}


def upstream(dag: dict[str, Any], task_id: str) -> set[str]:
    """Every task that runs before this one."""
    found: set[str] = set()
    waiting = [task_id]
    while waiting:
        for before in dag["tasks"][waiting.pop()]["upstream"]:
            if before not in found:
                found.add(before)
                waiting.append(before)
    return found


def test_every_dag_reads_without_an_error(dag_bag: dict[str, Any]):
    assert dag_bag["errors"] == {}
    assert {*STEPS, *BY_HAND} == set(dag_bag["dags"])


def test_a_dag_is_tagged_with_its_step_and_says_when_it_starts_what_it_gives_and_whether_it_may_run_again(
    dag_bag: dict[str, Any],
):
    for dag_id, step in {**STEPS, **{dag_id: tag for dag_id, (_, tag) in BY_HAND.items()}}.items():
        dag = dag_bag["dags"][dag_id]
        assert [step] == dag["tags"]
        assert dag["doc"].startswith(step.capitalize())
        assert all(words in " ".join(dag["doc"].split()) for words in ("Starts:", "Run again:"))


def test_files_read_as_the_journey(dag_bag: dict[str, Any]):
    files = sorted((Path(dag["file"]).name, dag_id) for dag_id, dag in dag_bag["dags"].items())

    steps = [(f"{number}_{dag_id}.py", dag_id) for number, dag_id in enumerate(STEPS, start=1)]
    by_hand = [(f"{number}_{dag_id}.py", dag_id) for dag_id, (number, _) in BY_HAND.items()]
    assert sorted(steps + by_hand) == files


def test_no_run_is_made_up_for_the_past_and_runs_of_a_step_meet_only_while_they_wait_for_a_person_or_chorus(
    dag_bag: dict[str, Any],
):
    assert {False} == {dag["catchup"] for dag in dag_bag["dags"].values()}
    assert {"issue_invoices", "deliver_invoices"} == {
        dag_id for dag_id, dag in dag_bag["dags"].items() if dag["max_active_runs"] != 1
    }


def test_a_person_answers_before_any_number_is_drawn(dag_bag: dict[str, Any]):
    before = upstream(dag_bag["dags"]["issue_invoices"], "number_invoices")

    assert {"report", "approve", "record_answer"} <= before


def test_drafts_are_tried_and_checked_before_they_are_sealed(dag_bag: dict[str, Any]):
    before = upstream(dag_bag["dags"]["consolidate_period"], "seal_drafts")

    assert {"rehearse_drafts", "check_invoices_ready"} <= before
    assert any(task.startswith("consolidate.fct_drafts") for task in before)


def test_each_dbt_model_is_a_task(dag_bag: dict[str, Any]):
    tasks = dag_bag["dags"]["rate_usage"]["tasks"]

    assert any("rpt_file_conservation" in task for task in tasks)
    assert any("fct_rated_usage" in task for task in tasks)
