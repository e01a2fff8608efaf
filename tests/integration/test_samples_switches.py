"""The samples of telephone systems and switches: what each file gives, and what they give together."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from invoicing.usage.sealing import seal
from invoicing.usage.source_reader import load_sources
from invoicing.usage.trial import Row, copied_rows
from ops.embedded_postgres import ServerInfo
from tests.integration import dbt_build
from tests.integration.samples_table import SAMPLES, Sample, Warehouse, landed, warehouse
from tests.integration.switch_calls import ASTERISK, FREE, WRITTEN

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")

# Counted in the files with awk and by eye. What a PBX connects between its own telephones, or answers itself, is on
# nobody's trunk: all its answered seconds stand below, in ANSWERED.
TABLE = (
    Sample("cdr/asterisk/master_19col.csv", "asterisk", 14, 0, 14, not_billable={"not_answered": 3, "internal": 11}),
    Sample(
        "cdr/asterisk/freepbx_last100_1504525205.csv", "freepbx", 101, 1, 100,
        not_billable={"not_answered": 12, "announcement": 57, "internal": 31},
    ),
    Sample(
        "cdr/asterisk/freepbx_last100_1504541678.csv", "freepbx", 101, 1, 100,
        not_billable={"not_answered": 11, "announcement": 51, "internal": 38},
    ),
    Sample(
        "cdr/asterisk/freepbx_simple_cr.csv", "freepbx_simple", 101, 1, 100,
        not_billable={"not_answered": 1, "zero_duration": 6, "internal": 93},
    ),
    # Lines 8 to 10 have one uuid, the last of them another cause.
    Sample(
        "cdr/freeswitch/master_15col_excel_dates.csv", "freeswitch_excel", 10, 0, 8, duplicates=2, conflicts=1,
        not_billable={"not_answered": 1, "internal": 9},
    ),
    # Of one number in four writings, 000 33… is nothing that one can dial.
    Sample(
        "cdr/freeswitch/master_15col_unanswered.csv", "freeswitch", 5, 0, 4,
        rejects={"unreadable_number": 1}, not_billable={"not_answered": 4},
    ),
    # Events have no seconds: those of the calls come when their halves are paired.
    Sample("cdr/opensips/flatstore_calls.log", "opensips", 8, 0, 8),
    Sample("cdr/opensips/flatstore_missed.log", "opensips", 3, 0, 3, not_billable={"not_answered": 3}),
    # 13.483 s, rounded up; the other one comes in, to an extension.
    Sample(
        "cdr/broadworks/broadworks_v19.xml", "broadworks", 4, 2, 2,
        not_billable={"internal": 1}, billable={"voice": 14},
    ),
    Sample("cdr/cisco/cucm_3.csv", "cisco_cucm", 4, 1, 3, not_billable={"incoming": 2}, billable={"voice": 125}),
    Sample("cdr/others/openscape_uncompressed.txt", "openscape_uncompressed", 3, 1, 2, not_billable={"incoming": 2}),
    Sample("cdr/others/openscape_compressed.txt", "openscape_compressed", 2, 0, 2, not_billable={"incoming": 2}),
    Sample("cdr/others/cdrstats_import_25col.csv", "cdrstats", 6, 1, 5, billable={"voice": 110}),
)  # fmt: skip
# All the seconds of readable records, paid for or not.
ANSWERED = {
    "master_19col.csv": 78,
    "freepbx_last100_1504525205.csv": 699,
    "freepbx_last100_1504541678.csv": 9325,
    "freepbx_simple_cr.csv": 729,
    "master_15col_excel_dates.csv": 530,
    "master_15col_unanswered.csv": 0,
    "broadworks_v19.xml": 38,
    "cucm_3.csv": 351,
    "openscape_uncompressed.txt": 9,
    "openscape_compressed.txt": 19,
    "cdrstats_import_25col.csv": 110,
}


def split_events() -> dict[str, str]:
    """The calls of the sample again, as others: first the file with their ends, one of them by the called party."""
    text = (SAMPLES / "cdr/opensips/flatstore_calls.log").read_text().replace("@0:0:0:0:0:0:0:0", "@other")
    ends = [line for line in text.splitlines() if line.startswith("BYE")]
    ends[0] = ends[0].replace("2daec40c|548625ac", "548625ac|2daec40c")
    starts = [line for line in text.splitlines() if line.startswith("INVITE")]
    return {"flatstore_ends.log": "\n".join(ends), "flatstore_starts.log": "\n".join(starts)}


@pytest.fixture(scope="module")
def all_landed(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Every file of the table and those written here, landed and built to their outcomes, without any master data."""
    with warehouse(postgres_server, tmp_path_factory.mktemp("switches"), "samples_switches") as files:
        for sample in TABLE:
            files.land(sample.name, sample.content)
        for name, text in split_events().items():
            files.land(name, text.encode())
        for name, (_, text) in WRITTEN.items():
            files.land(name, text.encode())
        arguments = ("--select", "tag:rate", "--exclude-resource-type", "unit_test")
        dbt_build.build(files.dsn, files.folder, *arguments)
        yield files


