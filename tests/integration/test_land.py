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

from invoicing.usage.durations import duration_reader, duration_sql
from invoicing.usage.source import DurationWriting

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "cdr" / "france"
NOA24_TITLES = "ID_TICKET;" + ";".join(f"C{n}" for n in range(2, 25))
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


def a_call(
    index: int = 1, line: str = "0199001008", day: str = "03/10/2026", time: str = "10:15:30", called: str = "0639980012",
    label: str = "FRANCE MOBILE", duration: str = "01mn14", amount: str = "0,148",
) -> str:  # fmt: skip
    return f'{index};"{line}";{day};{time};"{called}";{label};{duration};MX2;{amount};60;'


def messidor(*records: str, trailer: str | None = None) -> bytes:
    read = duration_reader(DurationWriting.HOURS_MINUTES_SECONDS)
    durations = [fields[6] for fields in (record.split(";") for record in records) if len(fields) > 6]
    trailer = trailer or f"9;FIN;{len(records)};{sum(read(duration) or 0 for duration in durations)}"
    return "".join(line + "\r\n" for line in ("0;DEBUT;20261004;MESSIDOR;2.1", *records, trailer)).encode("cp1252")


def noa24(*calls: tuple[str, str]) -> bytes:
    """One line per (nature, called number)."""
    lines = [
        f"T{n};N;S;;;;;;{nature};{called};;199001008;2026-10-03 10:15:30;74;Été;0,1480;EUR;;;200;16;;;"
        for n, (nature, called) in enumerate(calls, start=1)
    ]
    return "\n".join((NOA24_TITLES, *lines)).encode()


def test_a_record_is_typed_and_keeps_its_file_and_line(land: Land, query):
    land("messidor_1.csv", messidor(a_call(label="NUMÉRO À TARIF RÉDUIT ")))

    [row] = query(
        """select source_file, source_line, source_code, is_rejected, usage_type, line_id, called_number, started_at,
        local_day::text, is_time_guessed, duration_seconds, supplier_label, supplier_amount::text, not_billable_reason
        from landing.usage_records"""
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
        ({"called": "anonymous"}, "unreadable_number: anonymous"),
        ({"called": ""}, "unreadable_number: "),
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


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("0199001008", "+33199001008"), ("0639980012", "+33639980012"), ("0639970012", "+262639970012"),
        ("0692000001", "+262692000001"), ("0262000001", "+262262000001"), ("0269000001", "+262269000001"),
        ("0590000001", "+590590000001"), ("0691000001", "+590691000001"), ("0694000001", "+594694000001"),
        ("0697000001", "+596697000001"), ("0508410001", "+508410001"), ("00447700900123", "+447700900123"),
        ("0033199001008", "+33199001008"), ("0033692000001", "+262692000001"), ("0012125550123", "+12125550123"),
        ("15", "15"), ("3919", "3919"), ("118218", "118218"), ("07000123456789", "+337000123456789"),
        ("0892000001", "+33892000001"),
    ],
)  # fmt: skip
def test_a_number_becomes_e164_by_the_french_plan_first(land: Land, query, dialled: str, number: str):
    land("messidor_1.csv", messidor(a_call(called=dialled)))

    assert query("select called_number from landing.usage_records") == [(number,)]


def test_the_nature_of_address_puts_the_prefix_back(land: Land, query):
    land(
        "noa24_1.csv",
        noa24(("3", "639980012"), ("4", "447700900123"), ("3", "692000001"), ("1", "1023"), ("3", "3919"), ("4", "33692000001"), ("9", "1")),
    )  # fmt: skip

    assert query("select called_number, reject_reason from landing.usage_records order by source_line") == [
        ("+33639980012", None), ("+447700900123", None), ("+262692000001", None), ("1023", None), ("3919", None),
        ("+262692000001", None), (None, "unreadable_number: 1"),
    ]  # fmt: skip


