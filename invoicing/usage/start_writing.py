"""How a supplier writes a date and a time of day, and what one such text says before a clock is asked.

A writing is made of places (`DD/MM/YYYY hh:mm:ss`); every other sign, and the letter T, stands for itself. One letter
(`D/M/YYYY h:mm`) is one digit or two, `YY` is 20YY, `fff` is parts of a second, `Z` an offset or a zone that has one.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

EPOCH = "epoch"  # seconds since 1970
EPOCH_MS = "epoch_ms"
ISO_OFFSET = "iso_offset"  # 2025-09-03T06:07:48+02:00, or Z
OFFSET = "Z|UTC|GMT|CES?T|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?"
PLACES = {
    "YYYY": "[0-9]{4}",
    "YY": "[0-9]{2}",
    "MM": "[0-9]{2}",
    "M": "[0-9]{1,2}",
    "DD": "[0-9]{2}",
    "D": "[0-9]{1,2}",
    "hh": "[01][0-9]|2[0-3]",
    "h": "[01]?[0-9]|2[0-3]",
    "mm": "[0-5][0-9]",
    "ss": "[0-5][0-9]",
    "Z": OFFSET,
}
PLACE = re.compile("|".join(PLACES) + "|f{1,9}")
GROUPS = {"YYYY": "Y", "YY": "Y", "MM": "M", "M": "M", "DD": "D", "D": "D", "hh": "h", "h": "h", "mm": "m", "ss": "s"}
UNPADDED_BESIDE_A_PLACE = re.compile(r"(?:(?<!D)D(?!D)|(?<!M)M(?!M)|(?<!h)h(?!h))(?=[A-SU-Za-z])")
ISO = re.compile(
    "(?P<Y>[0-9]{4})-(?P<M>[0-9]{2})-(?P<D>[0-9]{2})[T ](?P<h>[01][0-9]|2[0-3]):(?P<m>[0-5][0-9])"
    f"(?::(?P<s>[0-5][0-9])(?:[.,](?P<f>[0-9]{{1,9}}))?)? ?(?P<Z>{OFFSET})"
)
# Fewer digits are no call: 0 says that nobody answered, and 1973 had none of these systems.
EPOCHS = {EPOCH: re.compile(r"([0-9]{9,10})(?:\.([0-9]{1,9}))?"), EPOCH_MS: re.compile("([0-9]{9,10})([0-9]{3})")}
ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "CET": 3600, "CEST": 7200}


class Written(NamedTuple):
    """What a text says: its hour and the rest in one writing, '2026-10-03 10' and ':15:30'."""

    hour: str
    rest: str
    milliseconds: int
    offset: int | None  # seconds east of UTC, where the text says it


def writing_fault(writing: str) -> str | None:
    """Why a description may not use this writing, with the way out; None when it may."""
    if writing in (EPOCH, EPOCH_MS, ISO_OFFSET):
        return None
    found = [place[0] for place in PLACE.finditer(writing)]
    kinds = [GROUPS.get(place, place[0]) for place in found]
    if unknown := sorted(set(re.findall("[A-Za-z0-9]", PLACE.sub("", writing))) - {"T"}):
        places = f"YYYY YY MM M DD D hh h mm ss fff Z, {EPOCH}, {EPOCH_MS} or {ISO_OFFSET}"
        return f"{' '.join(unknown)} is no place; use {places}"
    if twice := sorted({kind for kind in kinds if kinds.count(kind) > 1}):
        return f"{' '.join(twice)} stands twice; write each place once"
    for first, then in (("", "Y"), ("", "M"), ("", "D"), ("m", "h"), ("s", "m"), ("f", "s"), ("Z", "h")):
        if then not in kinds and (not first or first in kinds):
            return f"it has no {then} place{f' for its {first}' if first else ''}; add it"
    if UNPADDED_BESIDE_A_PLACE.search(writing):
        return "D, M or h touches the next place, so nobody knows where it ends; write two letters, or a sign between"
    return None


def has_offset(writing: str) -> bool:
    """Whether its texts name an instant without asking a clock."""
    return writing in (EPOCH, EPOCH_MS, ISO_OFFSET) or "Z" in writing


def fixed_hour_length(writing: str) -> int | None:
    """Where the hour ends and minutes and seconds begin, if every text has them there; None if not."""
    places = list(PLACE.finditer(writing))
    if any(place[0] not in ("YYYY", "MM", "DD", "hh", "mm", "ss") for place in places):
        return None
    length = max(place.end() for place in places if place[0] not in ("mm", "ss"))
    return length if all(place.start() >= length for place in places if place[0] in ("mm", "ss")) else None


def pattern(writing: str) -> re.Pattern[str]:
    """A regular expression with one group a place, named by its letter."""
    text, end = "", 0
    for place in PLACE.finditer(writing):
        group = GROUPS.get(place[0], place[0][0])
        inside = PLACES.get(place[0], f"[0-9]{{{len(place[0])}}}")
        text += f"{re.escape(writing[end : place.start()])}(?P<{group}>{inside})"
        end = place.end()
    return re.compile(text + re.escape(writing[end:]))


def written_reader(writing: str) -> Callable[[str], Written | None]:
    """A function from a text to what it says; None when it is written otherwise. Not for counts from 1970."""
    find = (ISO if writing == ISO_OFFSET else pattern(writing)).fullmatch

    def read(text: str) -> Written | None:
        found = find(text)
        if found is None:
            return None
        parts = found.groupdict()
        year = parts["Y"] if len(parts["Y"]) == 4 else "20" + parts["Y"]
        return Written(
            hour=f"{year}-{parts['M']:0>2}-{parts['D']:0>2} {parts.get('h') or '00':0>2}",
            rest=f":{parts.get('m') or '00'}:{parts.get('s') or '00'}",
            milliseconds=_thousandths(parts.get("f")),
            offset=_offset(parts["Z"]) if parts.get("Z") else None,
        )

    return read


def epoch_milliseconds(writing: str, text: str) -> int | None:
    """Milliseconds since 1970; None when the text counts nothing."""
    found = EPOCHS[writing].fullmatch(text)
    return int(found[1]) * 1000 + _thousandths(found[2]) if found else None


def _thousandths(fraction: str | None) -> int:
    return int((fraction + "00")[:3]) if fraction else 0  # what is finer is cut


def _offset(text: str) -> int:
    if text in ZONES:
        return ZONES[text]
    digits = text[1:].replace(":", "") + "00"
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60
    return -seconds if text[0] == "-" else seconds
