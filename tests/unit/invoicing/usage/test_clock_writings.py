"""Starts in every other writing: counts from 1970, offsets, spreadsheets; ends; instants that make a duration."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.clock import StartReader, names_instants, start_fault, start_of_end, why_no_start
from invoicing.usage.source import HourRule, StartColumns

moments = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
WRITINGS = (
    "YYYY-MM-DD hh:mm:ss", "D/M/YYYY h:mm", "DD.MM.YY hh:mm:ss", "YYYYMMDDhhmmss.fff", "YYYY-MM-DDThh:mm:ss",
    "hh:mm DD/MM/YYYY", "YYYY-MM-DD hh:mm:ss Z", "epoch", "epoch_ms", "iso_offset",
)  # fmt: skip


def column(writing: str, time_zone: str = "Europe/Paris", hour_rule: HourRule | None = None) -> StartColumns:
    return StartColumns((1,), writing, time_zone, hour_rule or HourRule.FIRST_PASS_UNTIL_STEP_BACK)


@pytest.mark.parametrize(
    ("writing", "text", "started_at"),
    [
        ("YYYY/M/D h:mm", "2020/2/10 22:41", "2020-02-10 22:41:00+01:00:00"),
        ("D/M/YYYY h:mm", "3/1/2014 9:05", "2014-01-03 09:05:00+01:00:00"),
        ("DD/MM/YY hh:mm", "04/09/17 12:39", "2017-09-04 12:39:00+02:00:00"),
        ("DD.MM.YY hh:mm:ss", "20.06.12 13:11:35", "2012-06-20 13:11:35+02:00:00"),
        ("YYYYMMDDhhmmss.fff", "20160419210005.247", "2016-04-19 21:00:05+02:00:00"),
        ("hh:mm DD/MM/YYYY", "06:16 31/07/2025", "2025-07-31 06:16:00+02:00:00"),
        ("YYYY-MM-DD hh:mm:ss Z", "2025-10-26 02:30:00 CET", "2025-10-26 01:30:00+00:00:00"),
        ("YYYY-MM-DD hh:mm:ssZ", "2025-10-26 02:30:00+0200", "2025-10-26 00:30:00+00:00:00"),
        ("iso_offset", "2025-09-03T06:07:48+02:00", "2025-09-03 04:07:48+00:00:00"),
        ("iso_offset", "2025-09-01T12:05:45Z", "2025-09-01 12:05:45+00:00:00"),
        ("iso_offset", "2025-09-01T12:05:45.123456-05:30", "2025-09-01 17:35:45+00:00:00"),
        ("epoch", "1436454408", "2015-07-09 15:06:48+00:00:00"),
        ("epoch", "1504525166.228", "2017-09-04 11:39:26+00:00:00"),
        ("epoch_ms", "1436454408999", "2015-07-09 15:06:48+00:00:00"),
    ],
)
def test_a_start_is_read_in_the_writing_of_its_source(writing: str, text: str, started_at: str):
    start = StartReader(column(writing)).read(text)

    assert start is not None
    assert start[0] == started_at
    assert datetime.fromisoformat(started_at).timestamp() == start[2]
    assert start[3] is False


@pytest.mark.parametrize(
    ("writing", "text"),
    [
        ("D/M/YYYY h:mm", "31/2/2014 9:05"), ("D/M/YYYY h:mm", "3/1/2014 9:05 PM"), ("D/M/YYYY h:mm", "003/1/2014 9:05"),
        ("DD/MM/YY hh:mm", "04/09/2017 12:39"), ("YYYYMMDDhhmmss.fff", "20160419210005"), ("epoch", "0"), ("epoch", ""),
        ("epoch", "1436454408999"), ("epoch", "-1436454408"), ("epoch_ms", "1436454408"), ("iso_offset", "2025-09-01T12:05:45"),
        ("iso_offset", "2025-09-31T12:05:45Z"), ("iso_offset", "2025-09-01T12:05:45+99:00"), ("epoch", "١٤٣٦٤٥٤٤٠٨"),
        ("iso_offset", "0001-01-01T00:00:00+02:00"), ("iso_offset", "1911-12-31T23:59:59Z"), ("iso_offset", "9999-12-31T23:59:59-02:00"),
    ],
)  # fmt: skip
def test_another_writing_is_no_start(writing: str, text: str):
    reader = StartReader(column(writing))

    assert reader.read(text) is None
    assert reader.instant(text) is None


@given(moments, st.sampled_from([timedelta(0), timedelta(hours=2), timedelta(hours=-5, minutes=-30)]))
def test_an_instant_is_the_same_in_every_writing_that_names_one(moment: datetime, offset: timedelta):
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    sign, east = ("-", -offset) if offset < timedelta(0) else ("+", offset)
    local = f"{(moment + offset):%Y-%m-%dT%H:%M:%S.%f}"
    texts = {
        "epoch_ms": str(milliseconds),
        "epoch": f"{milliseconds // 1000}.{milliseconds % 1000:03d}",
        "iso_offset": f"{local}{sign}{east.seconds // 3600:02d}:{east.seconds % 3600 // 60:02d}",
    }
    in_utc = StartReader(column("YYYY-MM-DD hh:mm:ss.ffffff", "UTC"))
    start = in_utc.read(f"{moment:%Y-%m-%d %H:%M:%S.%f}")

    assert start is not None
    assert start[2] == milliseconds // 1000
    assert in_utc.instant(f"{moment:%Y-%m-%d %H:%M:%S.%f}") == milliseconds
    for writing, text in texts.items():
        assert StartReader(column(writing)).read(text) == start
        assert StartReader(column(writing)).instant(text) == milliseconds


@given(st.text() | st.text("0123456789-/:. TZ+", max_size=30), st.sampled_from(WRITINGS), st.sampled_from(HourRule))
def test_no_text_breaks_the_clock(text: str, writing: str, hour_rule: HourRule):
    start = StartReader(column(writing, hour_rule=hour_rule)).read(text)

    assert start is None or (start[0] is None) == (start[1] is None)


@pytest.mark.parametrize(("fraction", "milliseconds"), [("", 0), (".5", 500), (",25", 250), (".1239", 123)])
def test_a_fraction_is_thousandths_and_what_is_finer_is_cut(fraction: str, milliseconds: int):
    assert StartReader(column("iso_offset")).instant(f"2025-09-01T00:00:00{fraction}Z") == 1756684800000 + milliseconds


def test_a_call_just_after_midnight_in_paris_belongs_to_the_new_day():
    assert StartReader(column("iso_offset")).read("2025-10-31T23:30:00Z")[1] == "2025-11-01"
    assert StartReader(column("epoch")).read("1761953400")[1] == "2025-11-01"


def test_the_hour_that_comes_twice_is_refused_where_the_source_says_so():
    refusing = column("YYYY-MM-DD hh:mm:ss", hour_rule=HourRule.REFUSE)
    read = StartReader(refusing).read
    twice, never = read("2026-10-25 02:30:00"), read("2026-03-29 02:30:00")

    assert twice is not None and twice[:2] == (None, None)
    assert read("2026-10-25 03:00:00")[0] == "2026-10-25 03:00:00+01:00:00"
    assert why_no_start("25/10", twice, refusing) == "ambiguous_hour: 25/10 comes twice in Europe/Paris"
    assert why_no_start("29/03", never, refusing) == "impossible_date: 29/03 does not exist in Europe/Paris"
    assert why_no_start("31/11", None, refusing) == "impossible_date: 31/11"


def test_the_start_of_what_ended_in_the_second_two_oclock_is_reckoned_in_utc():
    end = StartReader(column("iso_offset")).read("2025-10-26T02:00:30+01:00")

    assert start_of_end(end, 60) == ("2025-10-26 00:59:30+00:00:00", "2025-10-26", 1761440370, False)
    assert start_of_end((None, None, 0, True), 60) == (None, None, 0, True)
    assert start_of_end(("1912-01-02 00:00:00+00:00:00", "1912-01-02", -1_830_211_200, False), 86_401) is None


def test_a_guessed_end_makes_a_guessed_start():
    end = StartReader(column("YYYY-MM-DD hh:mm:ss")).read("2026-10-25 02:00:10")

    assert start_of_end(end, 20) == ("2026-10-24 23:59:50+00:00:00", "2026-10-25", 1792886390, True)


@pytest.mark.parametrize(
    ("writing", "time_zone", "is_instant"),
    [
        ("YYYY-MM-DD hh:mm:ss", "Europe/Paris", False), ("YYYY-MM-DD hh:mm:ss", "UTC", True), ("epoch", "Europe/Paris", True),
        ("YYYYMMDDhhmmss.fff", "Etc/GMT-2", True), ("iso_offset", "Europe/Paris", True), ("D/M/YYYY h:mm", "Africa/Tunis", False),
    ],
)  # fmt: skip
def test_two_local_times_never_make_a_duration(writing: str, time_zone: str, is_instant: bool):
    assert names_instants(column(writing, time_zone)) is is_instant


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_writing_that_can_be_read_has_no_fault(writing: str):
    assert start_fault(column(writing)) is None


@pytest.mark.parametrize(
    ("writing", "words"),
    [
        ("YYYY-MM-DD hh:mm AM", "A is no place"), ("YYYY-MM-DD hh:mm:ss hh", "h stands twice"), ("DD/MM hh:mm", "no Y place"),
        ("YYYY-MM-DD :mm", "no h place for its m"), ("YYYY-MM-DD hh.ss", "no m place for its s"), ("DMYYYY", "touches"),
        ("YY YYYY-MM-DD", "Y stands twice"), ("YYYY-MM-DD Z", "no h place for its Z"), ("", "no Y place"),
    ],
)  # fmt: skip
def test_a_writing_that_cannot_be_read_is_refused_with_the_way_out(writing: str, words: str):
    fault = start_fault(column(writing))

    assert fault is not None and words in fault


def test_an_offset_rule_needs_an_offset():
    assert "no offset" in (start_fault(column("YYYY-MM-DD hh:mm", hour_rule=HourRule.OFFSET)) or "")
    assert start_fault(column("YYYY-MM-DD hh:mm Z", hour_rule=HourRule.OFFSET)) is None
