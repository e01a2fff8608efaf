"""Physical lines: any bytes, any line end, any length."""

import io
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.lines import KEPT, LongLine, line_blocks

SMALL = 16  # characters: blocks of a dozen bytes, so that every border is crossed


def lines(content: bytes, encoding: str = "utf-8", **options: int) -> list[str]:
    return list(chain.from_iterable(line_blocks(io.BytesIO(content), encoding, **options)))


def python_lines(content: bytes, encoding: str) -> list[str]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline=None)
    return [line.removesuffix("\n").replace("\0", "\ufffd") for line in text]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\n", ["a"]),
        (b"\n", [""]),
        (b"a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        (b"a\n\r\nb\r", ["a", "", "b"]),
        (b"a\r\r\nb", ["a", "", "b"]),
    ],
)
def test_lf_crlf_and_cr_each_end_a_line_and_the_last_may_lack_its_end(content: bytes, expected: list[str]):
    assert expected == lines(content)


def test_what_python_takes_for_a_line_end_stays_inside_a_record():
    assert ["a\x0bb\x0cc\x1cd\x85e\u2028f"] == lines("a\x0bb\x0cc\x1cd\x85e\u2028f\n".encode())


@given(
    st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"ab", "é€".encode(), b"\xff", b"\0", b";" * 40]), max_size=40),
    st.sampled_from(["utf-8", "cp1252", "iso-8859-1", "utf-16-le", "utf-16-be"]),
)
def test_any_bytes_give_the_lines_that_python_reads(pieces: list[bytes], encoding: str):
    content = b"".join(pieces)

    assert python_lines(content, encoding) == lines(content, encoding)
    if not any(len(line) > SMALL for line in python_lines(content, encoding)):
        assert python_lines(content, encoding) == lines(content, encoding, max_length=SMALL)


@pytest.mark.parametrize("described", ["utf-8", "cp1252", "utf-16-le"])
@pytest.mark.parametrize("written", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_wins_over_the_description(described: str, written: str):
    assert ["été;1", "à;2"] == lines("été;1\r\nà;2".encode(written), described)


def test_utf_16_of_the_other_byte_order_is_read_by_its_mark():
    assert ["été", "à"] == lines(b"\xfe\xff" + "été\nà".encode("utf-16-be"), "utf-16")


def test_a_byte_that_is_no_text_and_a_nul_hurt_their_own_line_only():
    assert ["a", "\ufffdb\ufffd", "c"] == lines(b"a\n\xa5b\0\nc\n")


def test_a_line_that_is_too_long_is_kept_by_its_beginning_and_the_next_one_is_whole():
    content = b"a\n" + b"x" * 5_000 + b"\nb\n" + b"y" * 2_000

    found = lines(content, max_length=1_999)

    assert ["a", "x" * KEPT, "b", "y" * KEPT] == found
    assert [str, LongLine, str, LongLine] == [type(line) for line in found]


def test_a_line_of_just_the_length_is_no_long_line():
    assert [str, LongLine] == [type(line) for line in lines(b"x" * 20 + b"\r\n" + b"x" * 21 + b"\r\n", max_length=20)]


def test_a_long_line_that_one_block_holds_whole_is_told_too():
    assert [str, LongLine, str] == [type(line) for line in lines(b"a\n" + b"x" * 21 + b"\nb", max_length=20)]


def test_a_stream_may_give_a_byte_at_a_time():
    class Drops(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 1, 1))

    for encoding in ("utf-8-sig", "utf-16"):
        blocks = line_blocks(Drops("été\r\nà".encode(encoding)), "cp1252")
        assert ["été", "à"] == list(chain.from_iterable(blocks))


def test_no_list_is_empty_or_longer_than_asked():
    blocks = list(line_blocks(io.BytesIO(b"a\n" * 10_000), "utf-8", block_lines=300))

    assert 10_000 == sum(map(len, blocks))
    assert all(1 <= len(block) <= 300 for block in blocks)
