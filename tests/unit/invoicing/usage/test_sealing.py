"""A file as it came: which description reads it, what its control lines prove, what its name says."""

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.sealing import SealedFile, named_facts, seal
from invoicing.usage.source import Source, source_coded
from invoicing.usage.source_reader import load_sources
from tests.described_usage import a_call as six_columns
from tests.described_usage import described, read_bytes
from tests.integration.usage_lines import NOA24_TITLES, a_call, messidor

REPOSITORY = Path(__file__).parents[4]
SAMPLES = REPOSITORY.parent / "shared" / "samples" / "cdr" / "france"
SOURCES = load_sources(REPOSITORY / "sources")
MESSIDOR, NOA24 = source_coded("messidor", SOURCES), source_coded("noa24", SOURCES)
CALL = a_call()


def held(source: Source | None, content: bytes) -> str | None:
    return read_bytes(source, content)[0].hold_reason


def sealed_as(folder: Path, name: str, content: bytes, sources: tuple[Source, ...], **told: Any) -> SealedFile:
    path = folder / name
    path.write_bytes(content)
    return seal(path, sha256="f" * 64, byte_count=len(content), source_file=name, sources=sources, **told)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_and_their_lines_are_control_lines_or_records(content: bytes):
    for source in (MESSIDOR, NOA24, None):
        reading, rows = read_bytes(source, content, "messidor_1.csv" if source is MESSIDOR else "")
        control = "".join(reading.control_blocks()).count("\n")

        assert reading.line_count == reading.control_line_count + reading.record_count
        assert (control, len(rows)) == (reading.control_line_count, reading.record_count)
        assert all(":" in (row["reject_reason"] or ":") for row in rows)
        assert len({row["source_line"] for row in rows}) == len(rows)


def test_header_trailer_and_blank_lines_are_no_records():
    reading, rows = read_bytes(MESSIDOR, messidor(CALL, "", CALL, trailer="9;FIN;2;148"))

    assert (reading.line_count, reading.record_count, reading.hold_reason) == (5, 2, None)
    assert [line.split("\t")[1] for line in "".join(reading.control_blocks()).splitlines()] == ["1", "3", "5"]
    assert [row["source_line"] for row in rows] == ["2", "4"]


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
        (messidor(CALL) + b"9;FIN;1;74\r\n", "trailer: line 3 is not the last line"),
        (messidor(CALL).partition(b"\r\n")[2], "start line: expected DEBUT on line 1 and nowhere else"),
        (b"", "start line: expected DEBUT on line 1 and nowhere else; trailer: missing, the file may be cut"),
        (messidor(CALL, trailer="9;FIN;0001;000074"), None),
    ],
)
def test_a_file_that_disagrees_with_its_control_lines_is_held_with_the_words(content: bytes, reason: str | None):
    assert held(MESSIDOR, content) == reason


@pytest.mark.parametrize(
    ("trailer", "reason"),
    [
        ("T;2;00:02:28;1,5", None),
        (
            "T;2;00:02:29;1,5",
            "trailer: says 2 records and 149 s and 1.5 EUR, the file has 2 records and 148 s and 1.5 EUR",
        ),
        (
            "T;2;00:02:28;1,51",
            "trailer: says 2 records and 148 s and 1.51 EUR, the file has 2 records and 148 s and 1.5 EUR",
        ),
    ],
)
def test_a_trailer_adds_seconds_in_its_own_writing_and_amounts(trailer: str, reason: str | None):
    places = {"record_count_at": 2, "total_seconds_at": 3, "total_amount_at": 4, "total_seconds_writing": "hh:mm:ss"}
    source = described(
        {"amount": {"at": 5, "decimal_signs": ","}},
        control_lines={"trailer": {"at": 1, "is": "T", **places}},
    )
    calls = six_columns(word="1"), six_columns(word="0,5", identity="T2")

    assert held(source, "\n".join((*calls, trailer)).encode()) == reason


def test_a_refused_record_is_counted_and_its_seconds_where_they_could_be_read():
    unreadable = a_call(called="0 abc")

    assert held(MESSIDOR, messidor(CALL, unreadable, "no call", trailer="9;FIN;3;148")) is None


def test_a_start_line_says_the_number_of_the_file():
    source = described(control_lines={"start": {"at": 1, "is": "H", "sequence_at": 3}})

    reading, _ = read_bytes(source, f"H;x;000017\n{six_columns()}".encode())

    assert (reading.sequence_number, reading.hold_reason) == (17, None)


def test_a_file_without_its_header_is_held_and_loses_no_record():
    reading, _ = read_bytes(NOA24, b"T1;N\nT2;N\n")

    assert reading.hold_reason == "header: line 1 does not begin with ID_TICKET"
    assert reading.record_count == 2


