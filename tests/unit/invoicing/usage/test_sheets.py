"""The first sheet of a workbook gives the fields that a CSV of it would hold."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import MAC_EPOCH

from invoicing.usage.elements import KEPT, Element
from invoicing.usage.limits import Limits, Unreadable
from invoicing.usage.sheets import sheet_blocks

WRITING = "DD/MM/YYYY hh:mm:ss"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ENTITY = '<!DOCTYPE x [<!ENTITY e "e">]>'


def a_workbook(*rows: list[Any], prepare: Callable[[Workbook], None] = lambda workbook: None) -> bytes:
    workbook = Workbook()
    workbook.active.title = "Feuil1"
    for row in rows:
        workbook.active.append(row)
    prepare(workbook)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def elements(content: bytes, start_writing: str | None = WRITING, **options: Any) -> list[Element]:
    limits = Limits(**options.pop("limits", {}))
    return list(
        chain.from_iterable(sheet_blocks(io.BytesIO(content), start_writing=start_writing, limits=limits, **options))
    )


def fields(*cells: Any, number_format: str | None = None, **options: Any) -> list[str]:
    def prepare(workbook: Workbook) -> None:
        for cell in workbook.active[1] if number_format else ():
            cell.number_format = number_format

    [element] = elements(a_workbook(list(cells), prepare=prepare), **options)
    return element.fields


def with_part(content: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one of its parts written otherwise."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            text = old.read(part).decode()
            new.writestr(part, change(text) if part == name else text)
    return buffer.getvalue()


def with_rows(rows: str) -> bytes:
    sheet = f"<worksheet {NAMESPACE}><sheetData>{rows}</sheetData></worksheet>"
    return with_part(a_workbook(["x"]), "xl/worksheets/sheet1.xml", lambda _: sheet)


def with_shared(*texts: str, rows: str, prolog: str = "") -> bytes:
    """Beside those rows, a part of texts that cells share: openpyxl itself writes none."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Type="{kind}" Target="sharedStrings.xml" Id="rId9"/></Relationships>'
    content = io.BytesIO(
        with_part(
            with_rows(rows), "xl/_rels/workbook.xml.rels", lambda text: text.replace("</Relationships>", relation)
        )
    )
    items = "".join(f"<si>{text}</si>" for text in texts)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", f"{prolog}<sst {NAMESPACE}>{items}</sst>")
    return content.getvalue()


def refusal(content: bytes, **limits: int) -> str:
    with pytest.raises(Unreadable) as error:
        elements(content, limits=limits)
    return str(error.value)


def test_a_row_is_an_element_with_its_place_and_its_fields_as_text():
    content = a_workbook(["ligne", "début", "durée", "montant"], ["0199001008", datetime(2026, 10, 3), 74, 0.148])

    assert [
        Element("Feuil1!A1", "ligne;début;durée;montant", ["ligne", "début", "durée", "montant"]),
        Element(
            "Feuil1!A2", "0199001008;03/10/2026 00:00:00;74;0,148", ["0199001008", "03/10/2026 00:00:00", "74", "0,148"]
        ),
    ] == elements(content, decimal_sign=",")


@pytest.mark.parametrize(
    ("writing", "moment", "day"),
    [
        (WRITING, "03/10/2026 09:05:07", "03/10/2026"),
        ("YYYY-MM-DDThh:mm:ss.fff", "2026-10-03T09:05:07.000", "2026-10-03"),
        ("D/M/YY h:mm", "3/10/26 9:05", "3/10/26"),
        ("YYYYMMDD", "20261003", "20261003"),
        ("epoch", "2026-10-03 09:05:07", "2026-10-03"),
        (None, "2026-10-03 09:05:07", "2026-10-03"),
    ],
)
def test_dates_are_written_as_the_source_writes_a_start(writing: str | None, moment: str, day: str):
    cells = [datetime(2026, 10, 3, 9, 5, 7), date(2026, 10, 3)]

    assert [moment, day] == fields(*cells, start_writing=writing)


def test_a_second_that_a_fraction_of_a_day_misses_by_a_hair_is_that_second():
    assert ["03/10/2026 10:15:30"] == fields(46298.4274305555, number_format="dd/mm/yyyy hh:mm")


def test_times_alone_and_elapsed_times_are_hours_minutes_and_seconds():
    assert ["10:15:30", "26:00:05"] == fields(time(10, 15, 30), timedelta(hours=26, seconds=5))
    assert ["00:01:14"] == fields(74 / 86_400, number_format="hh:mm:ss")


def test_days_count_from_1904_in_a_workbook_of_an_old_mac_and_1900_has_its_29_february():
    def prepare(workbook: Workbook) -> None:
        workbook.epoch = MAC_EPOCH

    assert ["03/10/2026"] == elements(a_workbook([date(2026, 10, 3)], prepare=prepare))[0].fields
    assert ["01/01/1900", "01/03/1900"] == fields(1, 61, number_format="dd/mm/yyyy")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (74.0, None, "74"),
        (0.1 + 0.2, None, "0.3"),
        (0.00001, None, "0.00001"),
        (-1.5, None, "-1.5"),
        (199001008, "0000000000", "0199001008"),
        (199001008, "General", "199001008"),
        (33199001008, None, "33199001008"),
        (8.9330123456789e18, None, "8.9330123456789e+18"),
        (1e300, None, "1e+300"),
        (-1, "dd/mm/yyyy", "-1"),
        (99_999_999, "dd/mm/yyyy", "99999999"),
        (0.5, '[Red]"jours" 0.00', "0.5"),
        (True, None, "true"),
        ("#N/A", None, "#N/A"),
        ("=A2+1", None, "=A2+1"),
        ("a_x000D_b", None, "a\rb"),
    ],
)
def test_a_cell_is_the_text_that_a_person_sees_or_what_is_left_of_it(value: Any, number_format: str | None, text: str):
    assert [text] == fields(value, number_format=number_format)


