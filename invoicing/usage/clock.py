"""A start as suppliers write it, local time without offset, read in SQL."""

import re

from invoicing.usage.source import StartColumns

TIME_ENDS = {"hh": "24", "mm": "60", "ss": "60"}
PLACE = re.compile("YYYY|MM|DD|hh|mm|ss")


def iso_sql(start: StartColumns, text: str) -> str:
    """An SQL expression for `text` rewritten as YYYY-MM-DD hh:mm:ss; null when it is not written as described.

    Whether such a day exists is asked later; hours and seconds are asked here, since PostgreSQL takes 24:00 and :60.
    """
    places = PLACE.finditer(start.writing)
    parts = {place[0]: f"substr({text}, {place.start() + 1}, {len(place[0])})" for place in places}
    shape = PLACE.sub(lambda place: "9" * len(place[0]), start.writing).replace("'", "''")
    is_written_so = [f"translate({text}, '012345678', '999999999') = '{shape}'"]
    is_written_so += [f"{parts[place]} < '{end}'" for place, end in TIME_ENDS.items() if place in parts]
    day = " || '-' || ".join(parts[place] for place in ("YYYY", "MM", "DD"))
    time = " || ':' || ".join(parts.get(place, "'00'") for place in ("hh", "mm", "ss"))
    return f"case when {' and '.join(is_written_so)} then {day} || ' ' || {time} end"
