"""How each source's files arrive: its names, its road and its rhythm, without what stands in the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from invoicing.usage.road import FileRoad, HttpsRoad, MailboxRoad, Road
from invoicing.usage.roads import read_road
from invoicing.usage.source import SourceError


@dataclass(frozen=True, slots=True)
class Arrival:
    source_code: str
    names: tuple[str, ...]  # shell patterns of the files on the road
    road: Road
    every: str | None = None  # None: no rhythm promised
    lateness_hours: int = 0

    @property
    def has_to_be_fetched(self) -> bool:
        return not (isinstance(self.road, FileRoad) and self.road.is_drop)


def load_arrivals(folder: Path) -> tuple[Arrival, ...]:
    """Read every description of a folder, in the order of their names.

    Raises:
        SourceError: one cannot be used. `load_sources` refuses more: it reads the rest of the description.
    """
    return tuple(read_arrival(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yml")))


def read_arrival(text: str, file_name: str) -> Arrival:
    """Read how one description's files arrive."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SourceError(f"{file_name}: not readable as YAML ({error}); see sources/messidor.yml") from error
    top: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    source_code, names = top.get("source_code"), top.get("file_name")
    names = [names] if isinstance(names, str) else names
    if not isinstance(source_code, str) or not isinstance(names, list):
        raise SourceError(f"{file_name}: source_code and file_name say whose files these are; write both")
    road = read_road(top.get("road"), file_name)
    told = () if isinstance(road, HttpsRoad) else road.names
    rhythm = top.get("rhythm") or {}
    return Arrival(
        source_code=source_code,
        names=told or tuple(names),
        road=road,
        every=rhythm.get("every"),
        lateness_hours=rhythm.get("lateness_hours") or 0,
    )


def arrival_coded(source_code: str, arrivals: Iterable[Arrival]) -> Arrival:
    """Find a source by its code.

    Raises:
        SourceError: there is none.
    """
    arrivals = tuple(arrivals)
    for arrival in arrivals:
        if arrival.source_code == source_code:
            return arrival
    known = ", ".join(arrival.source_code for arrival in arrivals)
    raise SourceError(f"no description has the source_code {source_code}; known are {known}")


def markers_of_drop(arrivals: Iterable[Arrival]) -> dict[str, tuple[str, ...]]:
    """Pattern to markers, of the sources whose files arrive in the drop itself and need one to be whole."""
    return {
        pattern: arrival.road.markers
        for arrival in arrivals
        if isinstance(arrival.road, FileRoad) and not arrival.has_to_be_fetched and arrival.road.markers
        for pattern in arrival.names
    }


def names_of_others(arrival: Arrival, arrivals: Iterable[Arrival]) -> list[str]:
    """The patterns of the other sources that come by mail into the same folder of the same mailbox."""
    road = arrival.road
    return [
        pattern
        for other in arrivals
        if other.source_code != arrival.source_code
        and isinstance(other.road, MailboxRoad)
        and isinstance(road, MailboxRoad)
        and (other.road.connection, other.road.folder) == (road.connection, road.folder)
        for pattern in other.names
    ]
