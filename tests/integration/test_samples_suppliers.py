"""The samples of suppliers of voice, mobile, IoT, fax and copiers: what each file gives, and what they give together."""

from collections.abc import Iterator

import pytest

from ops.embedded_postgres import ServerInfo
from tests.integration import dbt_build
from tests.integration.samples_table import RECORDS, SAMPLES, Sample, Warehouse, landed, warehouse

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")

CUT = "start line: expected DEBUT on line 1 and nowhere else; trailer: missing, the file may be cut"
HOUR = "usage/iot/cdr_10042_202509011%s0000_202509011%s0000_202509011%s3000.csv"
# Counted in the files with awk, before any description read them.
TABLE = (
    Sample("cdr/france/fructidor_2006.csv", "fructidor", 4, 0, 4, billable={"voice": 147}),
    Sample(
        "fraud/tickets_two_weeks.csv", "fructidor", 2196, 0, 2196,
        not_billable={"zero_duration": 80}, billable={"voice": 1396021},
    ),
    # Three lines out of a file, without its ends: nothing tells them from a file that was cut.
    Sample("cdr/france/messidor_2006.csv", "messidor", 3, 0, 3, billable={"voice": 697}, hold_reason=CUT),
    Sample(
        "cdr/france/messidor_20250903.csv", "messidor", 92, 2, 90,
        not_billable={"zero_duration": 7}, billable={"voice": 15009},
    ),
    Sample(
        "cdr/france/noa24_20250901.csv", "noa24", 41, 1, 40,
        not_billable={"zero_duration": 1}, billable={"voice": 4692},
    ),
    Sample(
        "cdr/france/noa24_20250902.csv", "noa24", 41, 1, 40,
        not_billable={"zero_duration": 2}, billable={"voice": 7204},
    ),
    Sample(
        "cdr/france/ovh_voice_consumption.json", "ovh_voice", 20, 0, 20,
        not_billable={"zero_duration": 2}, billable={"voice": 2486},
    ),
    Sample("cdr/france/export_portail_cp1252.csv", "export_portail", 16, 1, 15, billable={"voice": 3131}),
    Sample("cdr/france/export_portail_utf8_bom.csv", "export_portail", 16, 1, 15, billable={"voice": 3131}),
    Sample(
        "cdr/fixed_width/tickets_000017.dat", "thermidor", 26, 2, 24,
        not_billable={"zero_duration": 1}, billable={"voice": 5740},
    ),
    Sample(
        "usage/mobile_20250901.csv", "mobile", 56, 1, 55,
        billable={"voice": 1327, "sms": 27, "data": 335151475},
    ),
    Sample(HOUR % (0, 1, 1), "iot", 9, 1, 8, billable={"data": 1658775}),
    Sample(HOUR % (1, 2, 2), "iot", 8, 1, 7, billable={"data": 1648283}),
    Sample(
        "cdr/others/didww_inbound_13col.csv", "didww", 5, 1, 4,
        not_billable={"zero_duration": 2}, billable={"voice": 70},
    ),
    Sample("cdr/others/fax_usage.csv", "fax", 6, 1, 5, not_billable={"incoming": 2}, billable={"fax": 12}),
    Sample("meters/compteurs_2025T3.csv", "releves", 37, 1, 36, billable={"meter": 36}),
)  # fmt: skip