def outcomes(files: Warehouse, *names: str) -> list[tuple[object, ...]]:
    return files.query(
        """select source_file, outcome, reason, count(*), sum(duration_seconds)
        from rate.fct_usage_outcomes join landing.usage_files using (file_id)
        where source_file = any(%s) group by 1, 2, 3 order by 1, 2, 3""",
        list(names),
    )


def records(folder: Path, name: str, text: str) -> list[Row]:
    """As landing would copy them."""
    path = folder / name
    path.write_text(text)
    sources = load_sources(Path(__file__).parents[2] / "sources")
    digest = sha256(path.read_bytes()).hexdigest()
    reading = seal(path, sha256=digest, byte_count=len(text), source_file=name, sources=sources).read()
    return list(copied_rows(reading.record_blocks(), reading.columns))


@pytest.mark.parametrize("sample", TABLE, ids=lambda sample: sample.name)
def test_a_sample_gives_what_was_counted_in_it(all_landed: Warehouse, sample: Sample):
    assert sample == landed(all_landed, sample)


def test_every_answered_second_is_read_paid_for_or_not(all_landed: Warehouse):
    seconds = all_landed.query(
        """select source_file, coalesce(sum(duration_seconds), 0)
        from landing.usage_records join landing.usage_files using (file_number)
        where source_file = any(%s) group by 1""",
        list(ANSWERED),
    )

    assert dict(seconds) == ANSWERED


def test_every_sample_of_these_systems_stands_in_the_table():
    folders = ("asterisk", "freeswitch", "opensips", "broadworks", "cisco", "others")
    files = {path.name for folder in folders for path in (SAMPLES / "cdr" / folder).iterdir()}

    assert files - {sample.name for sample in TABLE} == {"didww_inbound_13col.csv", "fax_usage.csv"}


def test_every_record_of_every_file_has_one_outcome_and_every_second_is_found_again(all_landed: Warehouse):
    names = [sample.name for sample in TABLE] + [*WRITTEN, *split_events()]

    balances = all_landed.query("select source_file, is_balanced from rate.rpt_file_conservation order by 1")

    assert sorted((name, True) for name in names) == balances


def test_two_exports_of_the_last_hundred_calls_give_each_call_once(all_landed: Warehouse):
    """Which of two equal copies stands does not matter: 89 are in both exports, 111 are different."""
    found = all_landed.query(
        """select outcome = 'duplicate', count(*) from rate.fct_usage_outcomes
        join landing.usage_files using (file_id) where source_file like 'freepbx_last100%%' group by 1 order by 1"""
    )

    assert [(False, 111), (True, 89)] == found


def test_the_start_of_a_freepbx_call_is_told_by_its_channel_not_by_the_clock_of_a_server_abroad(all_landed: Warehouse):
    """The clock said 12:39:26 in Lisbon."""
    [(started_at,)] = all_landed.query(
        """select started_at::text from landing.usage_records join landing.usage_files using (file_number)
        where source_file = 'freepbx_last100_1504525205.csv' and source_line = 2"""
    )

    assert "2017-09-04 11:39:26+00" == started_at


