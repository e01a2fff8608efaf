"""Gzip, zip and workbook are told by their bytes; what may hurt is refused before, or while, it is unpacked."""

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from invoicing.usage.limits import Limits, Unreadable
from invoicing.usage.wrappings import open_content

CALLS = b"0199001008;03/10/2026;74\r\n" * 100


def unpacked(tmp_path: Path, content: bytes, **limits: int) -> bytes:
    path = tmp_path / "calls.csv"
    path.write_bytes(content)
    with open_content(path, limits=Limits(**limits)) as opened:
        assert opened.kind == "bytes"
        return opened.stream.read()


def refusal(tmp_path: Path, content: bytes, **limits: int) -> str:
    with pytest.raises(Unreadable) as error:
        unpacked(tmp_path, content, **limits)
    return str(error.value)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, **attributes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.external_attr = attributes.get("external_attr", 0)
            archive.writestr(entry, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        CALLS,
        gzip.compress(CALLS),
        gzip.compress(CALLS[:700]) + gzip.compress(b"") + gzip.compress(CALLS[700:]) + bytes(512),
        zipped({"calls.csv": CALLS}),
        zipped({"calls.csv": CALLS}, zipfile.ZIP_STORED),
        zipped({"out/": b"", "out/calls.csv": CALLS, "__MACOSX/._calls.csv": b"x", "out/.DS_Store": b"x"}),
    ],
    ids=["plain", "gzip", "gzip members", "zip", "zip stored", "zip of a Mac"],
)
def test_the_same_bytes_come_out_of_every_wrapping(tmp_path: Path, content: bytes):
    assert CALLS == unpacked(tmp_path, content)


def test_an_empty_file_has_no_bytes(tmp_path: Path):
    assert b"" == unpacked(tmp_path, b"")


def test_a_text_that_begins_as_an_archive_may_is_a_text(tmp_path: Path):
    assert b"BZh;1\n" == unpacked(tmp_path, b"BZh;1\n")


def test_a_workbook_is_a_zip_of_its_own(tmp_path: Path):
    path = tmp_path / "calls.csv"
    path.write_bytes(zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}))

    with open_content(path) as opened:
        assert ("sheet", b"PK") == (opened.kind, opened.stream.read(2))


def a_tar(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("calls.csv")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped({}), "empty_archive: no file in it"),
        (zipped({"a.csv": b"1", "b.csv": b"2"}), "several_files: 2 in one archive"),
        (zipped({"../calls.csv": b"1"}), "unsafe_archive: a name in it leads out"),
        (zipped({"a\\..\\calls.csv": b"1"}), "unsafe_archive: a name in it leads out"),
        (zipped({"/etc/passwd": b"1"}), "unsafe_archive: a name in it leads out"),
        (zipped({"C:/calls.csv": b"1"}), "unsafe_archive: a name in it leads out"),
        (zipped({"calls.csv": b"/etc/passwd"}, external_attr=stat.S_IFLNK << 16), "unsafe_archive: a link"),
        (zipped({"calls.zip": zipped({"calls.csv": b"1"})}), "nested_archive: "),
        (gzip.compress(gzip.compress(CALLS)), "nested_archive: "),
        (gzip.compress(a_tar(CALLS)), "unknown_archive: tar"),
        (zipped({"calls.csv": CALLS}, zipfile.ZIP_LZMA), "unknown_archive: zip by method 14"),
        (bz2.compress(CALLS), "unknown_archive: bzip2"),
        (lzma.compress(CALLS), "unknown_archive: xz"),
        (a_tar(CALLS), "unknown_archive: tar"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unknown_spreadsheet: an XLS"),
    ],
)
def test_what_cannot_be_unpacked_to_one_file_is_refused_with_the_way_out(tmp_path: Path, content: bytes, code: str):
    words = refusal(tmp_path, content)

    assert words.startswith(code)
    assert "; send" in words or "; save" in words


