"""Descriptions made in a test, and what they make of a few lines."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from invoicing.usage.reading import Reading
from invoicing.usage.source import Source
from invoicing.usage.source_reader import read_source
from invoicing.usage.trial import Row
from tests.sealed_files import read_whole, sealed

START = {"at": 3, "writing": "YYYY-MM-DD hh:mm:ss", "time_zone": "Europe/Paris", "hour_that_comes_twice": "refuse"}
COLUMNS: Mapping[str, Any] = {
    "line": {"at": 1, "writing": "national"},
    "called": {"at": 2, "writing": "national"},
    "start": START,
    "duration": {"at": 4, "writing": "seconds"},
}
# Six columns: line, called number, start, seconds, a word, an identity.
DESCRIPTION: Mapping[str, Any] = {
    "source_code": "essai", "file_name": "essai_*", "encoding": "utf-8", "separator": ";", "quote": None,
    "header": None, "column_count": 6, "trailing_separator": False, "usage_type": "voice", "columns": COLUMNS,
    "identity": {"at": 6, "scope": "ever"}, "not_billable": [], "control_lines": None,
}  # fmt: skip
DELIMITED = ("separator", "quote", "header", "column_count", "trailing_separator")
CALL = "0199001008;0639980012;2026-10-03 10:15:30;74;mot;T1"


def description(columns: Mapping[str, Any] | None = None, /, **keys: Any) -> str:
    """The six columns, with other keys and other columns; a column that is None is none."""
    merged = {name: column for name, column in {**COLUMNS, **(columns or {})}.items() if column is not None}
    kept = {key: value for key, value in DESCRIPTION.items() if "layout" not in keys or key not in DELIMITED}
    return yaml.safe_dump({**kept, "columns": merged, **keys}, allow_unicode=True, sort_keys=False)


def described(columns: Mapping[str, Any] | None = None, /, **keys: Any) -> Source:
    return read_source(description(columns, **keys), "essai.yml")


def a_call(**values: str) -> str:
    """One line of six columns."""
    line = dict(zip(("line", "called", "start", "seconds", "word", "identity"), CALL.split(";"), strict=True))
    return ";".join({**line, **values}.values())


def read_bytes(source: Source | Sequence[Source] | None, content: bytes, name: str = "") -> tuple[Reading, list[Row]]:
    """A whole file, its rows by line, as one that the source claims; without a source, as one that nobody claims."""
    sources = () if source is None else (source,) if isinstance(source, Source) else tuple(source)
    claimed = sources[0].file_names[0].replace("*", "1") if sources else "autre.csv"
    with TemporaryDirectory() as folder:
        path = Path(folder) / (name or claimed)
        path.write_bytes(content)
        reading, rows = read_whole(sealed(path, sources))
    return reading, sorted(rows, key=lambda row: int(row["source_line"] or 0))


def read_lines(source: Source | None, *lines: str) -> list[Row]:
    return read_bytes(source, "\n".join(lines).encode(source.layout.encoding if source else "utf-8"))[1]
