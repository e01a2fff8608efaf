"""The same content plain, packed, in UTF-16 or in a workbook: the same records, or a file held with its reason."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, time

import pytest
from openpyxl import Workbook

from ops.embedded_postgres import ServerInfo
from tests.integration import dbt_build
from tests.integration.samples_table import Warehouse, warehouse
from tests.integration.usage_lines import a_call, messidor, noa24

PORTAL = """Date;Heure;Appelant;Appelé;Destination;Durée (s);Montant HT\r
03/10/2026;10:15:30;0199001008;0639980012;France mobile;74;0,0234\r
03/10/2026;10:18:00;0199001008;118000;"Renseignements ; 118";31;1,3445\r
03/10/2026;10:21:09;0199001008;00447700900123;Royaume-Uni;0;0,0000\r
"""
METERS = """Client;Site;N° de série;Modèle;Date du relevé;Compteur N&B;Compteur couleur;Compteur A3 N&B;\
Compteur A3 couleur;Numérisations;Origine\r
SARL Été;Siège;FIC000001;X1;30/09/2026 06:16;307\xa0870;69\xa0514;3\xa0357;654;7\xa0961;SNMP\r
SARL Été;Siège;FIC000002;X2;30/09/2026 07:39;361\xa0918;;4\xa0799;;5\xa0926;SNMP\r
"""
MOBILE = """record_id,type,msisdn,iccid,session,part,start_utc,end_utc,other_party,duration_s,bytes_up,bytes_down,zone,\
visited,mccmnc,apn
M1,VOICE,33639982000,8933000000000982000,,,2026-10-03T08:15:30Z,2026-10-03T08:16:44Z,33199009061,74,,,UE,ES,21407,
M2,SMS,33639982000,8933000000000982000,,,2026-10-03T22:50:06Z,2026-10-03T22:50:06Z,33639981974,,,,FR,FR,20801,
M3,DATA,33639982000,8933000000000982000,S1,1,2026-10-03T02:10:52Z,2026-10-03T02:29:52Z,,1140,453611,18913696,FR,FR,20801,m
"""
JSON = """[
 {"consumptionId": 7, "creationDatetime": "2026-10-03T10:15:30+02:00", "calling": "0033199001008",
  "called": "0033639980012", "duration": 74, "wayType": "outgoing", "designation": "Côte d'Ivoire",
  "priceWithoutTax": {"value": 0.10, "currencyCode": "EUR"}},
 {"consumptionId": 8, "creationDatetime": "2026-10-03T10:18:00+02:00", "calling": "0033199001008",
  "called": null, "duration": 9, "wayType": "incoming", "designation": null,
  "priceWithoutTax": {"value": 0, "currencyCode": "EUR"}}
]
"""
FIXED = "".join(
    line + "\r\n"
    for line in (
        "HOPERATEUR EXEMPLE       20261004060000000018",
        f"D0000001{'0199001008':15}{'0639980012':20}2026100310153000000740000000234{'SVA 0,15 €/min':24}",
        f"D0000002{'0199001008':15}{'112':20}2026100310180000000270000000000{'Urgence':24}",
        "T0000000200000000010100000000000234",
    )
)
CONTENTS = {
    "messidor_1.csv": messidor(a_call(1), a_call(2, time="11:00:00", label="RÉUNION")),
    "noa24_1.csv": noa24(("3", "639980012"), ("4", "447700900123")),
    "export_portail_1.csv": PORTAL.encode("cp1252"),
    "compteurs_1.csv": METERS.encode("cp1252"),
    "mobile_1.csv": MOBILE.encode(),
    "ovh_voice_1.json": JSON.encode(),
    "tickets_1.dat": FIXED.encode("cp1252"),
}
IN_UTF_8 = ("noa24_1.csv", "mobile_1.csv", "ovh_voice_1.json")
NOT_LINES = {
    "ovh_voice_1.json": "wrong_layout: a workbook, but ovh_voice is json; describe it",
    "tickets_1.dat": "wrong_layout: a workbook, but thermidor is fixed_width; describe it",
}


def text_of(name: str) -> str:
    return CONTENTS[name].decode("utf-8" if name in IN_UTF_8 else "cp1252")


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, CONTENTS[name])
    return buffer.getvalue()


def as_texts(name: str) -> bytes:
    """A workbook with each column of each line as a text."""
    workbook = Workbook()
    separator = "," if name.startswith("mobile") else ";"
    for row in csv.reader(io.StringIO(text_of(name)), delimiter=separator):
        workbook.active.append(row)
    return saved(workbook)


def saved(workbook: Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


WRAPPINGS: dict[str, Callable[[str], bytes]] = {
    "gz": lambda name: gzip.compress(CONTENTS[name]),
    "zip": zipped,
    "utf16": lambda name: text_of(name).encode("utf-16"),
    "xlsx": as_texts,
}


@pytest.fixture(scope="module")
def wrapped(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Each content plain, then in each wrapping; built to its outcomes."""
    with warehouse(postgres_server, tmp_path_factory.mktemp("wrapped"), "wrapped_usage") as files:
        for name, content in CONTENTS.items():
            files.land(name, content)
            for suffix, wrap in WRAPPINGS.items():
                files.land(f"{name}.{suffix}", wrap(name))
        arguments = ("--select", "tag:rate", "--exclude-resource-type", "unit_test")
        dbt_build.build(files.dsn, files.folder, *arguments)
        yield files


