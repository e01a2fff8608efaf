"""The French numbering plan: what a number dialled in France is, by its longest prefix.

Overseas France writes like home but is abroad in E.164: it has country codes, and prices, of its own. The facts, their
date and their sources stand in number_plan.csv.
"""

from importlib.resources import files
from typing import NamedTuple

CATEGORIES = frozenset(
    (
        "geographic", "mobile", "m2m", "polyvalent", "free", "banalised", "sva", "short", "directory", "social",
        "emergency", "data", "international", "global", "withheld", "masked", "internal",
    )
)  # fmt: skip


class Called(NamedTuple):
    """A called number: E.164, or a short number as dialled."""

    number: str | None  # None: withheld, masked, or inside the customer's own telephone system
    category: str
    country_code: str | None  # ISO 3166, 001 for a global network


class _Row(NamedTuple):
    digits: int
    category: str
    country: str
    country_code: str


def _rows() -> dict[str, dict[int, _Row]]:
    """By prefix, then by the digits of the whole number: '3' begins numbers of five, '30' of four."""
    rows: dict[str, dict[int, _Row]] = {}
    text = files(__package__).joinpath("number_plan.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in lines[1:]:
        prefix, digits, category, country, country_code = line.split(";")
        rows.setdefault(prefix, {})[int(digits)] = _Row(int(digits), category, country, country_code)
    return rows


ROWS = _rows()
# Only a few prefixes say more after four digits: the others are found by one look-up.
DEEPEST = max(map(len, ROWS))
DEEPER = {prefix[:4] for prefix in ROWS if len(prefix) > 4}


class _Rule(NamedTuple):
    digits: int
    plus: str  # what E.164 begins with
    cut: int  # how many signs it drops
    category: str
    country: str


def _rules() -> dict[str, _Rule | None]:
    """By every prefix of four to six digits that a row decides; None is held."""
    rules: dict[str, _Rule | None] = {}
    for prefix, by_digits in sorted(ROWS.items()):  # the shorter first: the longer replace them
        if not prefix.startswith("0"):
            continue
        [row] = by_digits.values()
        # Saint-Pierre-et-Miquelon has six digits after +508.
        cut = 4 if row.country_code == "508" else 1
        rule = _Rule(row.digits, f"+{row.country_code}", cut, row.category, row.country) if row.category else None
        missing = max(0, 4 - len(prefix))
        for rest in range(10**missing):
            rules[f"{prefix}{rest:0{missing}d}" if missing else prefix] = rule
    return rules


RULES = _rules()


def dialled_at_home(text: str) -> Called | None:
    """What `0199001008` is; None when the plan has no such number."""
    head = text[:4]
    rule = RULES.get(head)
    if head in DEEPER:
        for length in range(DEEPEST, 4, -1):
            if text[:length] in RULES:
                rule = RULES[text[:length]]
                break
    if rule is None or len(text) != rule[0] or not (text.isdigit() and text.isascii()):
        return None
    _, plus, cut, category, country = rule
    return Called(plus + text[cut:], category, country)


def dialled_short(text: str) -> Called | None:
    """What `3919` is; None when the plan has no such short number."""
    digits = len(text)
    if not 2 <= digits <= 6 or not (text.isdigit() and text.isascii()):
        return None
    for length in range(min(digits, 4), 0, -1):
        row = ROWS.get(text[:length], {}).get(digits)
        if row is not None:
            return Called(text, row.category, row.country)
    return None