def test_the_hour_that_comes_twice_is_told_by_the_order_of_the_file(land: Land, query):
    times = ("01:59:00", "02:10:00", "02:30:00", "02:45:00", "02:05:00", "02:30:00", "02:50:00", "03:00:00")
    calls = [a_call(n, day="25/10/2026", time=time, called=f"063998{n:04d}") for n, time in enumerate(times)]

    land("messidor_1.csv", messidor(*calls))

    rows = query(
        "select to_char(started_at, 'HH24:MI'), is_time_guessed from landing.usage_records order by source_line"
    )
    assert rows == [
        ("23:59", False), ("00:10", True), ("00:30", True), ("00:45", True), ("01:05", True), ("01:30", True),
        ("01:50", True), ("02:00", False),
    ]  # fmt: skip


def test_a_file_in_another_order_than_time_steps_back_only_inside_that_hour(land: Land, query):
    """Two lines after each other: 02:40 of one, then the next begins at 01:10 and comes to 02:20 in its first pass."""
    times = ("02:40:00", "01:10:00", "02:20:00")
    calls = [a_call(n, day="25/10/2026", time=time, called=f"063998{n:04d}") for n, time in enumerate(times)]

    land("messidor_1.csv", messidor(*calls))

    assert query("select to_char(started_at, 'HH24:MI') from landing.usage_records order by source_line") == [
        ("00:40",), ("23:10",), ("00:20",),
    ]  # fmt: skip


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
        from landing.usage_records order by source_code desc, source_line"""
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

    assert query("select count(distinct usage_id), count(distinct content_digest) from landing.usage_records") == [
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
    """The typing fails after the COPY: the file, its control lines and its delivery go with it."""
    import billing.hooks.warehouse as warehouse

    with monkeypatch.context() as cut:
        cut.setattr(warehouse, "typing_sql", lambda source: "select 1 / 0")
        with pytest.raises(psycopg.errors.DivisionByZero):
            land("messidor_1.csv", messidor(a_call()))
    assert query("select count(*) from landing.usage_files") == [(0,)]

    land("messidor_1.csv", messidor(a_call()))
    assert query("select count(*) from landing.usage_records") == [(1,)]


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
        return query("select file_id, source_line, usage_id, content_digest from landing.usage_records order by 1, 2")

    repeated = data.draw(st.permutations([*range(len(files)), *range(len(files))]))

    assert landed(range(len(files))) == landed(repeated)
    assert query("select 1 from landing.usage_files where line_count <> control_line_count + record_count") == []
    assert (
        query(
            """select 1 from landing.usage_files where record_count <> (
            select count(*) from landing.usage_records where usage_records.file_id = usage_files.file_id
        ) or control_line_count <> (
            select count(*) from landing.control_lines where control_lines.file_id = usage_files.file_id
        )"""
        )
        == []
    )


def test_durations_read_in_sql_and_in_python_agree(query):
    texts = [
        "01mn14",
        "00mn00",
        "1 h 02mn05",
        "999 h 59mn59",
        "1 h 75mn00",
        "01mn60",
        "75mn00",
        "",
        "74",
        "9" * 10,
        "1mn05",
    ]
    for writing in DurationWriting:
        read = duration_reader(writing)
        rows = query(
            f"select {duration_sql(writing, 't')} from unnest(%s::text[]) with ordinality as x(t, n) order by n", texts
        )
        assert [seconds for (seconds,) in rows] == [read(text) for text in texts]


@pytest.mark.skipif(not SAMPLES.exists(), reason="shared samples are absent")
def test_the_shared_samples_land_whole(land: Land, query):
    for name in ("messidor_20250903.csv", "noa24_20250901.csv", "noa24_20250902.csv"):
        land(name, (SAMPLES / name).read_bytes())

    assert query(
        "select source_file, count(*), sum(duration_seconds), count(reject_reason) from landing.usage_records group by 1 order by 1"
    ) == [
        ("messidor_20250903.csv", 90, 15009, 0),
        ("noa24_20250901.csv", 40, 4692, 0),
        ("noa24_20250902.csv", 40, 7204, 0),
    ]
