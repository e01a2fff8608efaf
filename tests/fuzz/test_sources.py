"""Any bytes under any description: each line is a control line or a record that PostgreSQL takes; none is lost."""

import gzip
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoicing.usage.landing_sql import COPY_CONTROL_LINES, COPY_RECORDS
from invoicing.usage.layout import LayoutKind
from invoicing.usage.sealing import Reading, SealedFile, read_again
from invoicing.usage.source import Source
from tests.fuzz import other_readers
from tests.fuzz.described import RECORDS, SOURCES, sound_file, width_of, workbook_of
from tests.fuzz.hostile import VALUES, a_zip, edited, edits, hostile, memory_is_bounded, reparted, watched

# The first bytes became those of an archive, or the elements are deeper than any record.
HELD_UNREAD = re.compile(r"(\w*archive\w*|several_files|unknown_spreadsheet|too_deep): ")
CODE = re.compile(r"[a-z_]+(: |$)")
LINES = (LayoutKind.DELIMITED, LayoutKind.FIXED_WIDTH)
COUNT_RECORDS = """
select count(*), count(distinct source_line), coalesce(array_agg(source_line), '{}'),
    coalesce(array_agg(reject_reason) filter (where is_rejected), '{}')
from landing.usage_records
"""
COUNT_CONTROL = "select coalesce(array_agg(source_line), '{}') from landing.control_lines"
A_FILE = """
insert into landing.usage_files (
    file_id, source_code, source_file, sealed_path, byte_count, line_count, control_line_count, record_count
)
values (%s, 'fuzzed', 'fuzzed', 'fuzzed', 1, 0, 0, 0)
returning file_number
"""
with_a_database = settings(hostile, suppress_health_check=[*HealthCheck])


@pytest.fixture(autouse=True, scope="module")
def _memory() -> Iterator[None]:
    with memory_is_bounded():
        yield


@pytest.fixture
def warehouse(warehouse_dsn: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse_dsn) as connection:
        yield connection


def sealed(tmp_path: Path, content: bytes, source: Source | None) -> SealedFile:
    path = tmp_path / "fuzzed"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return SealedFile(path, sha256, len(content), "fuzzed", source, "" if source else "nobody described it")


def landed(usage: SealedFile, warehouse: psycopg.Connection) -> tuple[Reading, list[str]]:
    """Read into the database and take it back: the reasons of the rejects."""
    with warehouse.transaction(force_rollback=True):
        file_number = warehouse.execute(A_FILE, (usage.sha256,)).fetchone()[0]
        with watched():
            reading = usage.read(file_number)
            blocks = list(reading.record_blocks())
        with warehouse.cursor().copy(COPY_RECORDS.format(columns=", ".join(reading.columns))) as copy:
            for block in blocks:
                copy.write(block)
        with warehouse.cursor().copy(COPY_CONTROL_LINES) as copy:
            for block in reading.control_blocks():
                copy.write(block)
        records, lines, numbers, reasons = warehouse.execute(COUNT_RECORDS).fetchone()
        control = warehouse.execute(COUNT_CONTROL).fetchone()[0]
    assert (records, lines) == (reading.record_count, reading.record_count)
    assert sorted([*numbers, *control]) == list(range(1, reading.line_count + 1))
    assert len(control) == reading.control_line_count
    assert all(CODE.match(reason) for reason in reasons)
    return reading, reasons


@pytest.mark.parametrize("code", SOURCES)
def test_the_files_that_are_damaged_are_sound_before(code: str, tmp_path: Path, warehouse: psycopg.Connection):
    source = SOURCES[code]
    contents = [sound_file(source)] + [workbook_of(source)] * (source.layout.kind is LayoutKind.DELIMITED)
    for content in contents:
        reading, reasons = landed(sealed(tmp_path, content, source), warehouse)
        assert (RECORDS, []) == (reading.record_count, reasons)


def is_plain(source: Source) -> bool:
    """Lines in a code of one byte a sign, where no line speaks for the others but the first."""
    return source.layout.kind in LINES and not source.control.words


def has_told_columns(source: Source) -> bool:
    layout = source.layout
    is_delimited = layout.kind is LayoutKind.DELIMITED and layout.encoding in ("utf-8", "cp1252")
    return is_delimited and not source.control.trailer and source.has_identity


def rows_of(reading: Reading) -> list[str]:
    return "".join(reading.record_blocks()).split("\n")[:-1]


@pytest.mark.parametrize("code", SOURCES)
def test_whatever_a_column_says_the_record_lands_or_is_refused(
    code: str, tmp_path: Path, warehouse: psycopg.Connection
):
    source = SOURCES[code]
    for slot in range(1, width_of(source) + 1):
        reading, _ = landed(sealed(tmp_path, sound_file(source, VALUES, slot), source), warehouse)

        assert reading.line_count >= len(VALUES) or "broken_xml" in str(reading.hold_reason)


