"""The reference of descriptions names every word that one may use, and every reason that a record may get."""

import re
from pathlib import Path

from invoicing.usage import column_reader, layout_reader, source_reader
from invoicing.usage.columns import (
    ByteUnit,
    DurationWriting,
    Empty,
    HourRule,
    NumberWriting,
    Rounding,
    SignPlace,
)
from invoicing.usage.source import CorrectionKind, IdentityScope

REPOSITORY = Path(__file__).parents[4]
REFERENCE = (REPOSITORY / "docs" / "how-to" / "source-description.md").read_text(encoding="utf-8")


def test_every_word_that_can_be_chosen_is_named():
    words = {
        *NumberWriting, *DurationWriting, *HourRule, *Rounding, *ByteUnit, *SignPlace, *Empty, *IdentityScope,
        *CorrectionKind, *column_reader.USAGE_TYPES, *column_reader.DIRECTIONS, *column_reader.READING_KINDS,
        *layout_reader.ENCODINGS, *layout_reader.RHYTHMS, *source_reader.QUANTITIES, *source_reader.WORDS,
    }  # fmt: skip

    assert {word for word in words if word not in REFERENCE} == set()


def test_every_reason_of_a_refused_record_is_explained():
    folder = REPOSITORY / "invoicing" / "usage"
    text = "".join(
        (folder / name).read_text(encoding="utf-8")
        for name in ("rows.py", "delimited.py", "records.py", "typed.py", "typed_columns.py", "marks.py", "clock.py")
    )
    codes = set(re.findall(r'"((?:un|wrong|line|other|impossible|ambiguous)\w*_\w+)(?::|")', text))

    assert {"wrong_column_count", "unknown_half", "impossible_date", "unreadable_line"} <= codes
    assert {code for code in codes if code not in REFERENCE} == {"line_id", "unit_count"}  # columns, not reasons
