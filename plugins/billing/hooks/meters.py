"""Tasks about meters and people's answers to them. An answer is never changed: the last one for a reading counts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import dict_row

Connect = Callable[[], AbstractContextManager[Connection[Any]]]

ANSWERS = ("accept", "replace", "enter", "discard", "withdraw")
WITH_A_QUANTITY = ("replace", "enter")
NEVER_ACCEPTED = {
    "negative": "a difference below zero is never billed; give the pages with 'replace', or set the reading right",
    "conflict": "nobody knows which content to accept; 'enter' what the counter showed, or 'discard' the reading",
    "ambiguous_serial": "one machine must have one line; mend the master data, then rate again",
}
MOST_PAGES = 2_000_000_000

TASK = "select task_kind, line_id, read_at from watch_reports.rpt_meter_tasks where task_key = %s"
# A retry of the same answer writes nothing: it is already the last one for its reading and counter.
INSERT = """
with latest as (
    select answer, quantity, reason, decided_by
    from landing.meter_decisions
    where
        line_id = %(line_id)s
        and read_at = %(read_at)s
        and usage_type is not distinct from %(usage_type)s::text
    order by decided_at desc, decision_id desc
    limit 1
)
insert into landing.meter_decisions (line_id, read_at, usage_type, answer, quantity, reason, decided_by)
select %(line_id)s, %(read_at)s, %(usage_type)s, %(answer)s, %(quantity)s, %(reason)s, %(decided_by)s
where not exists (
    select from latest
    where
        answer = %(answer)s
        and quantity is not distinct from %(quantity)s::bigint
        and reason = %(reason)s
        and decided_by = %(decided_by)s
)
returning decision_id
"""


class AnswerRefused(ValueError):
    """The answer does not fit the task; the message says what would."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person says of one reading of a machine.

    Args:
        answer: accept, replace, enter, discard or withdraw.
        reason: why, in the person's words.
        usage_type: the counter; None for all counters of the machine.
        quantity: pages for `replace`, what the counter showed for `enter`.
        task_key: of the list of tasks; gives the machine and the instant.
        line_id: the machine, where no task names it.
        read_at: another instant than the task's: when an entered counter was read.
    """

    answer: str
    reason: str
    usage_type: str | None = None
    quantity: int | None = None
    task_key: str | None = None
    line_id: str | None = None
    read_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.answer not in ANSWERS:
            raise AnswerRefused(f"no answer {self.answer!r}; use one of {', '.join(ANSWERS)}")
        if not self.reason.strip():
            raise AnswerRefused("an answer needs its reason: it is what an auditor will read")
        if (self.answer in WITH_A_QUANTITY) != (self.quantity is not None):
            raise AnswerRefused(f"{self.answer!r}: {' and '.join(WITH_A_QUANTITY)} need a quantity, others have none")
        if self.quantity is not None and not self.usage_type:
            raise AnswerRefused(f"{self.answer!r} speaks of one counter: name its usage type, such as page_black")
        if self.quantity is not None and not 0 <= self.quantity <= MOST_PAGES:
            raise AnswerRefused(f"quantity {self.quantity}: pages go from 0 to {MOST_PAGES}")
        if self.read_at is not None and self.read_at.tzinfo is None:
            raise AnswerRefused(f"read_at {self.read_at}: add the offset, such as +01:00")
        if not self.task_key and not (self.line_id and self.read_at):
            raise AnswerRefused("name the task by its task_key, or the machine and the instant by line_id and read_at")


class MeterStore:
    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def decide(self, answer: Answer, *, decided_by: str) -> int | None:
        """Keep a person's answer; rating reads it at its next run.

        Returns:
            The number of the decision; None when the same answer was the last one already.

        Raises:
            AnswerRefused: no such task, or an answer that the task cannot take.
        """
        with self._connect() as conn, conn.cursor(row_factory=dict_row) as cursor:
            line_id, read_at = answer.line_id, answer.read_at
            if answer.task_key:
                task = _open_task(cursor, answer.task_key)
                _refuse_misfits(task["task_kind"], answer)
                line_id, read_at = task["line_id"], read_at or task["read_at"]
            values = {
                "line_id": line_id,
                "read_at": read_at,
                "usage_type": answer.usage_type,
                "answer": answer.answer,
                "quantity": answer.quantity,
                "reason": answer.reason,
                "decided_by": decided_by,
            }
            written = cursor.execute(INSERT, values).fetchone()
        return written["decision_id"] if written else None


def _open_task(cursor: Cursor[dict[str, Any]], task_key: str) -> dict[str, Any]:
    # dbt makes the list: before the first rating there is none
    exists = cursor.execute("select to_regclass('watch_reports.rpt_meter_tasks') is not null as is_there").fetchone()
    task = cursor.execute(TASK, (task_key,)).fetchone() if exists and exists["is_there"] else None
    if task is None:
        raise AnswerRefused(f"no open task {task_key}; see watch_reports.rpt_meter_tasks, which rating makes")
    return task


def _refuse_misfits(task_kind: str, answer: Answer) -> None:
    if answer.answer == "accept" and task_kind in NEVER_ACCEPTED:
        raise AnswerRefused(f"a task of kind {task_kind} cannot be accepted: {NEVER_ACCEPTED[task_kind]}")
    if answer.answer == "enter" and task_kind == "start" and answer.read_at is None:
        raise AnswerRefused("a start is an earlier reading: say in read_at when the machine was put in place")
