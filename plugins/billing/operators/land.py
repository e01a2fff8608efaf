"""Land one usage file: seal it, keep its untouched copy, put its lines in the warehouse."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from airflow.sdk import BaseOperator, Context

SOURCES_FOLDER = Path(__file__).resolve().parents[3] / "sources"


class LandUsageOperator(BaseOperator):
    """Land one usage file of the drop. What a usage file is, `invoicing.usage` knows.

    Args:
        path: its name in the drop.
        source: code of its description; by default the description whose file_name matches.
    """

    template_fields: Sequence[str] = ("path", "source")

    def __init__(self, *, path: str, source: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.source = source

    def execute(self, context: Context) -> dict[str, Any]:
        from billing.hooks.file_store import FileStoreHook
        from billing.hooks.warehouse import WarehouseHook
        from invoicing.usage.sealing import seal
        from invoicing.usage.source import source_coded, source_named
        from invoicing.usage.source_reader import load_sources

        drop, name = FileStoreHook(), PurePosixPath(self.path).name
        sources = load_sources(SOURCES_FOLDER)
        described = source_coded(self.source, sources) if self.source else source_named(name, sources)
        usage = seal(drop.read(self.path), name, described)
        sealed_path = FileStoreHook("archive").keep_sealed(usage.sha256, usage.content)
        is_new = WarehouseHook().replace_usage_file(
            usage, sealed_path=sealed_path, delivered_at=drop.modified_at(self.path)
        )
        if usage.hold_reason:
            self.log.warning("Held %s: %s", name, usage.hold_reason)
        self.log.info(
            "%s %s: %d lines, %d records, sealed as %s",
            "Landed" if is_new else "Landed before, logged the delivery of", name, usage.line_count, usage.record_count,
            usage.sha256[:12],
        )  # fmt: skip
        return {"file_id": usage.sha256, "is_new": is_new, "records": usage.record_count, "hold": usage.hold_reason}
