"""The French numbering plan, beside Arcep's own list of attributed blocks."""

import csv
from pathlib import Path

import pytest

from invoicing.usage.foreign_numbers import NORTH_AMERICAN_AREA
from invoicing.usage.number_plan import dialled_at_home, dialled_short

ARCEP = Path(__file__).parents[5] / "shared" / "samples" / "numbering" / "arcep"
TERRITORIES = {
    "Métropole": "FR", "National": "FR", "Guadeloupe, St Martin et St Barthélemy": "GP", "Martinique": "MQ", "Guyane": "GF",
    "La Réunion - Océan indien": "RE", "La Réunion": "RE", "Mayotte": "YT", "Saint Pierre et Miquelon": "PM",
}  # fmt: skip
EMERGENCY = {"15", "17", "18", "112", "114", "115", "119", "191", "196", "197"}


@pytest.mark.skipif(not ARCEP.is_dir(), reason="needs Arcep's open data beside the repository")
def test_every_attributed_block_is_a_number_of_its_territory():
    with (ARCEP / "MAJNUM.csv").open(encoding="iso-8859-1", newline="") as file:
        blocks = list(csv.DictReader(file, delimiter=";"))

    wrong = []
    for block in blocks:
        for number in (block["Tranche_Debut"], block["Tranche_Fin"]):
            called = (dialled_at_home if number.startswith("0") else dialled_short)(number)
            if called is None or called.country_code != TERRITORIES[block["Territoire"]]:
                wrong.append((number, called))
    assert len(blocks) > 19_000
    assert wrong == []


@pytest.mark.skipif(not ARCEP.is_dir(), reason="needs Arcep's open data beside the repository")
def test_every_short_number_of_general_interest_is_known():
    with (ARCEP / "MAJNFB.csv").open(encoding="iso-8859-1", newline="") as file:
        numbers = [row["EZABPQM"] for row in csv.DictReader(file, delimiter=";")]

    categories = {number: called.category if (called := dialled_short(number)) else None for number in numbers}

    assert {number for number, category in categories.items() if category == "emergency"} == EMERGENCY
    assert {category for number, category in categories.items() if len(number) == 6} == {"social"}
    assert {category for number, category in categories.items() if len(number) == 4} == {"banalised"}


@pytest.mark.parametrize(
    ("area", "country"), [("809", "DO"), ("242", "BS"), ("416", "CA"), ("212", "US"), ("787", "PR"), ("199", "US")]
)
def test_the_area_code_tells_the_country_behind_plus_one(area: str, country: str):
    assert NORTH_AMERICAN_AREA[area] == country
