from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from invoicing.ledger.tables import csv_block


def test_a_numeric_keeps_its_decimals_and_is_never_written_with_an_exponent():
    assert csv_block([(Decimal("0E-12"), Decimal("12.50"), Decimal("-0.30"))]) == b"0.000000000000,12.50,-0.30\r\n"


def test_texts_are_quoted_only_where_the_grammar_needs_it():
    rows = [("Vis, écrous", 'dit "Léo"', "deux\nlignes", None)]

    assert csv_block(rows).decode() == '"Vis, écrous","dit ""Léo""","deux\nlignes",\r\n'


def test_days_are_iso_and_times_are_utc():
    paris_summer = timezone(timedelta(hours=2))
    rows = [(date(2026, 10, 25), datetime(2026, 10, 25, 2, 30, tzinfo=paris_summer), datetime(2026, 1, 1, tzinfo=UTC))]

    assert csv_block(rows) == b"2026-10-25,2026-10-25T00:30:00.000000Z,2026-01-01T00:00:00.000000Z\r\n"


def test_booleans_and_whole_numbers_are_plain():
    assert csv_block([(True, False, 3)]) == b"true,false,3\r\n"