def lines_of(content: bytes, source: Source) -> int | None:
    """How many lines another reader counts; None where it finds none to count."""
    layout = source.layout
    if layout.kind in LINES:
        return len(other_readers.lines(content, layout.encoding))
    if layout.kind is LayoutKind.JSON and not layout.records:
        try:
            elements = other_readers.document(content, layout.encoding)
        except ValueError:
            return None
        return len(elements) if isinstance(elements, list) else None
    return None


@with_a_database
@given(code=st.sampled_from(sorted(SOURCES)), damage=edits)
def test_no_line_of_a_damaged_file_is_lost(code: str, damage: list, tmp_path: Path, warehouse: psycopg.Connection):
    source = SOURCES[code]
    content = edited(sound_file(source), damage)
    reading, _ = landed(sealed(tmp_path, content, source), warehouse)

    if not HELD_UNREAD.match(reading.hold_reason or ""):
        expected = lines_of(content, source)
        assert reading.line_count == expected or expected is None


@with_a_database
@given(
    code=st.sampled_from(sorted(SOURCES)) | st.none(),
    other=st.sampled_from(sorted(SOURCES)),
    damage=edits,
    pack=st.sampled_from([bytes, gzip.compress, a_zip]),
    damage_after=edits,
)
def test_any_file_under_any_description_or_none_lands_whole(
    code: str | None, other: str, damage: list, pack, damage_after: list, tmp_path: Path, warehouse: psycopg.Connection
):
    content = edited(pack(edited(sound_file(SOURCES[other]), damage)), damage_after)

    landed(sealed(tmp_path, content, SOURCES[code] if code else None), warehouse)


@with_a_database
@given(
    code=st.sampled_from(
        sorted(code for code, source in SOURCES.items() if source.layout.kind is LayoutKind.DELIMITED)
    ),
    part=st.integers(0, 8),
    damage=edits,
)
def test_any_workbook_under_any_description_lands_whole(
    code: str, part: int, damage: list, tmp_path: Path, warehouse: psycopg.Connection
):
    content = reparted(workbook_of(SOURCES[code]), part, damage)

    landed(sealed(tmp_path, content, SOURCES[code]), warehouse)


@with_a_database
@given(code=st.sampled_from(sorted(SOURCES)), damage=edits, data=st.data())
def test_lines_that_are_read_again_say_the_same(code: str, damage: list, data: st.DataObject, tmp_path: Path):
    usage = sealed(tmp_path, edited(sound_file(SOURCES[code]), damage), SOURCES[code])
    reading = usage.read(7)
    rows = rows_of(reading)
    number_at = reading.columns.index("source_line")
    wanted = data.draw(st.sets(st.integers(1, reading.line_count + 1), max_size=4))

    again = rows_of(read_again(usage, wanted, 7))

    assert [row for row in rows if int(row.split("\t")[number_at]) in wanted] == again


@with_a_database
@given(
    code=st.sampled_from(sorted(code for code, source in SOURCES.items() if is_plain(source))),
    bad=st.sampled_from([b"\0", b"\xa5", b"\x81"]),
    place=st.floats(0, 1),
)
def test_a_bad_byte_spoils_one_record_at_most(
    code: str, bad: bytes, place: float, tmp_path: Path, warehouse: psycopg.Connection
):
    content = sound_file(SOURCES[code])
    at = int(place * (len(content) - 3))
    if content[at : at + 1] not in (b"\r", b"\n"):
        spoilt = content[:at] + bad + content[at + 1 :]

        reading, reasons = landed(sealed(tmp_path, spoilt, SOURCES[code]), warehouse)

        assert reading.line_count == content.count(b"\n")
        assert len(reasons) <= 1 or at < content.index(b"\n")


@pytest.mark.parametrize("code", [code for code, source in SOURCES.items() if has_told_columns(source)])
def test_a_bad_byte_in_what_tells_a_record_from_others_refuses_it(
    code: str, tmp_path: Path, warehouse: psycopg.Connection
):
    """0x81 is no text in UTF-8, nor in cp1252."""
    source = SOURCES[code]
    separator = source.layout.separator.encode()
    rows = sound_file(source).split(b"\r\n")
    fields = rows[-2].split(separator)
    fields[source.identity.at[0] - 1] += b"\x81"

    spoilt = b"\r\n".join([*rows[:-2], separator.join(fields), b""])

    _, reasons = landed(sealed(tmp_path, spoilt, source), warehouse)
    assert 1 == len(reasons)
