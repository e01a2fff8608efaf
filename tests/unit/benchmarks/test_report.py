"""The table of `make bench`."""

import time

import pytest

from benchmarks.report import Report, stopwatch


def test_a_line_says_seconds_rate_and_how_many_times_the_plain_copy(capsys: pytest.CaptureFixture[str]):
    report = Report(raw_seconds=0.5)

    report.line("land", 1.25, 100_000, says="grew by 4 MB")
    report.line("document", 10.0, 24, "invoices")
    report.seconds("dbt start", 4.0, "reads the project")

    head, land, document, start = capsys.readouterr().out.splitlines()
    assert ["seconds", "per", "second", "×", "raw", "COPY"] == head.split()
    assert "land 1.25 80,000 2.5 100,000 rows, grew by 4 MB" == " ".join(land.split())
    assert "document 10.00 2.4 24 invoices" == " ".join(document.split())
    assert "dbt start 4.00 reads the project" == " ".join(start.split())
    assert land.index("1.25") + 4 == document.index("10.00") + 5 == start.index("4.00") + 4


def test_a_stopwatch_stands_still_after_its_block():
    with stopwatch() as seconds:
        time.sleep(0.01)
    stopped = seconds()

    assert 0.01 <= stopped < 1
    assert stopped == seconds()
