"""Any bytes, in any wrapping: the readers give what is there, or hold the file; nothing else, and not for long."""

import io
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.elements import Element, json_blocks, xml_blocks
from invoicing.usage.limits import Limits, Unreadable
from invoicing.usage.lines import LongLine, line_blocks
from invoicing.usage.sheets import sheet_blocks
from invoicing.usage.wrappings import open_content
from tests.fuzz import other_readers
from tests.fuzz.hostile import JSONS, TEXTS, XMLS, hostile, memory_is_bounded, mutated, packed, watched, workbooks


@pytest.fixture(autouse=True, scope="module")
def _memory() -> Iterator[None]:
    with memory_is_bounded():
        yield


def read(blocks: Iterator[list[Element]]) -> tuple[list[Element], str]:
    """The elements that came, and the code of the fault behind them."""
    found: list[Element] = []
    with watched():
        try:
            for block in blocks:
                assert block
                found += block
        except Unreadable as error:
            code, _, words = str(error).partition(": ")
            assert code.replace("_", "").isalpha() and words
            return found, code
    return found, ""


def storable(elements: list[Element]) -> None:
    for element in elements:
        assert "\0" not in "".join((element.path, element.raw_text, *element.fields))
        "".join((element.path, element.raw_text, *element.fields)).encode()  # no half of a pair


@hostile
@given(
    mutated(TEXTS),
    st.sampled_from(["utf-8", "cp1252", "iso-8859-1", "utf-16-le", "utf-16-be"]),
    st.sampled_from([8, 40, 1 << 20]),
)
def test_as_many_lines_come_as_another_reader_counts(content: bytes, encoding: str, max_length: int):
    expected = other_readers.lines(content, encoding)

    with watched():
        found = list(chain.from_iterable(line_blocks(io.BytesIO(content), encoding, max_length=max_length)))

    assert len(expected) == len(found)
    assert all(
        line.startswith(kept) if isinstance(kept, LongLine) else line == kept
        for line, kept in zip(expected, found, strict=True)
    )
    assert [len(line) > max_length for line in expected] == [isinstance(line, LongLine) for line in found]


@hostile
@given(mutated(JSONS))
def test_json_gives_the_elements_that_another_reader_finds_or_holds_the_file(content: bytes):
    try:
        expected = other_readers.document(content)
    except ValueError:
        expected = "broken"

    found, fault = read(json_blocks(io.BytesIO(content), "", ["a", "price.value", "list"]))

    storable(found)
    if isinstance(expected, list):
        assert (len(expected), "") == (len(found), fault) or fault == "too_deep"
        assert [isinstance(value, dict) for value in expected[: len(found)]] == [bool(one.fields) for one in found]
    else:
        assert bool(fault) == (expected is not None)


@hostile
@given(mutated(JSONS), st.sampled_from(["d.i", "a", "d"]))
def test_json_under_any_path_is_read_or_held(content: bytes, records: str):
    found, _ = read(json_blocks(io.BytesIO(content), records, ["a"]))

    storable(found)


@hostile
@given(mutated(XMLS))
def test_xml_gives_the_elements_that_another_reader_finds_or_holds_the_file(content: bytes):
    expected = other_readers.outermost(content, "c")

    found, fault = read(xml_blocks(io.BytesIO(content), "c", ["a", "b", "@k", "c/a"]))

    storable(found)
    if expected is not None:
        assert (expected, "") == (len(found), fault) or fault in (
            "xml_entities",
            "unknown_encoding",
            "no_records",
            "too_deep",
        )


@hostile
@given(workbooks, st.sampled_from([None, "DD/MM/YYYY hh:mm:ss", "epoch"]))
def test_a_workbook_is_read_or_held(content: bytes, start_writing: str | None):
    found, _ = read(sheet_blocks(io.BytesIO(content), start_writing=start_writing))

    storable(found)


@hostile
@given(content=packed(TEXTS))
def test_a_wrapping_gives_the_bytes_that_another_reader_unpacks_or_is_held(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
):
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(content)
    unpacked = None
    with watched():
        try:
            with open_content(path, limits=Limits(ratio_from=1 << 20)) as opened:
                unpacked = opened.stream.read()
        except Unreadable as error:
            assert ": " in str(error) and "; " in str(error)

    if unpacked is not None and content.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        assert other_readers.unpacked(content) == unpacked


@hostile
@given(content=packed([*TEXTS, *JSONS, *XMLS]) | mutated([*TEXTS, *JSONS, *XMLS]) | workbooks)
def test_any_file_through_any_reader_is_read_or_held(content: bytes, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(content)
    for shape in ("lines", "json", "xml"):
        with watched():
            try:
                with open_content(path) as opened:
                    if opened.kind == "sheet":
                        storable(read(sheet_blocks(opened.stream, start_writing=None))[0])
                    elif shape == "lines":
                        assert all(line_blocks(opened.stream, "utf-8"))
                    elif shape == "json":
                        storable(read(json_blocks(opened.stream, "", ["a"]))[0])
                    else:
                        storable(read(xml_blocks(opened.stream, "c", ["a"]))[0])
            except Unreadable as error:
                assert ": " in str(error)
