"""Roads that are a folder: what is whole there is brought into the drop, once. The folder is on disk or on a server."""

import os
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from billing.hooks.file_store import FileStoreHook
from billing.hooks.usage_drop import RoadRefused, UsageDrop
from invoicing.usage.file_names import markers_of, whole_files
from invoicing.usage.road import FileRoad

Look = Mapping[str, tuple[int, int]]  # the files of a folder: name to size and time (seconds since 1970)


@dataclass(slots=True)
class Brought:
    """What one visit of a road gave."""

    taken: list[str] = field(default_factory=list)  # names in the drop
    left: list[str] = field(default_factory=list)  # what stays there, and why


class Shelf(Protocol):
    """A folder that a supplier writes into."""

    def opened(self) -> AbstractContextManager[object]: ...

    def look(self) -> Look: ...

    def status(self, name: str) -> tuple[int, int] | None:
        """The size and time of one file now; None when it is gone."""

    def fetch(self, name: str, size: int, part: Path) -> None:
        """Write the file into `part`, or what is missing of it."""

    def move(self, name: str, folder: str) -> None: ...


def collect_files(shelf: Shelf, road: FileRoad, patterns: Sequence[str], drop: UsageDrop) -> Brought:
    """Bring every whole file that was not brought yet; a file that changes meanwhile waits for the next visit."""
    brought = Brought()
    with drop.alone(), shelf.opened():
        seen = shelf.look()
        names = whole_files(seen, patterns, road.markers)
        if any(drop.taken(_key(name, *seen[name])) is None for name in names):
            time.sleep(road.settle_seconds)  # what a supplier is writing grows meanwhile
        again = shelf.look()
        for name in names:
            if again.get(name) != seen[name]:
                brought.left.append(f"{name}: still being written")
                continue
            if not _bring(shelf, name, seen[name], drop, brought):
                continue
            if road.done_folder:
                for gone in [*(marker for marker in markers_of(name, road.markers) if marker in seen), name]:
                    shelf.move(gone, road.done_folder)
    return brought


def waiting_files(shelf: Shelf, road: FileRoad, patterns: Sequence[str], since: datetime) -> list[str]:
    """Name the whole files whose own time is at or after an instant; nothing is brought."""
    with shelf.opened():
        seen = shelf.look()
        time.sleep(road.settle_seconds)
        again = shelf.look()
    return [
        name
        for name in whole_files(seen, patterns, road.markers)
        if again.get(name) == seen[name] and seen[name][1] >= since.timestamp()
    ]


def _bring(shelf: Shelf, name: str, seen: tuple[int, int], drop: UsageDrop, brought: Brought) -> bool:
    size, changed_at = seen
    key = _key(name, size, changed_at)
    if drop.taken(key) is not None:
        return True
    part = drop.part(key)
    try:
        shelf.fetch(name, size, part)
    except (FileNotFoundError, PermissionError) as error:
        brought.left.append(f"{name}: cannot be read ({error.strerror or error})")
        return False
    if part.stat().st_size != size or shelf.status(name) != seen:
        part.unlink()
        brought.left.append(f"{name}: changed while it was read")
        return False
    brought.taken.append(drop.put(key, part, name, datetime.fromtimestamp(changed_at, UTC)))
    return True


def _key(name: str, size: int, changed_at: int) -> str:
    return f"{name}\x1f{changed_at}\x1f{size}"


class FolderShelf:
    """A folder of this machine, from an Airflow connection of type fs: a mounted share, another server's upload."""

    def __init__(self, road: FileRoad) -> None:
        root = FileStoreHook(road.connection).root
        self.folder = (root / road.folder).resolve()
        self.connection = road.connection
        if not self.folder.is_relative_to(root):
            raise RoadRefused(f"{road.folder} leads out of the folder of connection {road.connection}")

    def opened(self) -> AbstractContextManager[object]:
        return nullcontext()

    def look(self) -> Look:
        try:
            with os.scandir(self.folder) as entries:
                names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except OSError as error:
            raise RoadRefused(
                f"connection {self.connection}: {self.folder} cannot be read ({error.strerror}); correct road.folder"
            ) from None
        return {name: status for name in names if (status := self.status(name))}

    def status(self, name: str) -> tuple[int, int] | None:
        try:
            found = (self.folder / name).lstat()
        except FileNotFoundError:
            return None
        return found.st_size, int(found.st_mtime)

    def fetch(self, name: str, size: int, part: Path) -> None:
        shutil.copyfile(self.folder / name, part)

    def move(self, name: str, folder: str) -> None:
        done = self.folder / folder
        try:
            done.mkdir(exist_ok=True)
            os.replace(self.folder / name, done / free_name(name, {path.name for path in done.iterdir()}))
        except OSError as error:
            raise RoadRefused(
                f"connection {self.connection}: {name} may not be moved to {done} ({error.strerror});"
                " write after: leave"
            ) from None


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it when another file has it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