def test_two_files_of_one_name_are_refused(tmp_path: Path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("calls.csv", b"1")
            archive.writestr("calls.csv", b"2")

    assert refusal(tmp_path, content.getvalue()).startswith("unsafe_archive: two files of one name")


def test_an_encrypted_file_is_refused(tmp_path: Path):
    content = bytearray(zipped({"calls.csv": CALLS}))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(tmp_path, bytes(content)).startswith("encrypted_archive: ")


def test_names_that_share_one_packed_block_are_refused(tmp_path: Path):
    """Fifield's bomb: the list names the first file twice, under another name of the same length."""
    content = zipped({"a.csv": bytes(100_000), "__MACOSX/x": b""})
    listed = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", listed + 1)
    overlapping = bytearray(content)
    overlapping[second + 42 : second + 46] = struct.pack("<I", 10)

    assert refusal(tmp_path, bytes(overlapping)).startswith("unsafe_archive: its files lie over one another")


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def with_a_wrong_byte(content: bytes) -> bytes:
    changed = bytearray(content)
    changed[len(content) // 2] ^= 0x55
    return bytes(changed)


def with_a_wrong_sum(content: bytes) -> bytes:
    return content[:-8] + bytes(4) + content[-4:]


@pytest.mark.parametrize(
    ("pack", "damage"),
    [
        (gzip.compress, cut),
        (gzip.compress, with_a_wrong_byte),
        (gzip.compress, with_a_wrong_sum),
        (gzip.compress, lambda content: content + b"more"),
        (lambda content: zipped({"calls.csv": content}), cut),
        (lambda content: zipped({"calls.csv": content}), with_a_wrong_byte),
        (lambda content: zipped({"calls.csv": content}, zipfile.ZIP_STORED), with_a_wrong_byte),
    ],
)
def test_a_damaged_archive_is_refused_while_it_is_read(
    tmp_path: Path, pack: Callable[[bytes], bytes], damage: Callable[[bytes], bytes]
):
    content = bytes(range(256)) * 40

    assert refusal(tmp_path, damage(pack(content))).startswith("broken_archive: ")


def test_a_gzip_whose_last_bytes_are_still_inside_the_decoder_is_read_to_its_end(tmp_path: Path):
    path = tmp_path / "calls.gz"
    path.write_bytes(gzip.compress(b"a" * 100_000))
    with open_content(path) as opened:
        assert 100_000 == sum(len(block) for block in iter(lambda: opened.stream.read(7), b""))


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped({"calls.csv": content})])
def test_a_bomb_is_stopped_by_what_came_out_of_it(tmp_path: Path, pack: Callable[[bytes], bytes]):
    bomb = pack(bytes(1_000_000))

    assert refusal(tmp_path, bomb, ratio_from=100_000, ratio=50).startswith("archive_too_large: more than 50 times")
    assert refusal(tmp_path, bomb, unpacked_bytes=1 << 19).startswith("archive_too_large: more than 200 times")
    assert bytes(1_000_000) == unpacked(tmp_path, bomb)


def test_the_size_that_a_zip_promises_is_not_believed(tmp_path: Path):
    """A list that says one byte does not let a million through, nor does it shorten the file silently."""
    content = zipped({"calls.csv": CALLS})
    listed = content.index(b"PK\x01\x02")
    lying = bytearray(content)
    lying[listed + 24 : listed + 28] = struct.pack("<I", 26)

    assert refusal(tmp_path, bytes(lying)).startswith("broken_archive: ")


def test_a_list_of_contents_without_end_is_refused(tmp_path: Path):
    files = {f"{number}.csv": b"" for number in range(100)}

    assert refusal(tmp_path, zipped(files), contents_bytes=1_000).startswith("archive_too_large: its list of contents")


def test_gzip_members_without_end_are_refused(tmp_path: Path):
    members = gzip.compress(b"") * 50

    assert b"" == unpacked(tmp_path, members, gzip_members=51)
    assert refusal(tmp_path, members, gzip_members=49).startswith("archive_too_large: too many gzip members")
