"""The README's first screen shows what the demo really prints."""

import json
from decimal import Decimal
from pathlib import Path
from typing import get_type_hints

from demo.figures import Figures

REPOSITORY = Path(__file__).resolve().parents[1]


def test_the_figures_of_the_readme_are_the_golden_ones():
    golden = json.loads((REPOSITORY / "tests" / "golden" / "first_bill" / "out" / "figures.json").read_text())
    kinds = get_type_hints(Figures)
    figures = Figures(**{name: kinds[name](golden[name]) for name in kinds if name in golden})

    readme = (REPOSITORY / "README.md").read_text()
    assert all(f"    {line}\n" in readme for line in figures.lines())
    assert {int, str, Decimal} >= set(kinds.values())


def test_the_first_screen_says_what_it_is_and_the_two_commands():
    first_screen = "\n".join((REPOSITORY / "README.md").read_text().splitlines()[:25])

    assert "make demo" in first_screen
    assert "make test" in first_screen