@pytest.fixture(scope="module")
def all_landed(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Every file of the table, landed and built to its outcomes, without any master data."""
    with warehouse(postgres_server, tmp_path_factory.mktemp("suppliers"), "samples_suppliers") as files:
        for sample in TABLE:
            files.land(sample.name, sample.content)
        arguments = ("--select", "tag:rate", "--exclude-resource-type", "unit_test")
        dbt_build.build(files.dsn, files.folder, *arguments)
        yield files


@pytest.mark.parametrize("sample", TABLE, ids=lambda sample: sample.name)
def test_a_sample_gives_what_was_counted_in_it(all_landed: Warehouse, sample: Sample):
    assert sample == landed(all_landed, sample)


def test_every_sample_of_these_suppliers_stands_in_the_table():
    files = {path.name for folder in ("cdr/france", "cdr/fixed_width", "usage", "meters", "fraud")
        for path in (SAMPLES / folder).rglob("*") if path.is_file()}  # fmt: skip

    assert files - {sample.name for sample in TABLE} == {"labels.json"}


def test_every_record_of_every_file_has_one_outcome_and_every_second_is_found_again(all_landed: Warehouse):
    balances = all_landed.query("select source_file, is_balanced from rate.rpt_file_conservation order by 1")

    assert sorted((sample.name, True) for sample in TABLE) == balances


def test_what_became_of_each_record_without_master_data(all_landed: Warehouse):
    """Nothing is rejected or in conflict; the second encoding is a duplicate, whole; the cut file bills nothing;
    where the counting of a machine starts, a person says."""
    outcomes = all_landed.query(
        """select source_code, outcome, reason, count(*), coalesce(sum(duration_seconds), 0)
        from rate.fct_usage_outcomes group by 1, 2, 3 order by 1, 2, 3"""
    )

    assert [
        ("didww", "held", "unknown_line", 2, 70),
        ("didww", "not_billable", "zero_duration", 2, 0),
        ("export_portail", "duplicate", "delivered_again", 15, 3131),
        ("export_portail", "held", "unknown_line", 15, 3131),
        ("fax", "held", "unknown_line", 3, 0),
        ("fax", "not_billable", "incoming", 2, 0),
        ("fructidor", "held", "unknown_line", 2120, 1396168),
        ("fructidor", "not_billable", "zero_duration", 80, 0),
        ("iot", "held", "unknown_line", 15, 0),
        ("messidor", "held", "file_held", 3, 697),
        ("messidor", "held", "unknown_line", 83, 15009),
        ("messidor", "not_billable", "zero_duration", 7, 0),
        ("mobile", "held", "unknown_line", 55, 143604),
        ("noa24", "held", "unknown_line", 77, 11896),
        ("noa24", "not_billable", "zero_duration", 3, 0),
        ("ovh_voice", "held", "unknown_line", 18, 2486),
        ("ovh_voice", "not_billable", "zero_duration", 2, 0),
        ("releves", "held", "meter_task", 12, 0),
        ("releves", "merged", "reading", 24, 0),
        ("thermidor", "held", "unknown_line", 23, 5740),
        ("thermidor", "not_billable", "zero_duration", 1, 0),
    ] == outcomes


def test_the_pages_of_the_meters_are_the_last_reading_less_the_first(all_landed: Warehouse):
    pages = all_landed.query(
        """select usage_type, count(distinct line_id), sum(page_count)::int from rate.int_meters__usage
        group by 1 order by 1"""
    )

    assert [
        ("page_black", 12, 140403),
        ("page_black_a3", 12, 884),
        ("page_colour", 8, 35558),
        ("page_colour_a3", 8, 402),
        ("scan", 12, 11331),
    ] == pages


@pytest.fixture(scope="module")
def empty(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Where files land that differ from the samples in one thing."""
    with warehouse(postgres_server, tmp_path_factory.mktemp("changed"), "samples_changed") as files:
        yield files


def content_of(name: str) -> bytes:
    [sample] = [sample for sample in TABLE if sample.name == name]
    return sample.content


def rejects(files: Warehouse, name: str) -> list[tuple[int, str]]:
    return files.query(f"select source_line, reject_reason {RECORDS} and is_rejected order by 1", name)


@pytest.mark.parametrize(
    ("name", "before", "after", "hold_reason"),
    [
        (
            "tickets_000017.dat", b"T0000002400000000574000000000017286", b"T0000002400000000574100000000017286",
            "trailer: says 24 records and 5741 s and 1.7286 EUR,"
            " the file has 24 records and 5740 s and 1.7286 EUR",
        ),
        (
            "tickets_000017.dat", b"D0000002", b"X0000002",
            "trailer: says 24 records and 5740 s and 1.7286 EUR,"
            " the file has 24 records and 5713 s and 1.7286 EUR",
        ),
        ("messidor_20250903.csv", b"9;FIN;90;15009", b"9;FIN;90;15010",
            "trailer: says 90 records and 15010 s, the file has 90 records and 15009 s"),
        ("didww_inbound_13col.csv", b"Duration (secs)", b"Billing Duration (secs)", "header: no column Duration (secs)"),
        ("didww_inbound_13col.csv", b"Response", b"Call ID", "header: unknown column Call ID; add it to other_columns"),
        ("noa24_20250901.csv", b"ID_TICKET", b"TICKET", "header: line 1 does not begin with ID_TICKET"),
    ],
)  # fmt: skip
def test_a_file_that_disagrees_with_itself_or_its_layout_is_held(
    empty: Warehouse, name: str, before: bytes, after: bytes, hold_reason: str
):
    content = content_of(name)
    assert before in content

    assert hold_reason == empty.land(name, content.replace(before, after, 1))["hold"]


@pytest.mark.parametrize(
    ("name", "before", "after", "reason"),
    [
        ("fructidor_2006.csv", b";5;0.0116", b";5;0,0116", "unreadable_amount: 0,0116"),
        ("fructidor_2006.csv", b"33639980002", b"3363998000", "unreadable_number: 3363998000"),
        ("ovh_voice_consumption.json", b'"EUR"', b'"CHF"', "other_currency: CHF"),
        ("ovh_voice_consumption.json", b'"outgoing"', b'"forwarded"', "unknown_direction: forwarded"),
        ("mobile_20250901.csv", b",SMS,", b",MMS,", "unknown_usage_type: MMS"),
        ("fax_usage.csv", b",SF,", b",XX,", "unknown_direction: XX"),
        ("compteurs_2025T3.csv", b"SNMP", b"Estimation", "unknown_reading_kind: Estimation"),
        ("compteurs_2025T3.csv", b"307\xa0870", b"307 870",
            "unreadable_counter: 307 870 69\xa0514 3\xa0357 654 7\xa0961"),
    ],
)  # fmt: skip
def test_a_word_that_the_description_does_not_know_refuses_its_record(
    empty: Warehouse, name: str, before: bytes, after: bytes, reason: str
):
    content, changed = content_of(name), f"{name}.{reason.partition(':')[0]}"
    assert before in content

    empty.land(changed, content.replace(before, after, 1))

    assert [reason] == [words for _, words in rejects(empty, changed)]


def test_an_hour_that_is_pushed_again_with_more_records_adds_these_only(empty: Warehouse):
    first, again = (HOUR % (0, 1, 1)).rpartition("/")[2], "cdr_10042_20250901100000_20250901110000_20250901120000.csv"
    late = b"1016,2025-09-01 10:58:00,2025-09-01 10:59:00,8933000000000000011,208010000000011,5,350000000000011,20801\n"
    empty.land(first, content_of(first))
    empty.land(again, content_of(first) + late)

    assert [(17, 9)] == empty.query(
        "select count(*), count(distinct usage_id) from landing.usage_records join landing.usage_files"
        " using (file_number) where source_code = 'iot'"
    )


def test_a_month_is_told_in_paris_though_the_file_says_utc(empty: Warehouse):
    name = "mobile_20250901.csv"
    empty.land(name, content_of(name))

    assert [("2025-09-01 23:50:06", "2025-09-02", "FR")] == empty.query(
        f"""select (started_at at time zone 'UTC')::text, local_day::text, zone {RECORDS}
        and raw_text like 'M000005,%%'""",
        name,
    )


def test_a_machine_without_colour_has_no_colour_counter(empty: Warehouse):
    name = "compteurs_2025T3.csv"
    empty.land(name, content_of(name))

    assert [
        ("FIC000005", {"page_black": 307870, "page_colour": 69514, "page_black_a3": 3357, "page_colour_a3": 654, "scan": 7961}),
        ("FIC000009", {"page_black": 361918, "page_black_a3": 4799, "scan": 5926}),
    ] == empty.query(f"select line_id, counters {RECORDS} and source_line < 4 order by source_line", name)  # fmt: skip


def test_the_sequence_of_a_ticket_file_and_the_day_of_a_push_are_logged(all_landed: Warehouse):
    assert [
        ("iot", "2025-09-01", None),
        ("iot", "2025-09-01", None),
        ("thermidor", None, 17),
    ] == all_landed.query(
        """select source_code, named_day::text, sequence_number from landing.file_deliveries
        where source_code in ('iot', 'thermidor') order by 1"""
    )
    assert [("iot", "hour", False), ("thermidor", None, True)] == all_landed.query(
        """select source_code, expected_every, is_sequence_continuous from landing.sources
        where expected_every is not null or is_sequence_continuous order by 1"""
    )
