"""Folders: the drop where usage files arrive, and the archive that keeps their untouched copies."""

import hashlib
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from airflow.providers.common.compat.sdk import BaseHook

from invoicing.usage.file_names import is_marker, is_unfinished, markers_of, matches
from invoicing.usage.road import RoadKind

BLOCK_BYTES = 1 << 20
INSTANT = "%Y%m%dT%H%M%SZ"
INSTANT_FOLDER = re.compile(r"(\d{8}T\d{6}Z)(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a file came: its own name and time, the road, and the source that its folder tells (None: its name does)."""

    source_file: str
    delivered_at: datetime
    road: RoadKind
    source_code: str | None


class Kept(NamedTuple):
    """An untouched copy: its digest, its name in the archive, its size."""

    sha256: str
    name: str
    byte_count: int


class FileStoreHook(BaseHook):
    """A folder, from an Airflow connection of type fs: its extra `path`. Names are relative to it, with '/'."""

    default_conn_name = "usage_drop"

    def __init__(self, conn_id: str = default_conn_name, settle_seconds: int = 2) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.settle_seconds = settle_seconds

    @property
    def root(self) -> Path:
        path = self.get_connection(self.conn_id).extra_dejson.get("path")
        if not path:
            raise ValueError(f"connection {self.conn_id} has no folder; give its extra a path")
        return Path(path).resolve()

    def list(self, pattern: str = "*") -> list[str]:
        """Name the whole files that match, in order. Temporary, hidden and still growing ones wait for the next run."""
        root = self.root
        paths = [path for path in sorted(root.glob(pattern)) if path.is_file() and not is_unfinished(path.name)]
        before = {path: _size_and_time(path) for path in paths}
        now = time.time_ns()
        if any(now - changed_at < self.settle_seconds * 10**9 for _, changed_at in before.values()):
            time.sleep(self.settle_seconds)  # a file that a supplier is writing grows meanwhile
        settled = [path for path in paths if path.is_file() and _size_and_time(path) == before[path]]
        return [path.relative_to(root).as_posix() for path in settled]

    def list_usage(self, markers: Mapping[str, Sequence[str]]) -> "list[str]":
        """Name every whole usage file, those of the suppliers and those that a road brought.

        Args:
            markers: a pattern of file names to what must stand beside such a file: {'a_*.csv': ['{name}.FIN']}.
        """
        root = self.root
        brought = [path for path in sorted(root.glob("usage/*/*/*/*")) if path.is_file() and _brought_at(path)]
        others = [*self.list("usage/*"), *self.list("usage/*/*")]
        return [
            *(name for name in others if "/." not in name and self._is_awaited(name, markers)),
            *(path.relative_to(root).as_posix() for path in brought),  # whole by construction
        ]

    def _is_awaited(self, name: str, markers: Mapping[str, Sequence[str]]) -> bool:
        """Whether a file is no marker, and has its own where one must stand beside it."""
        path = self._path(name)
        needed = [marker for pattern, told in markers.items() if matches(path.name, [pattern]) for marker in told]
        if any(is_marker(path.name, [pattern], told) for pattern, told in markers.items()):
            return False
        return not needed or any((path.parent / marker).exists() for marker in markers_of(path.name, needed))

    def delivery(self, name: str) -> Delivery:
        """How a file of the drop came."""
        return delivery_of(self._path(name))

    def clear_landed(self, name: str) -> None:
        """Take a file that a road brought out of the drop once it has landed: the archive has its untouched copy."""
        path = self._path(name)
        if _brought_at(path) is not None:
            path.unlink(missing_ok=True)
            if not any(path.parent.iterdir()):
                path.parent.rmdir()

    def read(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    def modified_at(self, name: str) -> datetime:
        """The file's own time, in UTC."""
        return datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)

    def keep_sealed(self, path: Path) -> Kept:
        """Keep an untouched, read-only copy of a file under a name made of its digest. The file is never held whole."""
        sealed = self._path("sealed")
        sealed.mkdir(parents=True, exist_ok=True)
        digest, byte_count = hashlib.sha256(), 0
        with path.open("rb") as file, NamedTemporaryFile(dir=sealed, prefix=".", suffix=".tmp", delete=False) as copy:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
                byte_count += len(block)
                copy.write(block)
            copy.flush()
            os.fsync(copy.fileno())
        sha256 = digest.hexdigest()
        name = f"sealed/{sha256[:2]}/{sha256}"
        kept = self._path(name)
        if kept.exists():
            os.unlink(copy.name)
        else:
            kept.parent.mkdir(exist_ok=True)
            name_once(Path(copy.name), kept)
        return Kept(sha256, name, byte_count)

    def path(self, name: str) -> Path:
        """Where a file lies on disk."""
        return self._path(name)

    def _path(self, name: str) -> Path:
        root = self.root
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise ValueError(f"{name} leads out of the folder of connection {self.conn_id}; name a file inside it")
        return path


def write_once(path: Path, content: bytes) -> None:
    """Write a whole read-only file or none, on disk before it has its name: a killed task leaves no half copy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".tmp", delete=False) as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    name_once(Path(handle.name), path)


def name_once(temporary: Path, path: Path) -> None:
    """Give a file that is whole and on disk its name; from then on it is read-only."""
    os.chmod(temporary, 0o440)
    os.replace(temporary, path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Put the names of a folder on disk."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def instant_name(instant: datetime) -> str:
    """An instant as the name of a folder: in UTC, in whole seconds, sorted as text."""
    return instant.astimezone(UTC).strftime(INSTANT)


def delivery_of(path: Path) -> Delivery:
    """How a file came, by where it lies in the drop: `usage/<source>/<road>/<instant>/<file>`, or by its own time."""
    brought_at = _brought_at(path)
    if brought_at is not None:
        return Delivery(path.name, brought_at, RoadKind(path.parents[1].name), path.parents[2].name)
    source_code = path.parent.name if path.parents[1].name == "usage" else None
    return Delivery(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC), RoadKind.FOLDER, source_code)


def _brought_at(path: Path) -> datetime | None:
    """The time that a road gave a file; None for a file that no road brought."""
    if len(path.parents) < 5 or path.parents[3].name != "usage" or path.parents[1].name not in tuple(RoadKind):
        return None
    found = INSTANT_FOLDER.fullmatch(path.parent.name)
    return datetime.strptime(found[1], INSTANT).replace(tzinfo=UTC) if found else None


def _size_and_time(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
