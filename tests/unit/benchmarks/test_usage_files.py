"""The benchmark's files: as many records as asked, all readable, the same every time."""

from pathlib import Path

import pytest

from benchmarks.usage_files import write_usage_files
from invoicing.usage.records import COLUMNS
from invoicing.usage.sealing import seal
from invoicing.usage.source import source_named
from invoicing.usage.source_reader import load_sources

SOURCES = load_sources(Path(__file__).parents[3] / "sources")


@pytest.mark.parametrize("size", [2, 501])
def test_every_record_is_readable_and_lies_in_october(size: int, tmp_path: Path):
    files = write_usage_files(tmp_path, size)

    landed = [seal(file.path.read_bytes(), file.path.name, source_named(file.path.name, SOURCES)) for file in files]
    rows = [
        dict(zip(COLUMNS, row.split("\t"), strict=True))
        for usage in landed
        for row in "".join(usage.record_blocks()).splitlines()
    ]

    assert [None, None] == [usage.hold_reason for usage in landed]
    assert [file.record_count for file in files] == [usage.record_count for usage in landed]
    assert size == len(rows) == len({row["usage_id"] for row in rows})
    assert {"f"} == {row["is_rejected"] for row in rows}
    assert {"2026-10"} == {row["local_day"][:7] for row in rows}


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
