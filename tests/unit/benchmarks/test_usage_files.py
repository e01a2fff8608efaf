"""The benchmark's files: as many records as asked, all readable, the same every time."""

from pathlib import Path

import pytest

from benchmarks.usage_files import write_usage_files
from invoicing.usage.source_reader import load_sources
from tests.sealed_files import read_whole, sealed

SOURCES = load_sources(Path(__file__).parents[3] / "sources")


@pytest.mark.parametrize("size", [2, 501])
def test_every_record_is_readable_and_lies_in_october(size: int, tmp_path: Path):
    files = write_usage_files(tmp_path, size)

    landed = [read_whole(sealed(file.path, SOURCES)) for file in files]
    rows = [row for _, of_file in landed for row in of_file]

    assert [None, None] == [reading.hold_reason for reading, _ in landed]
    assert [file.record_count for file in files] == [reading.record_count for reading, _ in landed]
    assert size == len(rows) == len({row["usage_id"] for row in rows})
    assert {None} == {row["reject_reason"] for row in rows}
    assert {"2026-10"} == {str(row["local_day"])[:7] for row in rows}


def test_the_same_size_gives_the_same_bytes(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    first, second = (write_usage_files(tmp_path / name, 60) for name in "ab")

    assert [file.path.read_bytes() for file in first] == [file.path.read_bytes() for file in second]


def test_a_plain_copy_reads_the_records_without_the_control_lines(tmp_path: Path):
    for file, control_lines in zip(write_usage_files(tmp_path, 60), (1, 2), strict=True):
        lines, records = file.path.read_bytes().splitlines(), file.body.read_bytes().splitlines()

        assert file.record_count == len(records) == len(lines) - control_lines
        assert set(records) < set(lines)
