"""Descriptions of suppliers' files: complete and sensible, or refused with the way out."""

from pathlib import Path

import pytest

from invoicing.usage.source import NumberWriting, SourceError, source_coded, source_named
from invoicing.usage.source_reader import load_sources, read_source

FOLDER = Path(__file__).parents[4] / "sources"
MESSIDOR = (FOLDER / "messidor.yml").read_text(encoding="utf-8")


def test_every_shipped_description_is_readable_and_found_by_the_name_of_its_files():
    sources = load_sources(FOLDER)

    found = {source_named(name, sources).source_code for name in ("messidor_1.csv", "noa24_1.csv", "compteurs_1.csv")}

    assert found == {source.source_code for source in sources}


def test_a_name_that_nobody_described_has_no_source():
    assert source_named("facture.pdf", load_sources(FOLDER)) is None


def test_only_columns_that_mean_something_are_read():
    messidor = read_source(MESSIDOR, "messidor.yml")

    assert messidor.positions == (2, 3, 4, 5, 6, 7, 9)
    assert messidor.line.writing is NumberWriting.NATIONAL


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("encoding:", "encodin:", r"messidor\.yml: encodin: unknown key; the keys here are source_code"),
        ("encoding: cp1252\n", "", r"messidor\.yml: encoding: missing key; add it"),
        ("encoding: cp1252", "encoding: utf-16", r"encoding: 'utf-16' is not known; choose one of 'cp1252'"),
        ("column_count: 10", "column_count: 8", r"columns\.amount\.at: 9 is no position; columns go from 1 to 8"),
        ("[3, 4]", "3", r"columns\.start\.at: 3 is no list of positions"),
        ("DD/MM/YYYY hh:mm:ss", "DD/MM hh:mm:ss", r"columns\.start\.writing: .* is made of YYYY"),
        ("DD/MM/YYYY hh:mm:ss", "hh:mm:ss DD/MM/YYYY", r"columns\.start\.writing: .* then mm, ss, each once"),
        ("DD/MM/YYYY hh:mm:ss", "DD/MM/YYYY hh:mm:mm", r"columns\.start\.writing: .* then mm, ss, each once"),
        ("Europe/Paris", "Europe/Pari", r"columns\.start\.time_zone: 'Europe/Pari' is no time zone"),
        ("writing: national", "writing: by_nature", r"columns\.line\.writing: 'by_nature' is not known"),
        ("  duration: {at: 7, writing: 1 h 02mn05}\n", "", r"not_billable zero_duration needs columns\.duration"),
        ("when: duration", "when: colour", r"not_billable\[0\]\.when: 'colour' is not known"),
        ("quote: '\"'", "quote: '\"\"'", r"quote: '\"\"' is not one sign"),
    ],
)
def test_a_faulty_description_names_its_file_key_and_way_out(old: str, new: str, words: str):
    with pytest.raises(SourceError, match=words):
        read_source(MESSIDOR.replace(old, new, 1), "messidor.yml")


@pytest.mark.parametrize("text", ["", "- a list", "source_code: [unclosed", "!!python/object/apply:os.system [ls]"])
def test_a_text_that_is_no_description_is_refused(text: str):
    with pytest.raises(SourceError, match=r"messidor\.yml"):
        read_source(text, "messidor.yml")


def test_a_name_that_two_descriptions_claim_is_refused():
    twin = read_source(MESSIDOR.replace("source_code: messidor", "source_code: twin"), "twin.yml")

    with pytest.raises(SourceError, match=r"messidor_1\.csv: .*twin.* both match"):
        source_named("messidor_1.csv", (*load_sources(FOLDER), twin))


def test_an_unknown_code_lists_the_known_ones():
    with pytest.raises(SourceError, match="known are compteurs, messidor, noa24"):
        source_coded("fructidor", load_sources(FOLDER))
