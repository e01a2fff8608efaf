"""Examples of faults: no phone number is whole, whatever holds it, and what is no number stays readable."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from expectations.masking import masked_text, shown


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+33639980012", "+3363998XXXX"),
        ("0639980012", "063998XXXX"),
        ("33639980012", "3363998XXXX"),
        ("1234567", "123XXXX"),
        (
            "called +33639980012 twice, then +44 and +447700900123",
            "called +3363998XXXX twice, then +44 and +44770090XXXX",
        ),
        ("3919", "3919"),
        ("118218", "118218"),
        ("messidor_20261003.csv", "messidor_20261003.csv"),
        ("anonymous", "anonymous"),
        ("0199001008-12", "0199001008-12"),
        ("", ""),
    ],
)
def test_a_number_loses_its_last_four_digits_wherever_it_stands(text: str, masked: str):
    assert masked_text(text) == masked


def test_an_example_becomes_what_json_can_hold():
    row = {
        "called_number": "+33639980012",
        "calls": [("+33639980012", 3)],
        "amount": Decimal("0.0190"),
        "started_at": datetime(2026, 10, 3, 8, 15, tzinfo=UTC),
        "local_day": date(2026, 10, 3),
        "source_line": 12345678,
        "is_late": True,
        "reason": None,
    }

    assert shown(row) == {
        "called_number": "+3363998XXXX",
        "calls": [["+3363998XXXX", 3]],
        "amount": "0.0190",
        "started_at": "2026-10-03T08:15:00+00:00",
        "local_day": "2026-10-03",
        "source_line": 12345678,
        "is_late": True,
        "reason": None,
    }