def test_a_byte_order_mark_does_not_hide_the_header():
    assert held(NOA24, b"\xef\xbb\xbf" + NOA24_TITLES.encode()) is None


def test_a_description_is_found_by_the_name_and_by_the_first_line(tmp_path: Path):
    short, long, titled = (
        described(source_code=code, file_name="essai_*", **keys)
        for code, keys in (
            ("six", {}),
            ("seven", {"column_count": 7}),
            ("titled", {"header": "appelant"}),
        )
    )
    sources = (short, long, titled)

    def found(content: str, sources: tuple[Source, ...] = sources, name: str = "essai_1", **told: Any) -> Any:
        usage = sealed_as(tmp_path, name, content.encode(), sources, **told)
        return usage.source_code, usage.why_unknown

    call = six_columns()
    assert found(f"{call};x")[0] == "seven"
    assert found("appelant;b;c;d;e;f")[0] == "unknown"  # six columns, with that title or without any
    assert found(call)[0] == "six"
    assert found("a", sources=(short,))[0] == "six"  # nobody else claims it: its own faults are told
    assert found("a")[1] == "neither of six and seven and titled fits its first line; describe this layout in sources/"
    assert found(call, sources=(short, described(source_code="twin")))[1] == (
        "six and twin all fit its first line; narrow file_name in one of the descriptions"
    )
    assert found(call, name="x")[1] == "no source description matches this name: x; describe it in sources/"
    assert found(call, name="x", told="seven")[0] == "seven"
    assert found(call, told="other") == ("unknown", "no source description has the code other")


def test_the_same_calls_in_gzip_and_utf_16_are_the_same_records():
    source = described()
    plain = six_columns().encode()
    _, expected = read_bytes(source, plain)

    for content in (gzip.compress(plain), six_columns().encode("utf-16"), b"\xef\xbb\xbf" + plain):
        assert read_bytes(source, content)[1] == expected


@pytest.mark.parametrize(
    ("keys", "name", "facts"),
    [
        ({"pattern": r"_(?P<day>\d{8})", "day_writing": "YYYYMMDD"}, "essai_20261003", (date(2026, 10, 3), None)),
        ({"pattern": r"_(?P<day>\d{8})", "day_writing": "YYYYMMDD"}, "essai_20261303", (None, None)),
        (
            {"pattern": r"_(?P<day>\d{6})_(?P<sequence>\d+)", "day_writing": "DDMMYY"},
            "essai_031026_0042",
            (date(2026, 10, 3), 42),
        ),
        ({"pattern": r"_(?P<sequence>\d+)"}, "essai_" + "9" * 30, (None, None)),
        ({"pattern": r"_(?P<sequence>\d+)"}, "essai_x", (None, None)),
        (None, "essai_20261003", (None, None)),
    ],
)
def test_a_name_says_its_day_and_its_number(keys: dict[str, str] | None, name: str, facts: tuple[Any, ...]):
    source = described(**({"file_name_parts": keys} if keys else {}))

    assert named_facts(source, name) == facts


def test_a_line_longer_than_any_record_is_one_reject_with_its_beginning():
    content = f"{six_columns()}\n{'x' * (1 << 21)}\n{six_columns(identity='T2')}\n".encode()

    reading, rows = read_bytes(described(), content)

    assert [row["reject_reason"] for row in rows] == [None, "line_too_long: no record has a mebibyte", None]
    assert (len(rows[1]["raw_text"] or ""), reading.line_count) == (1000, 3)


def test_a_file_of_control_lines_alone_is_counted_without_being_held():
    """Two hundred thousand blank lines: more than stay in memory."""
    reading, rows = read_bytes(described(), b"\n" * 200_000)

    assert (reading.line_count, reading.control_line_count, rows) == (200_000, 200_000, [])
    assert sum(block.count("\n") for block in reading.control_blocks()) == 200_000


def test_what_cannot_be_unpacked_is_held_with_the_lines_before_it():
    packed = gzip.compress("\n".join(six_columns(identity=f"T{n}") for n in range(50_000)).encode())
    reading, rows = read_bytes(described(), packed[: len(packed) // 2])

    assert reading.hold_reason == "broken_archive: gzip, it is cut; ask for the file again"
    assert 0 < len(rows) == reading.record_count < 50_000


@pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")
@pytest.mark.parametrize(
    ("name", "record_count", "control_count"),
    [("messidor_20250903.csv", 90, 2), ("noa24_20250901.csv", 40, 1), ("noa24_20250902.csv", 40, 1)],
)
def test_the_shared_samples_pass_their_own_control_lines(name: str, record_count: int, control_count: int):
    reading, _ = read_bytes(SOURCES, (SAMPLES / name).read_bytes(), name)

    assert (reading.record_count, reading.control_line_count, reading.hold_reason) == (
        record_count, control_count, None,
    )  # fmt: skip
