"""Templates of the pages: everything that comes from a file or a row is escaped."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from airflow.configuration import conf
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from invoicing.documents import french

PARIS = ZoneInfo("Europe/Paris")
DECIMAL = re.compile(r"-?\d+\.\d+")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
INSTANT = re.compile(DAY.pattern + r"T\d\d:\d\d:\d\d(\.\d+)?\+\d\d:\d\d")


def paris_time(instant: datetime) -> str:
    """'24 novembre 2026 à 06:12:05'."""
    local = instant.astimezone(PARIS)
    return f"{french.long_day(local.date())} à {local:%H:%M:%S}"


def airflow_url(*parts: str) -> str:
    """An address of Airflow's own screens: '/dags/land_usage/runs/…', below where Airflow is served."""
    base = conf.get("api", "base_url", fallback="") or "/"
    return base.rstrip("/") + "".join("/" + quote(part, safe="") for part in parts)


def plural(number: int, one: str, many: str) -> str:
    """'1 contrôle', '1 204 contrôles'; zero is singular in French."""
    return f"{french.count(number)}{french.NO_BREAK_SPACE}{one if number < 2 else many}"


def cell(value: Any) -> str:
    """An example's value in French: '1 204', '0,019', '03/10/2026 08:15:00'; '—' for none."""
    if value is None:
        return "—"
    if isinstance(value, int):
        return french.count(value)
    text = str(value)
    if DECIMAL.fullmatch(text):
        return text.replace("-", french.MINUS).replace(".", ",")
    if INSTANT.fullmatch(text):
        return f"{datetime.fromisoformat(text).astimezone(UTC):%d/%m/%Y %H:%M:%S}"
    return french.day(date.fromisoformat(text)) if DAY.fullmatch(text) else text


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,  # a template goes with the code that was loaded with it
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(paris_time=paris_time, cell=cell, zip=zip)
_environment.globals.update(airflow_url=airflow_url, plural=plural)


def render(template: str, **values: Any) -> str:
    return _environment.get_template(template).render(**values)
