"""Land again what was held: a person repaired the cause, and only that is read again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException

from billing.operators.land import SOURCES_FOLDER

if TYPE_CHECKING:
    from billing.hooks.replays import HeldFile, Replayed, ReplayStore, Scope
    from invoicing.usage.sealing import SealedFile
    from invoicing.usage.source import Source


class ReplayHeldOperator(BaseOperator):
    """Read the refused lines of a scope again by their present descriptions, or let one held file pass.

    A file held whole is read again whole once its description has changed. What rating holds (an unknown line, no
    price) is looked at by each rating: this says how much of it is left.

    Args:
        source_code, reason, file_id: the scope; empty is any. `reason` is a reject's code, or file_held.
        accept_file: let the file of `file_id` pass as it is, instead of reading anything.
        replayed_by: the person; by default who triggered the run.
        reason_text: why a held file may pass; what an auditor will read.
    """

    template_fields: Sequence[str] = ("source_code", "reason", "file_id", "accept_file", "replayed_by", "reason_text")

    def __init__(
        self,
        *,
        source_code: str | None = None,
        reason: str | None = None,
        file_id: str | None = None,
        accept_file: bool | str = False,
        replayed_by: str = "{{ dag_run.triggering_user_name or '' }}",
        reason_text: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source_code = source_code
        self.reason = reason
        self.file_id = file_id
        self.accept_file = accept_file
        self.replayed_by = replayed_by
        self.reason_text = reason_text

    def execute(self, context: Context) -> dict[str, int]:
        from billing.hooks.replays import ReplayRefused, ReplayStore, Scope
        from billing.hooks.warehouse import WarehouseHook

        store = ReplayStore(WarehouseHook().get_conn)
        scope = Scope(self.source_code or None, self.reason or None, self.file_id or None)
        try:
            if not self.replayed_by:
                raise ReplayRefused("nobody triggered this run: a replay is a person's, trigger it by hand")
            replayed = self._accept(store) if str(self.accept_file) == "True" else self._read_again(store, scope)
        except ReplayRefused as refusal:
            raise AirflowFailException(str(refusal)) from refusal  # not retried: it would be refused again
        self.log.info("%d records changed, %d of them are readable now", replayed.record_count, replayed.readable_count)
        left = store.held_at_rating(scope)
        for reason, count in left.items():
            self.log.info("%d records held at the last rating: %s; the next one looks at them again", count, reason)
        return {
            "records": replayed.record_count,
            "readable": replayed.readable_count,
            "held_at_rating": sum(left.values()),
        }

    def _accept(self, store: "ReplayStore") -> "Replayed":
        from billing.hooks.replays import Replayed, ReplayRefused

        if not self.file_id or not self.reason_text.strip():
            raise ReplayRefused("accepting a file needs its file_id, and why it may pass: fill both")
        is_new = store.accept_file(self.file_id, released_by=self.replayed_by, release_reason=self.reason_text.strip())
        self.log.info("%s %s", "Accepted" if is_new else "Accepted before:", self.file_id[:12])
        return Replayed()

    def _read_again(self, store: "ReplayStore", scope: "Scope") -> "Replayed":
        from billing.hooks.replays import Replayed
        from invoicing.usage.sealing import read_again
        from invoicing.usage.source import SourceError
        from invoicing.usage.source_reader import load_sources

        sources, total = load_sources(SOURCES_FOLDER), Replayed()
        told = {"replayed_by": self.replayed_by, "scope": str(scope)}
        for held in store.held_files(scope):
            try:
                usage = sealed_again(held, sources)
            except (SourceError, OSError) as fault:  # of this file alone: the others are read
                self.log.warning("Left %s as it is: %s", held.source_file, fault)
                continue
            if held.hold_reason and is_read_otherwise(held, usage):
                done = store.replace_held_file(held, usage, **told)
                self.log.info("Read %s again whole: %s", held.source_file, usage.hold_reason() or "it is whole now")
            elif held.source_lines and usage.source:
                reading = read_again(usage, held.source_lines, held.file_number)
                blocks = reading.record_blocks()
                done = store.replace_rejects(held.file_number, blocks, columns=reading.columns, **told)
                self.log.info(
                    "Read %d lines of %s again: %d are readable now",
                    len(held.source_lines), held.source_file, done.readable_count,
                )  # fmt: skip
            else:
                self.log.info("Left %s as it is: %s", held.source_file, held.hold_reason or "nobody described it yet")
                continue
            total += done
        return total


def sealed_again(held: "HeldFile", sources: "tuple[Source, ...]") -> "SealedFile":
    """A held file from its untouched copy, with the description that its source, or its name, has now.

    Raises:
        SourceError: no description has its source_code any more.
        OSError: the archive lacks its copy.
    """
    from billing.hooks.file_store import FileStoreHook
    from invoicing.usage.sealing import seal
    from invoicing.usage.source import UNKNOWN, source_coded

    path = FileStoreHook("archive").path(held.sealed_path)
    return seal(
        path,
        sha256=held.file_id,
        byte_count=path.stat().st_size,
        source_file=held.source_file,
        sources=sources,
        told=None if held.source_code == UNKNOWN else source_coded(held.source_code, sources).source_code,
    )


def is_read_otherwise(held: "HeldFile", usage: "SealedFile") -> bool:
    """Whether the present description, or the present reader, makes something else of a file that was held whole."""
    digest = usage.source.description_digest if usage.source else None
    if (usage.source_code, digest) != (held.source_code, held.description_digest):
        return True
    return usage.hold_reason() != held.hold_reason