def test_a_formula_is_its_result():
    assert ["0.3", "#DIV/0!", "ab"] == elements(
        with_rows(
            '<row r="1"><c r="A1"><f>0.1+0.2</f><v>0.30000000000000004</v></c><c r="B1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
            '<c r="C1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c></row>'
        )
    )[0].fields


def test_the_kinds_of_text_and_dates_that_other_programs_write_are_read():
    assert ["ab", "03/10/2026 10:15:30", "\ufffd", "xy"] == elements(
        with_shared(
            "<r><t>x</t></r><r><t>y</t></r>",
            rows='<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh><t>kana</t></rPh></is></c>'
            '<c t="d"><v>2026-10-03T10:15:30</v></c><c t="s"><v>9</v></c><c t="s"><v>0</v></c></row>',
        )
    )[0].fields


def test_rows_without_a_value_are_not_there_and_short_rows_are_filled():
    found = elements(a_workbook(["a", "b", "c"], [None, ""], [None, "2"], ["1", "2", "3", "4"]))

    assert [("Feuil1!A1", 3), ("Feuil1!A3", 3), ("Feuil1!A4", 4)] == [(row.path, len(row.fields)) for row in found]
    assert ["", "2", ""] == found[1].fields
    assert [5, 5, 5] == [len(row.fields) for row in elements(a_workbook(["a"], ["b"], ["c"]), column_count=5)]


def test_a_row_number_of_a_million_costs_nothing():
    assert ["Feuil1!A9999999", "Feuil1!A10000000"] == [
        row.path for row in elements(with_rows('<row r="9999999"><c><v>1</v></c></row><row><c><v>1</v></c></row>'))
    ]


def test_the_first_sheet_that_can_be_seen_is_read():
    def prepare(workbook: Workbook) -> None:
        workbook.active.sheet_state = "hidden"
        workbook.create_sheet("Détail").append(["seen"])
        workbook.create_sheet("Récap").append(["second"])

    assert [Element("Détail!A1", "seen", ["seen"])] == elements(a_workbook(["hidden"], prepare=prepare))


def test_a_row_that_is_too_long_is_refused_alone():
    found = elements(a_workbook(["x" * 3_000], ["2"]), limits={"text_length": 2_999})

    assert [Element("Feuil1!A1", "x" * KEPT, []), Element("Feuil1!A2", "2", ["2"])] == found


@pytest.mark.parametrize(
    "content",
    [
        with_part(a_workbook(["x"]), "xl/worksheets/sheet1.xml", lambda text: ENTITY + text),
        with_part(a_workbook(["x"]), "xl/styles.xml", lambda text: ENTITY + text),
        with_part(a_workbook(["x"]), "xl/workbook.xml", lambda text: ENTITY + text),
        with_shared("<t>&e;</t>", rows='<row><c t="s"><v>0</v></c></row>', prolog=ENTITY),
    ],
    ids=["sheet", "styles", "workbook", "shared texts"],
)
def test_entities_are_refused_in_every_part(content: bytes):
    assert refusal(content).startswith("xml_entities: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (with_rows('<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'), "broken_sheet: row 1 is out of order"),
        (with_rows('<row><c r="AMK1"><v>1</v></c></row>'), "sheet_too_large: row 1 has more than 1024 columns"),
        (with_rows("<row>"), "broken_xml: "),
        (
            with_part(a_workbook(["x"]), "xl/_rels/workbook.xml.rels", lambda text: text.replace("sheet1", "sheet9")),
            "broken_sheet: xl/worksheets/sheet9.xml is missing",
        ),
        (
            with_part(
                a_workbook(["x"]),
                "xl/_rels/workbook.xml.rels",
                lambda text: text.replace('Target="/xl/work', 'TargetMode="External" Target="http://127.0.0.1:9/'),
            ),
            "broken_sheet: no sheet to be seen",
        ),
    ],
)
def test_a_workbook_that_cannot_be_trusted_is_refused(content: bytes, words: str):
    assert refusal(content).startswith(words)


def test_the_parts_of_a_workbook_are_counted_as_they_are_unpacked():
    content = a_workbook(*[["x" * 1_000, number] for number in range(200)])

    assert refusal(content, unpacked_bytes=10_000).startswith("archive_too_large: ")
    assert refusal(content, ratio_from=1, ratio=1).startswith("archive_too_large: ")


def test_shared_texts_formats_columns_and_rows_without_end_are_refused():
    texts = with_shared(*["<t>text</t>"] * 200, rows="")
    long_row = with_rows("<row>" + "<c/>" * 60_000 + "</row>")

    assert refusal(texts, shared_text=5_000).startswith("sheet_too_large: more shared texts")
    assert refusal(a_workbook([date(2026, 10, 3), time(1)]), styles=2).startswith("sheet_too_large: more formats")
    assert refusal(a_workbook([1, 2, 3]), columns=2).startswith("sheet_too_large: row 1 has more than 2 columns")
    assert refusal(a_workbook([1], [2], [3]), rows=2).startswith("sheet_too_large: more than 2 rows")
    assert refusal(long_row, element_bytes=100_000).startswith("element_too_large: ")
