"""`make bench` on a few records: every step runs and says its figures, and nothing is left behind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STEPS = (
    "COPY into typed columns", "COPY into one text column", "DuckDB reads the same CSV", "seal",
    "land, a file after the other", "land, two files at once", "deduplicate (dbt)", "dbt start", "rate (dbt)", "deduplicate and account",
    "consolidate (dbt)", "rehearse", "number, one transaction", "document of one page", "document with a long annex",
    "book (dbt)", "export FEC, CSV and Parquet",
)  # fmt: skip


def bench(size: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.run"],
        cwd=REPOSITORY,
        env={**os.environ, "LAND_SIZE": "500", "SIZE": size, "TMPDIR": str(folder), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=550,
        check=False,
    )


@pytest.mark.slow
def test_every_step_is_measured_and_nothing_stays(tmp_path: Path):
    # The server runs as another user when we are root: its folder is its own, ours may be closed.
    done = bench("500", tmp_path)

    assert 0 == done.returncode, done.stderr[-3000:]
    assert "500 records" in done.stdout
    for step in STEPS:
        [line] = [line for line in done.stdout.splitlines() if line.strip().startswith(("of it " + step, step))]
        assert re.search(r" \d[\d,]*\.\d\d ", line), line
    assert re.search(r"memory: landing grew by [\d,]+ MB at 50 records, by [\d,]+ MB at 500", done.stdout)
    assert re.search(r"memory: [\d,]+ MB at its peak", done.stdout)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("size", ["1", "many", "-5"])
def test_a_size_that_is_none_gets_one_clear_line(size: str, tmp_path: Path):
    done = bench(size, tmp_path)

    assert 1 == done.returncode
    assert f"make bench: SIZE={size} is no number of records; try make bench SIZE=100000\n" == done.stderr
