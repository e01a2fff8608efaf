"""Land in processes of their own, as Airflow's tasks do, each through the operator's own parts."""

import multiprocessing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.report import peak_megabytes, stopwatch

SOURCES = Path(__file__).resolve().parents[1] / "sources"
LANDED_TABLES = "landing.usage_files, landing.file_deliveries, landing.control_lines, landing.usage_records"


@dataclass(frozen=True, slots=True)
class Landing:
    """What one or several processes took; of their memory, what the largest held at its peak and grew by."""

    seconds: float
    seal_seconds: float  # the copy into the archive, with its digest
    grown_megabytes: int
    peak_megabytes: int


def land(dsn: str, paths: list[Path], *, at_once: bool) -> Landing:
    """Land these files in place of all landed before, one after the other or each in its own process.

    Connections are read from the environment, as a task reads them.
    """
    with psycopg.connect(dsn) as conn:
        conn.execute(f"truncate {LANDED_TABLES}".encode())
    shares = [[path] for path in paths] if at_once else [paths]
    spawn = multiprocessing.get_context("spawn")
    start, results = spawn.Barrier(len(shares) + 1), spawn.Queue()
    workers = [spawn.Process(target=_land_files, args=(share, start, results)) for share in shares]
    for worker in workers:
        worker.start()
    start.wait(timeout=300)
    with stopwatch() as seconds:
        landings: list[Landing] = [results.get(timeout=3600) for _ in workers]
    for worker in workers:
        worker.join()
    return Landing(
        seconds(),
        sum(each.seal_seconds for each in landings),
        max(each.grown_megabytes for each in landings),
        max(each.peak_megabytes for each in landings),
    )


def _land_files(paths: list[Path], start: Barrier, results: Any) -> None:
    from billing.hooks.file_store import FileStoreHook
    from billing.hooks.warehouse import WarehouseHook
    from invoicing.usage.sealing import seal
    from invoicing.usage.source_reader import load_sources

    sources, warehouse, archive = load_sources(SOURCES), WarehouseHook(), FileStoreHook("archive")
    warehouse.get_conn().close()
    before, seal_seconds = peak_megabytes(), 0.0
    start.wait(timeout=300)
    with stopwatch() as seconds:
        for path in paths:
            with stopwatch() as sealing:
                kept = archive.keep_sealed(path)
            seal_seconds += sealing()
            usage = seal(
                archive.path(kept.name),
                sha256=kept.sha256,
                byte_count=kept.byte_count,
                source_file=path.name,
                sources=sources,
            )
            warehouse.replace_usage_file(usage, sealed_path=kept.name, delivered_at=datetime(2026, 11, 2, tzinfo=UTC))
    peak = peak_megabytes()
    results.put(Landing(seconds(), seal_seconds, peak - before, peak))
