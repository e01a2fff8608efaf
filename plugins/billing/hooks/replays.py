"""The held queue in PostgreSQL: what may be read again, and what reading it again gave. One method, one transaction."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg import sql as composed
from psycopg.rows import class_row, scalar_row

from billing.hooks import replays_sql as sql
from billing.hooks.warehouse import file_facts, write_lines
from invoicing.usage import landing_sql
from invoicing.usage.sealing import SealedFile

Connect = Callable[[], AbstractContextManager[Connection[Any]]]


class ReplayRefused(RuntimeError):
    """Nothing may be read again or let pass as it was asked for."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person asks to read again; None is any."""

    source_code: str | None = None
    reason: str | None = None  # a reject's code, or file_held
    file_id: str | None = None

    def __str__(self) -> str:
        told = (("source", self.source_code), ("reason", self.reason), ("file", self.file_id and self.file_id[:12]))
        return ", ".join(f"{name} {value}" for name, value in told if value) or "everything held"

    def values(self) -> dict[str, str | None]:
        return {"source_code": self.source_code, "reason": self.reason, "file_id": self.file_id}


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file with refused lines of the scope, or held whole when it has a hold_reason."""

    file_number: int
    file_id: str
    source_code: str
    source_file: str
    sealed_path: str
    description_digest: str | None
    hold_reason: str | None
    source_lines: list[int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """Records that a replay changed, and how many of them are readable now."""

    record_count: int = 0
    readable_count: int = 0

    def __add__(self, other: "Replayed") -> "Replayed":
        return Replayed(self.record_count + other.record_count, self.readable_count + other.readable_count)


class ReplayStore:
    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def held_files(self, scope: Scope) -> list[HeldFile]:
        """The files with something to read again, in the order of their landing."""
        with self._connect() as conn, conn.cursor(row_factory=class_row(HeldFile)) as cursor:
            return cursor.execute(sql.HELD_FILES, scope.values()).fetchall()

    def replace_rejects(
        self,
        file_number: int,
        blocks: Iterable[str],
        *,
        replayed_by: str,
        scope: str,
        columns: Sequence[str],
    ) -> Replayed:
        """Put what was read again in the place of the refused lines, and keep those for an earlier `as_of`.

        A line that is readable already, or that is refused with the same words again, is left alone: the same replay
        twice changes nothing.

        Args:
            file_number: of the file.
            blocks: rows in COPY's text format.
            replayed_by: the person.
            scope: what was asked for, in words.
            columns: of `landing.usage_records`, in the order of the rows.
        """
        with self._connect() as conn, conn.cursor() as cursor:
            values: dict[str, Any] = {"file_number": file_number, "replayed_by": replayed_by, "scope": scope}
            cursor.execute(sql.LOCK_FILE, values)
            cursor.execute(sql.CREATE_READ_AGAIN)
            names = composed.SQL(", ").join(map(composed.Identifier, columns))
            with cursor.copy(sql.COPY_READ_AGAIN.format(columns=names)) as copy:
                for block in blocks:
                    copy.write(block)
            cursor.execute(sql.KEEP_CHANGED, values)
            record_count, readable_count = cursor.execute(sql.COUNT_CHANGED).fetchone() or (0, 0)
            if not record_count:
                return Replayed()
            values |= {"record_count": record_count, "readable_count": readable_count}
            [values["replay_id"]] = cursor.execute(sql.INSERT_REPLAY, values).fetchone() or [None]
            cursor.execute(sql.KEEP_REPLACED, values)
            cursor.execute(sql.DELETE_REPLACED)
            cursor.execute(sql.STAMP_READ_AGAIN)
            all_names = [composed.Identifier(name) for (name,) in cursor.execute(sql.COLUMNS_OF_RECORDS)]
            cursor.execute(sql.INSERT_READ_AGAIN.format(columns=composed.SQL(", ").join(all_names)))
            return Replayed(record_count, readable_count)

    def replace_held_file(self, held: HeldFile, usage: SealedFile, *, replayed_by: str, scope: str) -> Replayed:
        """Put a file that was held whole in place as its present description reads it; it may be held again.

        Args:
            held: as it was found.
            usage: the same bytes, sealed with their present description.
            replayed_by: the person.
            scope: what was asked for, in words.
        """
        values: dict[str, Any] = {
            **file_facts(usage),
            "file_number": held.file_number,
            "replayed_by": replayed_by,
            "scope": scope,
        }
        reading = usage.read(held.file_number)
        with self._connect() as conn, conn.cursor() as cursor:
            cursor.execute(sql.LOCK_FILE, values)
            if cursor.execute(sql.IS_STILL_HELD, values).fetchone() != (True,):
                return Replayed()  # another replay was faster
            cursor.execute(landing_sql.REPLACE_FACTS, values)
            write_lines(cursor, reading, values)
            record_count, readable_count = cursor.execute(sql.COUNT_RECORDS, values).fetchone() or (0, 0)
            counts = {"record_count": record_count, "readable_count": readable_count}
            cursor.execute(sql.INSERT_REPLAY, values | counts)
            return Replayed(record_count, readable_count)

    def accept_file(self, file_id: str, *, released_by: str, release_reason: str) -> bool:
        """Let a held file pass as it is, from now on.

        Returns:
            Whether it was held until now.

        Raises:
            ReplayRefused: there is no such file, or it was never held.
        """
        with self._connect() as conn, conn.cursor() as cursor:
            found = cursor.execute(sql.FILE, {"file_id": file_id}).fetchone()
            if found is None:
                raise ReplayRefused(f"no file {file_id[:12]}; give the whole file_id of rate.rpt_held_usage")
            source_file, hold_reason, _ = found
            if hold_reason is None:
                raise ReplayRefused(f"{source_file} is not held: there is nothing to accept")
            cursor.execute(
                sql.RELEASE_FILE, {"file_id": file_id, "released_by": released_by, "release_reason": release_reason}
            )
            return cursor.rowcount == 1

    def held_at_rating(self, scope: Scope) -> dict[str, int]:
        """How many records the last rating held, by reason: each rating looks at them again by itself."""
        with self._connect() as conn:
            if not conn.cursor(row_factory=scalar_row).execute(sql.HAS_HELD_REASONS).fetchone():
                return {}
            return {reason: int(count) for reason, count in conn.execute(sql.HELD_AT_RATING, scope.values())}
