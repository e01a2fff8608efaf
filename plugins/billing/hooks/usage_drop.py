"""The drop's side of every road: a delivery arrives whole or not at all, and what was taken is remembered.

    usage/<file>                                   a supplier or a person put it here
    usage/<source_code>/<file>                     the same, for a source told by the folder
    usage/<source_code>/<road>/<instant>/<file>    a road brought it: its own time, in UTC, is the folder's name
    usage/<source_code>/.taken/                    what was brought, and halves that the next run goes on with

Killed between two steps, a delivery is brought again: landing knows its bytes, so that it counts once. Never is one
remembered that is not on disk.
"""

import fcntl
import filecmp
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from billing.hooks.file_store import instant_name, sync_folder, write_once
from invoicing.usage.file_names import safe_name
from invoicing.usage.road import RoadKind

FORGOTTEN_SECONDS = 7 * 24 * 3600  # a half that no run went on with: its file has changed since


class RoadRefused(RuntimeError):
    """A person must act: a key, a password, a description. Trying again changes nothing."""


class RoadCut(RuntimeError):
    """The other side failed or broke off. The next try goes on where this one stopped."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that was brought: its name, its own time, the digest of its bytes ('' for a mere note of a road)."""

    name: str
    delivered_at: datetime
    sha256: str


class UsageDrop:
    """One source's corner of the drop, for one road.

    A `key` tells a delivery from every other of its road: name, time and size of a file; number of a message.
    """

    def __init__(self, root: Path, source_code: str, road: RoadKind) -> None:
        self.root = root
        self.road = road
        self.folder = root / "usage" / source_code
        self.memory = self.folder / ".taken"
        self._remembered: dict[str, Path] | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the source for the block; the system lets go when the process dies.

        Raises:
            RoadCut: another run holds it.
        """
        self.memory.mkdir(parents=True, exist_ok=True)
        with open(self.memory / "lock", "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RoadCut(f"another run is bringing files of {self.folder.name}; wait for it") from None
            self._remembered = None
            for part in self.memory.glob("*.part"):
                if time.time() - part.stat().st_mtime > FORGOTTEN_SECONDS:
                    part.unlink()
            yield

    def taken(self, key: str) -> Taken | None:
        """What is remembered of a delivery; None when it was never brought."""
        if self._remembered is None:
            self._remembered = {path.stem.split("_")[1]: path for path in self.memory.glob("*_*.json")}
        path = self._remembered.get(_digest(self.road, key))
        return _read(path) if path else None

    def taken_since(self, since: datetime) -> list[Taken]:
        """The deliveries whose own time is at or after an instant, oldest first."""
        first = instant_name(since)
        found = [_read(path) for path in sorted(self.memory.glob("*_*.json")) if path.name.split("_")[0] >= first]
        return [taken for taken in found if taken.sha256]

    def remember(self, key: str, taken: Taken) -> None:
        digest = _digest(self.road, key)
        path = self.memory / f"{instant_name(taken.delivered_at)}_{digest}.json"
        values = {**asdict(taken), "delivered_at": taken.delivered_at.isoformat(), "road": self.road, "key": key}
        write_once(path, json.dumps(values, ensure_ascii=False).encode())
        if self._remembered is not None:
            self._remembered[digest] = path

    def part(self, key: str) -> Path:
        """Where a delivery grows; the half that a killed run left is still there."""
        self.memory.mkdir(parents=True, exist_ok=True)
        return self.memory / f"{_digest(self.road, key)}.part"

    @staticmethod
    def digest(part: Path) -> str:
        """The SHA-256 of a file that is on disk."""
        with open(part, "rb") as handle:
            os.fsync(handle.fileno())
            return hashlib.file_digest(handle, "sha256").hexdigest()

    def put(self, key: str, part: Path, name: str, delivered_at: datetime) -> str:
        """Give a whole file its name in the drop, remember it, return that name. The same file again is no other."""
        sha256 = self.digest(part)
        os.chmod(part, 0o640)  # whole numbers are in it
        os.utime(part, (delivered_at.timestamp(), delivered_at.timestamp()))
        name = safe_name(name)
        path = self._free_path(part, name, delivered_at)
        if path.exists():
            part.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, path)
            sync_folder(path.parent)
        self.remember(key, Taken(name, delivered_at, sha256))
        return path.relative_to(self.root).as_posix()

    def _free_path(self, part: Path, name: str, delivered_at: datetime) -> Path:
        """Two deliveries of one name and time but other bytes stand side by side."""
        base = self.folder / self.road / instant_name(delivered_at)
        number, path = 1, base / name
        while path.exists() and not filecmp.cmp(path, part, shallow=False):
            number += 1
            path = base.with_name(f"{base.name}-{number}") / name
        return path


def _digest(road: str, key: str) -> str:
    return hashlib.sha256(f"{road}\x1f{key}".encode()).hexdigest()[:32]


def _read(path: Path) -> Taken:
    values = json.loads(path.read_bytes())
    return Taken(values["name"], datetime.fromisoformat(values["delivered_at"]).astimezone(UTC), values["sha256"])
