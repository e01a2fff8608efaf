"""Land on a real server and real folders: sealed, typed, refused with a reason, and the same however often it runs."""

import itertools
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.usage_lines import a_call, messidor

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "cdr" / "france"
# No foreign key looks a file up at each of its records: the transaction that writes both is what keeps them together.
RECORDS_OF_NO_FILE = "select file_number from landing.usage_records except select file_number from landing.usage_files"
Land = Callable[[str, bytes], dict[str, Any]]


@pytest.fixture
def query(warehouse_dsn: str) -> Callable[..., list[tuple[Any, ...]]]:
    def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(warehouse_dsn, options="-c timezone=UTC") as conn:
            return conn.execute(sql, parameters or None).fetchall()

    return rows


@pytest.fixture
def land(warehouse_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Land:
    """Drop a file and land it through the operator, as the DAG does."""
    from billing.operators.land import LandUsageOperator

    drop, archive = tmp_path / "drop" / "usage", tmp_path / "archive"
    drop.mkdir(parents=True)
    archive.mkdir()
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", warehouse_dsn.replace("postgresql://", "postgres://"))
    monkeypatch.setenv("AIRFLOW_CONN_USAGE_DROP", f'{{"conn_type": "fs", "extra": {{"path": "{drop.parent}"}}}}')
    monkeypatch.setenv("AIRFLOW_CONN_ARCHIVE", f'{{"conn_type": "fs", "extra": {{"path": "{archive}"}}}}')
    numbers = itertools.count()

    def dropped(name: str, content: bytes) -> dict[str, Any]:
        (drop / name).write_bytes(content)
        os.utime(drop / name, (1793500000, 1793500000))
        return LandUsageOperator(task_id=f"land_{next(numbers)}", path=f"usage/{name}").execute({})

    return dropped


def test_a_record_is_typed_and_keeps_its_file_and_line(land: Land, query):
    land("messidor_1.csv", messidor(a_call(label="NUMÉRO À TARIF RÉDUIT ")))

    [row] = query(
        """select source_file, source_line, source_code, is_rejected, usage_type, line_id, called_number, started_at,
        local_day::text, is_time_guessed, duration_seconds, supplier_label, supplier_amount::text, not_billable_reason
        from landing.usage_records join landing.usage_files using (file_number)"""
    )

    assert row == (
        "messidor_1.csv", 2, "messidor", False, "voice", "+33199001008", "+33639980012",
        datetime(2026, 10, 3, 8, 15, 30, tzinfo=UTC), "2026-10-03", False, 74, "NUMÉRO À TARIF RÉDUIT", "0.1480000000", None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"day": "31/11/2026"}, "impossible_date: 31/11/2026 10:15:30"),
        ({"time": "25:00:00"}, "impossible_date: 03/10/2026 25:00:00"),
        ({"time": "24:00:00"}, "impossible_date: 03/10/2026 24:00:00"),
        ({"time": "10:15:60"}, "impossible_date: 03/10/2026 10:15:60"),
        ({"day": "3/10/2026"}, "impossible_date: 3/10/2026 10:15:30"),
        (
            {"day": "29/03/2026", "time": "02:30:00"},
            "impossible_date: 29/03/2026 02:30:00 does not exist in Europe/Paris",
        ),
        ({"duration": "1:14"}, "unreadable_duration: 1:14"),
        ({"amount": "0.148"}, "unreadable_amount: 0.148"),
        ({"amount": ""}, "unreadable_amount: "),
        ({"called": "0 abc"}, "unreadable_number: 0 abc"),
        ({"called": "06399800"}, "unreadable_number: 06399800"),
        ({"line": "3919"}, "unreadable_line: 3919"),
        ({"label": "A;B"}, "wrong_column_count: 11 of 10"),
    ],
)
def test_a_bad_value_refuses_its_record_with_the_words_and_spares_the_others(land: Land, query, fault, reason):
    content = messidor(a_call(1, time="10:00:00"), a_call(2, **fault), a_call(3, time="11:00:00"))

    land("messidor_1.csv", content)

    assert query("select source_line, reject_reason from landing.usage_records where is_rejected") == [(3, reason)]
    assert query("select count(*) from landing.usage_records where usage_id is not null") == [(2,)]


