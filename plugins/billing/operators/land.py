"""Land one usage file: seal it, keep its untouched copy, put its lines in the warehouse."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator, Context

SOURCES_FOLDER = Path(__file__).resolve().parents[3] / "sources"


class LandUsageOperator(BaseOperator):
    """Land one usage file of the drop. What a usage file is, `invoicing.usage` knows.

    Args:
        path: its name in the drop.
        source: code of its description; by default the one that its folder tells, or that claims its name.
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
        from invoicing.usage.source import source_coded
        from invoicing.usage.source_reader import load_sources

        drop, archive, warehouse = FileStoreHook(), FileStoreHook("archive"), WarehouseHook()
        sources = load_sources(SOURCES_FOLDER)
        told = source_coded(self.source, sources).source_code if self.source else None
        warehouse.replace_sources(sources)
        delivery = drop.delivery(self.path)
        kept = archive.keep_sealed(drop.path(self.path))
        usage = seal(
            archive.path(kept.name),
            sha256=kept.sha256,
            byte_count=kept.byte_count,
            source_file=delivery.source_file,
            sources=sources,
            told=told or delivery.source_code,
        )
        landed = warehouse.replace_usage_file(
            usage,
            sealed_path=kept.name,
            delivered_at=delivery.delivered_at,
            road=delivery.road,
            landing_run_id=context.get("run_id"),
        )
        drop.clear_landed(self.path)
        if landed.hold_reason:
            self.log.warning("Held %s: %s", usage.source_file, landed.hold_reason)
        self.log.info(
            "%s %s: %d records, sealed as %s",
            "Landed" if landed.is_new else "Landed before, logged the delivery of", usage.source_file,
            landed.record_count, usage.sha256[:12],
        )  # fmt: skip
        return {
            "file_id": usage.sha256, "is_new": landed.is_new, "records": landed.record_count,
            "hold": landed.hold_reason,
        }  # fmt: skip
