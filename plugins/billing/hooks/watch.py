"""Fraud watching in PostgreSQL: alerts kept, whom they were told to, what people answered, their limits."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from billing.hooks import watch_sql
from invoicing.watching import FraudAlert

Connect = Callable[[], AbstractContextManager[psycopg.Connection[Any]]]

LISTS = ("thresholds", "suppressions", "test_numbers")
# What a person may answer → what is kept of it.
ANSWERS = {
    "acknowledge": ("acknowledged", None),
    "fraud": ("closed", "fraud"),
    "honest": ("closed", "honest"),
}


class AnswerRefused(ValueError):
    """An answer that cannot be kept; the message says what is missing."""


class WatchListRefused(ValueError):
    """A file of limits or silences does not fit its table."""


class WatchStore:
    """Reads what dbt found, writes schema `watch`. One method is one transaction."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def keep_alerts(self) -> tuple[int, int]:
        """Keep what this look found, and how far it looked; the same look again changes nothing.

        Returns:
            How many alerts are new, and how many known ones changed.
        """
        with self._connect() as conn, conn.cursor() as cursor:
            cursor.execute(watch_sql.KEEP_ALERTS)
            news = [bool(is_new) for (is_new,) in cursor.fetchall()]
            cursor.execute(watch_sql.KEEP_EVIDENCE)
            cursor.execute(watch_sql.KEEP_RUN)
        return sum(news), len(news) - sum(news)

    def due(self, channel: str) -> list[FraudAlert]:
        """Alerts to tell on this channel, dearest first: never told, or twice as dear as when they were."""
        with self._connect() as conn, conn.cursor(row_factory=class_row(FraudAlert)) as cursor:
            return cursor.execute(watch_sql.DUE, {"channel": channel}).fetchall()

    def mark_told(self, channel: str, alerts: Sequence[FraudAlert]) -> None:
        """Remember at which cost these alerts were told."""
        with self._connect() as conn, conn.cursor() as cursor:
            cursor.executemany(
                watch_sql.MARK_TOLD,
                [{"alert_key": a.alert_key, "channel": channel, "cost_so_far": a.cost_so_far} for a in alerts],
            )

    def decide(self, alert_key: str, answer: str, *, decided_by: str, reason: str) -> bool:
        """Keep a person's answer; the same answer again is kept once. Returns whether it was kept now.

        Args:
            answer: acknowledge, fraud or honest.

        Raises:
            AnswerRefused: unknown answer or alert, or nobody and no reason to name.
        """
        if answer not in ANSWERS:
            raise AnswerRefused(f"answer {answer!r} is not one of {', '.join(ANSWERS)}")
        if not decided_by.strip() or not reason.strip():
            raise AnswerRefused("an answer has an author and a reason; fill in both")
        status, verdict = ANSWERS[answer]
        word = {
            "alert_key": alert_key.strip(), "status": status, "verdict": verdict,
            "decided_by": decided_by, "reason": reason.strip(),
        }  # fmt: skip
        with self._connect() as conn, conn.cursor() as cursor:
            # Locked: of two people who answer at once, the second sees the first one's word.
            found = cursor.execute(
                "select 1 from watch.alerts where alert_key = %(alert_key)s for update", word
            ).fetchone()
            if found is None:
                raise AnswerRefused(
                    f"no alert {alert_key!r}; copy its reference from the e-mail or watch_reports.rpt_fraud_alerts"
                )
            last = cursor.execute(watch_sql.LAST_WORD, [word["alert_key"]]).fetchone()
            if last == (status, verdict, decided_by, word["reason"]):
                return False
            cursor.execute(watch_sql.DECIDE, word)
        return True

    def replace_lists(self, files: Mapping[str, bytes]) -> dict[str, tuple[int, int]]:
        """Make the known rows of these lists those of their CSV files, all or none; shipped default limits stay.

        Args:
            files: table (thresholds, suppressions, test_numbers) → its content (UTF-8, comma, header).

        Returns:
            Table → how many rows stopped being known, and how many started.

        Raises:
            WatchListRefused: unknown table or column.
            psycopg.DataError: a value that its column can't hold; PostgreSQL names the line and the column.
        """
        unknown = sorted(set(files) - set(LISTS))
        if unknown:
            raise WatchListRefused(f"no list {unknown[0]!r}; name the file after one of {', '.join(LISTS)}")
        with self._connect() as conn, conn.cursor() as cursor:
            return {table: _replace(cursor, table, files[table]) for table in LISTS if table in files}


def _replace(cursor: psycopg.Cursor[Any], table: str, content: bytes) -> tuple[int, int]:
    header = content.split(b"\n", 1)[0].decode("utf-8-sig").strip().split(",")
    columns = [name for (name,) in cursor.execute(watch_sql.LIST_COLUMNS, [table])]
    strange = sorted(set(header) - set(columns))
    if strange or len(set(header)) != len(header):
        raise WatchListRefused(
            f"{table}.csv: unknown columns {strange or header}; "
            f"its first line names some of {','.join(columns)}, once each"
        )
    incoming = sql.Identifier(f"incoming_{table}")
    parts = {
        "table": sql.Identifier("watch", table),
        "incoming": incoming,
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "header": sql.SQL(", ").join(map(sql.Identifier, header)),
    }
    cursor.execute(watch_sql.CREATE_INCOMING.format(**parts))
    with cursor.copy(sql.SQL("copy {incoming} ({header}) from stdin (format csv, header)").format(**parts)) as to:
        to.write(content.removeprefix(b"\xef\xbb\xbf"))
    is_default_kept = watch_sql.NOT_A_KEPT_DEFAULT.format(incoming=incoming)
    parts["replaceable"] = is_default_kept if table == "thresholds" else watch_sql.ALL_ROWS
    cursor.execute(watch_sql.END_KNOWLEDGE.format(**parts))
    ended = cursor.rowcount
    cursor.execute(watch_sql.START_KNOWLEDGE.format(**parts))
    return ended, cursor.rowcount