def test_a_byte_that_is_no_text_refuses_its_record_only_when_it_hurts_what_is_billed(land: Land, query):
    content = messidor(a_call(1, called="0639980012"), a_call(2, called="0639980013"))
    content = content.replace(b"0639980013", b"06399\x810013").replace(b'1;"0199001008"', b'1;"0199001008"')

    land("messidor_1.csv", content.replace(b"FRANCE MOBILE", b"FRANCE \x81OBILE"))

    assert query("select source_line, reject_reason, supplier_label from landing.usage_records order by 1") == [
        (2, None, "FRANCE \ufffdOBILE"),
        (3, "unreadable_bytes: column 5", "FRANCE \ufffdOBILE"),
    ]


def test_a_call_belongs_to_the_paris_day_of_its_start(land: Land, query):
    land(
        "messidor_1.csv",
        messidor(a_call(1, day="01/11/2026", time="00:10:00"), a_call(2, day="31/10/2026", time="23:58:00")),
    )

    assert query("select local_day::text, started_at::date::text from landing.usage_records order by source_line") == [
        ("2026-11-01", "2026-10-31"),
        ("2026-10-31", "2026-10-31"),
    ]


def test_zero_seconds_and_zero_pages_are_kept_and_billed_to_nobody(land: Land, query):
    land("messidor_1.csv", messidor(a_call(duration="00mn00", amount="0,000")))
    pages = "serie;date;compteur;pages\r\nCP1;31/10/2026;NOIR;4\u00a0218\r\nCP1;31/10/2026;COULEUR;0\r\nCP1;31/10/2026;A3;7\r\n"
    land("compteurs_1.csv", pages.encode("cp1252"))

    assert query(
        """select usage_type, line_id, page_count, local_day::text, not_billable_reason, reject_reason
        from landing.usage_records join landing.usage_files using (file_number) order by source_code desc, source_line"""
    ) == [
        ("voice", "+33199001008", None, "2026-10-03", "zero_duration", None),
        ("page_black", "CP1", 4218, "2026-10-31", None, None),
        ("page_colour", "CP1", 0, "2026-10-31", "zero_pages", None),
        (None, "CP1", 7, "2026-10-31", None, "unknown_usage_type: A3"),
    ]


def test_the_same_bytes_change_nothing_and_log_their_delivery(land: Land, query):
    content = messidor(a_call(1), a_call(2, time="11:00:00"))
    assert land("messidor_1.csv", content)["is_new"]
    before = query("select * from landing.usage_records order by 1, 2"), query("select * from landing.usage_files")

    assert not land("messidor_1.csv", content)["is_new"]
    assert not land("messidor_1_bis.csv", content)["is_new"]

    assert (
        query("select * from landing.usage_records order by 1, 2"),
        query("select * from landing.usage_files"),
    ) == before
    assert query("select source_file from landing.file_deliveries order by 1") == [
        ("messidor_1.csv",),
        ("messidor_1_bis.csv",),
    ]


def test_the_same_call_in_two_files_has_one_identity_and_another_amount_another_content(land: Land, query):
    land("messidor_1.csv", messidor(a_call(1)))
    land("messidor_2.csv", messidor(a_call(7), a_call(8, amount="0,150")))

    assert query("select count(distinct usage_id), count(distinct supplier_amount) from landing.usage_records") == [
        (1, 2)
    ]


def test_a_file_whose_trailer_disagrees_is_held_whole_and_the_next_one_lands(land: Land, query):
    land("messidor_1.csv", messidor(a_call(), trailer="9;FIN;4;500"))
    land("messidor_2.csv", messidor(a_call()))

    assert query("select source_file, hold_reason from landing.usage_files order by 1") == [
        ("messidor_1.csv", "trailer: says 4 records and 500 s, the file has 1 records and 74 s"),
        ("messidor_2.csv", None),
    ]
    assert query("select count(*) from landing.usage_records where not is_rejected") == [(2,)]


def test_a_name_that_nobody_described_is_held_until_it_is_described(land: Land, query):
    content = messidor(a_call(label="RÉUNION"))

    land("autre.csv", content)
    held = query(
        "select is_rejected, left(reject_reason, 14), raw_text from landing.usage_records where source_line = 2"
    )
    land("messidor_1.csv", content)

    assert held == [(True, "unknown_layout", a_call(label="RÉUNION"))]
    assert query("select source_code, source_file, record_count, hold_reason from landing.usage_files") == [
        ("messidor", "messidor_1.csv", 1, None)
    ]
    assert query("select source_line, is_rejected from landing.usage_records") == [(2, False)]
    assert query(RECORDS_OF_NO_FILE) == []