@pytest.mark.parametrize("name", WRITTEN)
def test_a_call_over_a_trunk_is_billable_from_the_instant_of_its_start(all_landed: Warehouse, name: str):
    """Systems that share a file name are told apart by their columns; a line of types is no call."""
    calls = all_landed.query(
        """select source_code, started_at::text, duration_seconds, called_number
        from landing.usage_records join landing.usage_files using (file_number)
        where source_file = %s and not is_rejected and not_billable_reason is null""",
        name,
    )

    assert [(WRITTEN[name][0], "2026-10-03 08:15:30+00", 62, "+33639980012")] == calls


@pytest.mark.parametrize(("name", "paid", "free", "reason"), FREE)
def test_what_nobody_pays_for_says_why(tmp_path: Path, name: str, paid: str, free: str, reason: str):
    assert reason == records(tmp_path, name, WRITTEN[name][1].replace(paid, free, 1))[0]["not_billable_reason"]


def test_two_records_of_one_asterisk_channel_are_two_calls(tmp_path: Path):
    first, second = records(tmp_path, "Master.csv", f"{ASTERISK}\n{ASTERISK.removesuffix('7')}8\n")

    assert first["usage_id"] != second["usage_id"]


def test_an_export_with_more_columns_has_the_same_calls(all_landed: Warehouse):
    found = outcomes(all_landed, "freepbx_16.csv", "freepbx_25.csv")

    assert [("duplicate", "delivered_again", 62), ("held", "unknown_line", 62)] == sorted(
        (outcome, reason, seconds) for _, outcome, reason, _, seconds in found
    )


def test_an_event_that_may_tell_a_call_twice_is_held(all_landed: Warehouse):
    name = "BW-CDR-20261003081500-2-as1-000042.xml"

    assert [
        (name, "held", "unknown_line", 1, 62),
        (name, "not_billable", "not_answered", 1, 0),
        (name, "rejected", "unknown_usage_type", 1, None),
    ] == outcomes(all_landed, name)


def test_the_names_of_pushed_files_say_their_day_and_number(all_landed: Warehouse):
    named = all_landed.query(
        """select named_day::text, sequence_number from landing.file_deliveries
        where named_day is not null order by sequence_number"""
    )

    assert [("2026-10-03", 7), ("2026-10-03", 42)] == named


def test_without_seconds_and_identifier_equal_lines_are_counted(all_landed: Warehouse):
    assert [("freepbx_simple",)] == all_landed.query(
        "select source_code from landing.usage_files where not has_identity"
    )


def test_one_uuid_with_two_causes_is_a_conflict_and_all_its_lines_are_held(all_landed: Warehouse):
    found = all_landed.query(
        """select source_line, outcome, reason from rate.fct_usage_outcomes
        where source_code = 'freeswitch_excel' and outcome <> 'not_billable' order by 1"""
    )

    assert [(line, "held", "conflict") for line in (8, 9, 10)] == found


@pytest.mark.parametrize(
    ("starts", "ends"),
    [("flatstore_calls.log", "flatstore_calls.log"), ("flatstore_starts.log", "flatstore_ends.log")],
)
def test_two_events_make_a_call_though_its_end_landed_first(all_landed: Warehouse, starts: str, ends: str):
    seconds = all_landed.query(
        """select duration_seconds from rate.fct_usage_outcomes join landing.usage_files using (file_id)
        where source_file = %s and outcome = 'held' and reason = 'unknown_line' order by source_line""",
        starts,
    )

    assert [(2,), (4,), (4,), (2,)] == seconds
    assert (ends, "merged", "other_half", 4) in [found[:4] for found in outcomes(all_landed, ends)]


def test_an_attempt_waits_for_no_end(all_landed: Warehouse):
    found = outcomes(all_landed, "flatstore_missed.log")

    assert [("flatstore_missed.log", "not_billable", "not_answered", 3, None)] == found
