"""A file as it came: physical lines, control lines, and the reasons to hold it whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.sealing import physical_lines, seal
from invoicing.usage.source import source_coded
from invoicing.usage.source_reader import load_sources

REPOSITORY = Path(__file__).parents[4]
SAMPLES = REPOSITORY.parent / "shared" / "samples" / "cdr" / "france"
SOURCES = load_sources(REPOSITORY / "sources")
MESSIDOR, NOA24 = source_coded("messidor", SOURCES), source_coded("noa24", SOURCES)
CALL = '1;"0199001008";03/10/2026;10:15:30;"0639980012";FRANCE MOBILE;01mn14;MX2;0,148;60;'


def messidor(*records: str, trailer: str | None = None) -> bytes:
    trailer = trailer or f"9;FIN;{len(records)};{74 * len(records)}"
    return "".join(line + "\r\n" for line in ("0;DEBUT;20261004;MESSIDOR;2.1", *records, trailer)).encode("cp1252")


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"", 0),
        (b"a", 1),
        (b"a\n", 1),
        (b"a\r\nb", 2),
        (b"a\rb\rc", 3),
        (b"a\n\nb\n", 3),
        (b"a\r\n\r\n", 2),
        (b"\n", 1),
    ],
)
def test_physical_lines_end_in_crlf_lf_or_cr_and_the_last_may_lack_its_end(content: bytes, count: int):
    assert len(list(physical_lines(content, MESSIDOR))) == count


@given(st.binary(max_size=200))
def test_any_bytes_are_sealed_and_their_lines_are_control_lines_or_records(content: bytes):
    usage = seal(content, "messidor_1.csv", MESSIDOR)

    assert usage.line_count == len(content.splitlines())
    assert usage.line_count == len(usage.control_lines) + usage.record_count
    assert sum(block.count("\n") for block in usage.record_blocks()) == usage.record_count


def test_header_trailer_and_blank_lines_are_no_records():
    usage = seal(messidor(CALL, "", CALL, trailer="9;FIN;2;148"), "messidor_1.csv", MESSIDOR)

    assert (usage.line_count, usage.record_count, usage.hold_reason) == (5, 2, None)
    assert [line.source_line for line in usage.control_lines] == [1, 3, 5]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (messidor(CALL, trailer="9;FIN;2;150"), "trailer: says 2 records and 150 s, the file has 1 records and 74 s"),
        (messidor(CALL, trailer="9;FIN;1;75"), "trailer: says 1 records and 75 s, the file has 1 records and 74 s"),
        (
            messidor(CALL, trailer="9;FIN"),
            "trailer: says nothing records and nothing s, the file has 1 records and 74 s",
        ),
        (messidor(CALL)[:-12], "trailer: missing, the file may be cut"),
        (messidor(CALL) + CALL.encode(), "trailer: line 3 is not the last line"),
        (messidor(CALL).partition(b"\r\n")[2], "start line: expected DEBUT on line 1 and nowhere else"),
        (b"", "start line: expected DEBUT on line 1 and nowhere else; trailer: missing, the file may be cut"),
    ],
)
def test_a_file_that_disagrees_with_its_control_lines_is_held_with_the_words(content: bytes, reason: str):
    assert seal(content, "messidor_1.csv", MESSIDOR).hold_reason == reason


def test_a_trailer_may_write_its_figures_with_leading_zeros():
    assert seal(messidor(CALL, trailer="9;FIN;0001;000074"), "messidor_1.csv", MESSIDOR).hold_reason is None


def test_a_file_without_its_header_is_held_and_loses_no_record():
    usage = seal(b"T1;N\nT2;N\n", "noa24_1.csv", NOA24)

    assert usage.hold_reason == "header: line 1 does not begin with ID_TICKET"
    assert usage.record_count == 2


def test_a_byte_order_mark_does_not_hide_the_header():
    assert seal(b"\xef\xbb\xbfID_TICKET;TYPE\n", "noa24_1.csv", NOA24).hold_reason is None


def test_a_file_that_nobody_described_is_held_whole():
    usage = seal(b"a;b\n\nc\n", "autre.csv", None)

    assert usage.hold_reason == "no source description matches this name: autre.csv; describe it in sources/"
    assert (usage.source_code, usage.line_count, usage.record_count) == ("unknown", 3, 2)


@pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")
@pytest.mark.parametrize(
    ("name", "record_count", "control_count"),
    [("messidor_20250903.csv", 90, 2), ("noa24_20250901.csv", 40, 1), ("noa24_20250902.csv", 40, 1)],
)
def test_the_shared_samples_pass_their_own_control_lines(name: str, record_count: int, control_count: int):
    source = MESSIDOR if name.startswith("messidor") else NOA24

    usage = seal((SAMPLES / name).read_bytes(), name, source)

    assert (usage.record_count, len(usage.control_lines), usage.hold_reason) == (record_count, control_count, None)
