"""The demo month: the same bytes each time, and the traps that real files hold."""

import csv
from pathlib import Path

import pytest

from demo.generate_usage import MASTER, generate
from invoicing.usage.sealing import SealedFile
from invoicing.usage.source_reader import load_sources
from tests.sealed_files import read_whole, sealed

SOURCES = load_sources(Path(__file__).parents[3] / "sources")


def master_lines() -> list[dict[str, str]]:
    with (MASTER / "lines.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SealedFile]:
    paths = generate(master_lines(), tmp_path_factory.mktemp("drop"))
    return {path.name: sealed(path, SOURCES) for path in paths}


def test_the_same_lines_give_the_same_bytes_and_file_times(tmp_path: Path):
    first, second = (generate(master_lines(), tmp_path / name) for name in ("first", "second"))

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [path.stat().st_mtime_ns for path in first] == [path.stat().st_mtime_ns for path in second]


def test_about_five_thousand_records_reach_three_descriptions(month: dict[str, SealedFile]):
    assert 4500 < sum(read_whole(usage)[0].record_count for usage in month.values()) < 6000
    assert {usage.source_code for usage in month.values()} == {"compteurs", "messidor", "noa24"}


def test_one_trailer_disagrees_and_its_records_are_nowhere_else(month: dict[str, SealedFile]):
    held = [usage for usage in month.values() if usage.hold_reason()]
    others = [usage for usage in month.values() if not usage.hold_reason()]

    [broken] = held
    calls = {line.split(";", 1)[1] for line in broken.path.read_bytes().decode("cp1252").splitlines()[1:-1]}
    elsewhere = {
        line.split(";", 1)[-1]
        for usage in others
        for line in usage.path.read_bytes().decode("cp1252", "replace").splitlines()
    }
    assert (broken.hold_reason() or "").startswith("trailer: says")
    assert calls and not calls & elsewhere


def test_one_file_comes_under_two_names_and_one_day_in_two_files(month: dict[str, SealedFile]):
    assert month["messidor_20261007.csv"].sha256 == month["messidor_20261007_bis.csv"].sha256
    first, second = (
        {line.split(";", 1)[1] for line in month[name].path.read_bytes().decode("cp1252").splitlines()[1:-1]}
        for name in ("messidor_20261013.csv", "messidor_20261016.csv")
    )
    assert {call.split(";")[1] for call in first & second} == {"12/10/2026"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("messidor_20261004.csv", '"0199001001";31/11/2026;25:00:00;'),
        ("noa24_20261015.csv", ";2026-10-09 25:05:00;"),
        ("messidor_20261028.csv", ";25/10/2026;02:30:07;"),
        ("messidor_20261103.csv", ";31/10/2026;23:58:12;"),
        ("messidor_20261103.csv", ";01/11/2026;00:10:45;"),
        ("messidor_20261016.csv", ";SVA 0,80 €/MIN;"),
        ("messidor_20261010.csv", ";NUMÉRO GRATUIT;"),
        ("messidor_20261010.csv", ";00mn00;"),
        ("messidor_20261010.csv", '"0199009991";'),
    ],
)
def test_each_trap_is_where_it_is_said_to_be(month: dict[str, SealedFile], name: str, text: str):
    usage = month[name]

    assert text in usage.path.read_bytes().decode(usage.source.layout.encoding)


def test_one_line_lost_a_column(month: dict[str, SealedFile]):
    counts = [line.count(";") for line in month["noa24_20261015.csv"].path.read_bytes().decode().splitlines()]

    assert counts.count(22) == 1 and set(counts) == {22, 23}


def test_no_call_is_older_than_its_line_except_those_of_nobody(month: dict[str, SealedFile]):
    starts = {row["line_id"]: row["valid_from"] for row in master_lines()}
    for usage in month.values():
        if usage.source_code == "noa24":
            for line in usage.path.read_bytes().decode().splitlines()[1:]:
                fields = line.split(";")
                assert fields[12] >= starts.get(f"+33{fields[11]}", "")