def records(files: Warehouse, name: str) -> list[tuple[object, ...]]:
    """Everything that was read, but where it stood and how it was written."""
    return files.query(
        """select usage_id, reject_reason, usage_type, line_id, called_number, number_category, direction, zone,
            started_at, duration_seconds, event_count, record.byte_count, counters::text, reading_kind, supplier_label,
            supplier_amount, not_billable_reason
        from landing.usage_records as record join landing.usage_files as file using (file_number)
        where source_file = %s order by source_line""",
        name,
    )


@pytest.mark.parametrize("suffix", WRAPPINGS)
@pytest.mark.parametrize("name", CONTENTS)
def test_a_wrapping_changes_no_record_or_holds_the_file(wrapped: Warehouse, name: str, suffix: str):
    file_name = f"{name}.{suffix}"
    hold_reason = NOT_LINES.get(name) if suffix == "xlsx" else None
    [(held,)] = wrapped.query("select hold_reason from landing.usage_files where source_file = %s", file_name)

    assert hold_reason == (held and held[: len(hold_reason or held)])  # what is missing after it follows from it
    assert records(wrapped, file_name) == ([] if hold_reason else records(wrapped, name))
    assert all(usage_id and not reason for usage_id, reason, *_ in records(wrapped, name))


def test_every_content_is_billed_or_held_once_however_often_it_came(wrapped: Warehouse):
    outcomes = wrapped.query(
        """select source_code, count(*) filter (where outcome in ('duplicate', 'not_billable') or outcome = 'held'),
            count(*), count(*) filter (where outcome = 'duplicate')
        from rate.fct_usage_outcomes where source_code <> 'releves' group by 1 order by 1"""
    )

    assert [
        ("export_portail", 15, 15, 12),
        ("messidor", 10, 10, 8),
        ("mobile", 15, 15, 12),
        ("noa24", 10, 10, 8),
        ("ovh_voice", 8, 8, 6),
        ("thermidor", 8, 8, 6),
    ] == outcomes
    assert [] == wrapped.query("select source_file from rate.rpt_file_conservation where not is_balanced")


def test_a_workbook_that_typed_its_cells_gives_the_same_records(wrapped: Warehouse):
    """Dates, hours and counts as a spreadsheet keeps them; numbers stay texts, for their zeros."""
    workbook = Workbook()
    title, *rows = csv.reader(io.StringIO(PORTAL), delimiter=";")
    workbook.active.append(title)
    for day, hour, line, called, label, seconds, amount in rows:
        year, month, number = (int(part) for part in reversed(day.split("/")))
        price = float(amount.replace(",", "."))
        workbook.active.append(
            [date(year, month, number), time.fromisoformat(hour), line, called, label, int(seconds), price]
        )

    wrapped.land("export_portail_2.xlsx", saved(workbook))

    assert records(wrapped, "export_portail_1.csv") == records(wrapped, "export_portail_2.xlsx")


def test_a_workbook_that_lost_the_zeros_of_its_numbers_refuses_its_records(wrapped: Warehouse):
    workbook = Workbook()
    title, row, *_ = csv.reader(io.StringIO(PORTAL), delimiter=";")
    workbook.active.append(title)
    workbook.active.append([*row[:2], int(row[2]), *row[3:]])

    wrapped.land("export_portail_3.xlsx", saved(workbook))

    assert ["unreadable_line: 199001008"] == [reason for _, reason, *_ in records(wrapped, "export_portail_3.xlsx")]


@pytest.mark.parametrize(
    ("content", "hold_reason"),
    [
        (b"7z\xbc\xaf\x27\x1c" + bytes(600), "unknown_archive: 7z; send it plain, in gzip or in zip"),
        (gzip.compress(PORTAL.encode())[:-9], "broken_archive: gzip, it is cut; ask for the file again"),
        (gzip.compress(zipped("export_portail_1.csv")), "nested_archive: an archive inside an archive; send it packed once"),
        (PORTAL.encode(), "header: no column Appelé"),
    ],
    ids=["7z", "cut", "nested", "UTF-8 without its mark"],
)  # fmt: skip
def test_what_cannot_be_opened_or_told_is_held_with_the_reason(wrapped: Warehouse, content: bytes, hold_reason: str):
    landed = wrapped.land("export_portail_4.csv", content)

    assert landed["hold"].startswith(hold_reason)
    assert [] == wrapped.query(
        """select usage_id from landing.usage_records join landing.usage_files using (file_number)
        where file_id = %s and usage_id is not null and hold_reason is null""",
        landed["file_id"],
    )