def test_the_sealed_copy_is_the_same_bytes_read_only_and_found_by_its_digest(land: Land, query, tmp_path: Path):
    content = messidor(a_call())
    land("messidor_1.csv", content)

    [(file_id, sealed_path)] = query("select file_id, sealed_path from landing.usage_files")
    sealed = tmp_path / "archive" / sealed_path

    assert sealed_path == f"sealed/{file_id[:2]}/{file_id}"
    assert sealed.read_bytes() == content
    assert sealed.stat().st_mode & 0o222 == 0
    assert [path.name for path in sealed.parent.iterdir()] == [file_id]


def test_a_landing_cut_in_the_middle_leaves_nothing_and_the_retry_lands_it(land: Land, query, monkeypatch):
    """The COPY breaks after some rows: the file, its control lines and its delivery go with them."""
    from invoicing.usage.reading import Reading

    whole = Reading.record_blocks
    with monkeypatch.context() as cut:
        cut.setattr(Reading, "record_blocks", lambda reading: [*whole(reading), "half a row"])
        with pytest.raises(psycopg.DataError):
            land("messidor_1.csv", messidor(a_call()))
    assert everything_landed(query) == (0, 0, 0, 0)

    land("messidor_1.csv", messidor(a_call()))
    assert everything_landed(query) == (1, 1, 2, 1)


def everything_landed(query) -> tuple[int, ...]:
    """Files, deliveries, control lines and records."""
    tables = ("usage_files", "file_deliveries", "control_lines", "usage_records")
    return tuple(query(f"select count(*) from landing.{table}")[0][0] for table in tables)


def test_the_drop_lists_whole_files_only_and_nothing_outside_it(land: Land, tmp_path: Path):
    from billing.hooks.file_store import FileStoreHook

    usage = tmp_path / "drop" / "usage"
    for name in ("b.csv", "a.csv", "c.csv.tmp", "d.part", ".hidden.csv"):
        (usage / name).write_bytes(b"x")
    (usage / "folder.csv").mkdir()
    hook = FileStoreHook(settle_seconds=0)

    assert hook.list("usage/*") == ["usage/a.csv", "usage/b.csv"]
    with pytest.raises(ValueError, match="leads out of the folder of connection usage_drop"):
        hook.read("../archive/x")


def test_a_file_that_grows_while_it_is_listed_waits(land: Land, tmp_path: Path, monkeypatch):
    import billing.hooks.file_store as file_store

    growing = tmp_path / "drop" / "usage" / "messidor_1.csv"
    growing.write_bytes(b"0;DEBUT")
    monkeypatch.setattr(file_store.time, "sleep", lambda seconds: growing.write_bytes(b"0;DEBUT;20261004"))

    assert file_store.FileStoreHook().list("usage/*") == []


records = st.lists(st.integers(0, 5), min_size=1, max_size=4).map(
    lambda picks: messidor(*(a_call(n, time=f"10:0{pick}:00") for n, pick in enumerate(picks)))
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(records, min_size=1, max_size=4), data=st.data())
def test_any_order_and_repetition_of_files_gives_the_same_records(land: Land, query, warehouse_dsn, files, data):
    def landed(order: Sequence[int]) -> list[tuple[Any, ...]]:
        with psycopg.connect(warehouse_dsn) as conn:
            conn.execute(
                "truncate landing.usage_files, landing.file_deliveries, landing.control_lines, landing.usage_records"
            )
        for index in order:
            land(f"messidor_{index}.csv", files[index])
        return query(
            "select file_id, source_line, usage_id, reject_reason"
            " from landing.usage_records join landing.usage_files using (file_number) order by 1, 2"
        )

    repeated = data.draw(st.permutations([*range(len(files)), *range(len(files))]))

    assert landed(range(len(files))) == landed(repeated)
    assert query("select 1 from landing.usage_files where line_count <> control_line_count + record_count") == []
    assert query(RECORDS_OF_NO_FILE) == []
    assert (
        query(
            """select 1 from landing.usage_files where record_count <> (
            select count(*) from landing.usage_records where usage_records.file_number = usage_files.file_number
        ) or control_line_count <> (
            select count(*) from landing.control_lines where control_lines.file_id = usage_files.file_id
        )"""
        )
        == []
    )


@pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")
def test_the_shared_samples_land_whole(land: Land, query):
    for name in ("messidor_20250903.csv", "noa24_20250901.csv", "noa24_20250902.csv"):
        land(name, (SAMPLES / name).read_bytes())

    assert query(
        "select source_file, count(*), sum(duration_seconds), count(reject_reason) from landing.usage_records join landing.usage_files using (file_number) group by 1 order by 1"
    ) == [
        ("messidor_20250903.csv", 90, 15009, 0),
        ("noa24_20250901.csv", 40, 4692, 0),
        ("noa24_20250902.csv", 40, 7204, 0),
    ]
