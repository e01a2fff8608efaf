"""Hostile files of a gigabyte and more are read to their end or refused, in little memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.appetite import CASES

REPOSITORY = Path(__file__).parents[2]
GROWTH = 200  # MiB
LINES = {
    "a line of 1 GiB": "1 long",
    "a line of 1 GiB in UTF-16": "1 long, 1 line",
    "a line of 1 GiB in an old code page, another behind it": "1 long, 1 line",
    "JSON: a text of 1 GiB": "1 element, element_too_large",
    "JSON: an element of 1 GiB": "element_too_large",
    "JSON: arrays in arrays": "too_deep",
    "JSON: 1 GiB of spaces": "1 element",
    "JSON: 256 MiB of elements": "16384 element, 1 refused",
    "JSON: 1 GiB of elements that are nearly too long": "1024 element, 1 refused",
    "XML: 256 MiB of elements": "16384 element",
    "XML: elements in elements": "1 element, too_deep",
    "gzip: 10 GiB in a line": "archive_too_large",
    "zip: 10 GiB in a line": "archive_too_large",
    "XLSX: 10 GiB in a text": "element_too_large",
    "XLSX: 10 GiB of cells in a row": "element_too_large",
    "XLSX: 10 GiB of empty rows": "sheet_too_large",
}
XML = "1 element, element_too_large"


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_costs_little_memory(case: str):
    """In a process of its own, which may not even reserve more: its peak is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.appetite", case], cwd=REPOSITORY, capture_output=True, text=True, timeout=300
    )

    assert (0, "") == (done.returncode, done.stderr)
    growth, _, outcome = done.stdout.strip().partition("\t")
    assert LINES.get(case, XML) == outcome
    assert int(growth.removesuffix(" MiB")) < GROWTH
