"""`make bench`: seconds and rows per second of each step, beside the plain COPY of the same bytes.

SIZE says how many usage records (100000). Read the ratios: they hold on another machine, the seconds do not.
"""

import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.copying import duckdb_seconds, raw_copy_seconds, text_copy_seconds
from benchmarks.landing import land
from benchmarks.report import Report, peak_megabytes
from benchmarks.usage_files import write_usage_files
from ops import embedded_postgres
from ops.airflow_env import WAREHOUSE, airflow_environment
from ops.home import FOLDERS, REPOSITORY, free_port
from ops.migrate import migrate

DEFAULT_SIZE = 100_000
SMALL, LARGE = 10_000, 500_000  # between them, a run is too short to compare alone: the best of several is taken
REPEATS = 3


def main() -> int:
    text = os.environ.get("SIZE") or str(DEFAULT_SIZE)
    if not text.isdecimal() or int(text) < 2:
        print(f"make bench: SIZE={text} is no number of records; try make bench SIZE=100000", file=sys.stderr)
        return 1
    with TemporaryDirectory(prefix="releve-bench-") as folder:
        home = Path(folder)
        for name in FOLDERS:
            (home / name).mkdir(mode=0o700)
        server = embedded_postgres.start(home)  # with the settings of production: a commit is on the disk
        try:
            dsn = embedded_postgres.create_database(server, WAREHOUSE)
            migrate(dsn)
            os.environ |= airflow_environment(home, server, free_port()) | {
                "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",  # the table is the only output
                "PYTHONPATH": os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "plugins"))),
            }
            logging.disable(logging.WARNING)
            sys.path.insert(0, str(REPOSITORY / "plugins"))
            measure(home, dsn, int(text))
        finally:
            embedded_postgres.destroy(home)
    return 0


def measure(home: Path, dsn: str, size: int) -> None:
    """Print the table, each line as soon as it is known."""
    from benchmarks.billing import bill, land_master_data  # read their connections from the environment

    files = write_usage_files(home / "drop", size)
    paths = [file.path for file in files]
    megabytes = sum(path.stat().st_size for path in paths) / 1e6
    print(f"{size:,} records, {megabytes:,.1f} MB, in {' and '.join(path.name for path in paths)}\n")
    repeats = range(REPEATS if SMALL <= size < LARGE else 1)
    # In turns, so that a neighbour's noise falls on all of them alike.
    rounds = [
        (
            raw_copy_seconds(dsn, files),
            text_copy_seconds(dsn, files),
            duckdb_seconds(files),
            land(dsn, paths, at_once=False),
            land(dsn, paths, at_once=True),
        )
        for _ in repeats
    ]
    raw, text, duckdb, one, both = zip(*rounds, strict=True)
    alone, together = min(one, key=lambda landing: landing.seconds), min(both, key=lambda landing: landing.seconds)
    report = Report(raw_seconds=min(raw))
    report.line("COPY into typed columns", min(raw), size, says="bare tables with the files' own columns")
    report.line("COPY into one text column", min(text), size)
    report.line("DuckDB reads the same CSV", min(duckdb), size)
    report.line("seal", alone.seal_seconds, size)
    report.line("land, a file after the other", alone.seconds, size, says=f"grew by {alone.grown_megabytes} MB")
    faster = alone.seconds / together.seconds
    report.line("land, two files at once", together.seconds, size, says=f"{faster:.2f} times as fast")
    land_master_data()
    bill(report, dsn, home / "out", size)
    print(
        f"\nmemory: {peak_megabytes():,} MB at its peak in this process, {alone.peak_megabytes:,} MB in one that lands"
    )


if __name__ == "__main__":
    sys.exit(main())
