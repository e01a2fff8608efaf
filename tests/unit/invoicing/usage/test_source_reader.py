"""Descriptions of suppliers' files: complete and sensible, or refused with file, key and way out."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from invoicing.usage.source import NumberWriting, Source, SourceError, source_coded, sources_named
from invoicing.usage.source_reader import load_sources, read_source

FOLDER = Path(__file__).parents[4] / "sources"
SOURCES = load_sources(FOLDER)
MESSIDOR = (FOLDER / "messidor.yml").read_text(encoding="utf-8")


def a_name(pattern: str) -> str:
    """A name that a shell pattern matches."""
    return pattern.replace("[!0-9]", "a").replace("[0-9]", "1").replace("*", "").replace("?", "1")


def test_every_description_of_the_folder_is_loaded_in_the_order_of_names():
    assert [source.source_code for source in SOURCES] == [path.stem for path in sorted(FOLDER.glob("*.yml"))]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source_code)
def test_every_shipped_description_is_found_by_the_name_of_its_files(source: Source):
    for pattern in source.file_names:
        assert fnmatchcase(a_name(pattern), pattern)
        assert source in sources_named(a_name(pattern), SOURCES)


def test_a_name_that_nobody_described_has_no_source():
    assert sources_named("facture.pdf", SOURCES) == ()


def test_a_description_has_the_digest_of_its_text():
    first, second = (read_source(text, "a.yml") for text in (MESSIDOR, MESSIDOR + "# other\n"))

    assert first.description_digest != second.description_digest
    assert len(first.description_digest) == 64


def test_a_number_is_read_as_its_writing_says():
    columns = source_coded("messidor", SOURCES).columns

    assert (columns.line.at, columns.line.writing) == (2, NumberWriting.NATIONAL)
    assert columns.start.at == (3, 4)


def test_titles_take_their_slots_in_the_order_in_which_they_are_first_named():
    layout = source_coded("mobile", SOURCES).layout

    assert layout.has_titles and layout.column_counts == ()
    assert len(set(layout.names)) == len(layout.names)
    assert {"msisdn", "start_utc", "bytes_up", "bytes_down", "record_id"} <= {*layout.names}


@pytest.mark.parametrize(
    "text",
    ["", "- a list", "text", "source_code: [unclosed", "!!python/object/apply:os.system [ls]", "day: 2026-13-45", "[" * 3000],
)  # fmt: skip
def test_a_text_that_is_no_description_is_refused(text: str):
    with pytest.raises(SourceError, match=r"^messidor\.yml: "):
        read_source(text, "messidor.yml")


@pytest.mark.parametrize(
    "text",
    [
        MESSIDOR + "\nnot_billable: []\n",
        MESSIDOR.replace("  label: {at: 6}\n", "  label: {at: 6}\n  label: {at: 8}\n"),
        MESSIDOR.replace("{at: 6}", "{at: 6, at: 8}"),
    ],
)
def test_a_key_that_stands_twice_is_refused_and_not_read_as_the_last(text: str):
    with pytest.raises(
        SourceError, match=r"^messidor\.yml: .* the key \w+ stands twice .* keep one|the key \w+ stands"
    ):
        read_source(text, "messidor.yml")


def test_a_file_that_is_not_in_utf8_is_refused_by_its_name(tmp_path: Path):
    (tmp_path / "ete.yml").write_bytes("# Été".encode("cp1252"))

    with pytest.raises(SourceError, match=r"^ete\.yml: is not written in UTF-8 .*; save it so"):
        load_sources(tmp_path)


def test_two_descriptions_with_one_code_are_refused(tmp_path: Path):
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(MESSIDOR, encoding="utf-8")

    with pytest.raises(SourceError, match="source_code messidor stands in two descriptions; rename one"):
        load_sources(tmp_path)


def test_a_name_that_two_descriptions_claim_has_both():
    twin = read_source(MESSIDOR.replace("source_code: messidor", "source_code: twin"), "twin.yml")

    found = sources_named("messidor_1.csv", (*SOURCES, twin))

    assert [source.source_code for source in found] == ["messidor", "twin"]


def test_an_unknown_code_lists_the_known_ones():
    known = ", ".join(source.source_code for source in SOURCES)

    with pytest.raises(SourceError, match=f"fructidor_2; known are {known}$"):
        source_coded("fructidor_2", SOURCES)
