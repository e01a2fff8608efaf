"""`make bench`: seconds and rows per second of each step, beside the plain COPY of the same bytes.

LAND_SIZE says how many usage records are landed (2000000), SIZE how many are billed (100000). Read the ratios: they
hold on another machine, the seconds do not.
"""

import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.copying import duckdb_seconds, raw_copy_seconds, text_copy_seconds
from benchmarks.landing import Landing, land
from benchmarks.report import Report, peak_megabytes
from benchmarks.usage_files import write_usage_files
from ops import embedded_postgres
from ops.airflow_env import WAREHOUSE, airflow_environment
from ops.home import FOLDERS, REPOSITORY, free_port
from ops.migrate import migrate

SIZES = {"LAND_SIZE": 2_000_000, "SIZE": 100_000}
SMALL, LARGE = 10_000, 500_000  # between them, a run is too short to compare alone: the best of several is taken
REPEATS = 3


def main() -> int:
    sizes = {name: os.environ.get(name) or str(default) for name, default in SIZES.items()}
    for name, text in sizes.items():
        if not text.isdecimal() or int(text) < 2:
            print(
                f"make bench: {name}={text} is no number of records; try make bench {name}={SIZES[name]}",
                file=sys.stderr,
            )
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
            measure(home, dsn, int(sizes["LAND_SIZE"]), int(sizes["SIZE"]))
        finally:
            embedded_postgres.destroy(home)
    return 0


def measure(home: Path, dsn: str, land_size: int, size: int) -> None:
    """Print the table, each line as soon as it is known."""
    from benchmarks.billing import bill, land_master_data  # read their connections from the environment

    land_master_data()
    small = land_tenth(home, dsn, land_size)
    report, alone = measure_landing(home, dsn, land_size)
    print(
        f"\nmemory: landing grew by {small.grown_megabytes:,} MB at {land_size // 10:,} records,"
        f" by {alone.grown_megabytes:,} MB at {land_size:,}; {alone.peak_megabytes:,} MB at its peak\n"
    )
    if size != land_size:
        report, _ = measure_landing(home, dsn, size)
    bill(report, dsn, home / "out", size)
    print(f"\nmemory: {peak_megabytes():,} MB at its peak in this process")


def measure_landing(home: Path, dsn: str, size: int) -> tuple[Report, Landing]:
    """Land two files, beside what the same bytes cost without us; they stay landed."""
    from benchmarks.billing import deduplicate

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
    report.line("land, a file after the other", alone.seconds, size)
    faster = alone.seconds / together.seconds
    report.line("land, two files at once", together.seconds, size, says=f"{faster:.2f} times as fast")
    report.line("deduplicate (dbt)", deduplicate(dsn, home / "out"), size)
    return report, alone


def land_tenth(home: Path, dsn: str, size: int) -> Landing:
    """Land a tenth of the records, for what memory does when a file grows tenfold."""
    files = write_usage_files(home / "drop", max(2, size // 10))
    return land(dsn, [file.path for file in files], at_once=False)


if __name__ == "__main__":
    sys.exit(main())
