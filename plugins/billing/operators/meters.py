"""Check: keep a person's answer to a task about a meter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException


class DecideMeterTaskOperator(BaseOperator):
    """Write one answer of a person; who answers is who triggered the run."""

    template_fields: Sequence[str] = ("decided_by",)

    def __init__(self, *, decided_by: str = "{{ dag_run.triggering_user_name or '' }}", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.decided_by = decided_by

    def execute(self, context: Context) -> int | None:
        from billing.hooks.meters import AnswerRefused, MeterStore
        from billing.hooks.warehouse import WarehouseHook

        try:
            if not self.decided_by:
                raise AnswerRefused("nobody triggered this run: an answer is a person's, trigger it by hand")
            answer = read_answer(context["params"])
            decision_id = MeterStore(WarehouseHook().get_conn).decide(answer, decided_by=self.decided_by)
        except (AnswerRefused, ValueError) as refusal:
            raise AirflowFailException(str(refusal)) from refusal  # not retried: the same answer would be refused again
        self.log.info("Kept as decision %s; the next rating reads it", decision_id or "(already the last one)")
        return decision_id


def read_answer(params: Mapping[str, Any]) -> Any:
    """The answer that the form holds; empty fields are absent."""
    from billing.hooks.meters import Answer

    given = {name: value for name, value in dict(params).items() if value not in (None, "")}
    read_at = given.pop("read_at", None)
    return Answer(
        answer=given.pop("answer", ""),
        reason=given.pop("reason", ""),
        read_at=datetime.fromisoformat(read_at) if read_at else None,
        **given,
    )
