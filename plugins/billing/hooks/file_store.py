"""Folders: the drop where usage files arrive, and the archive that keeps their untouched copies."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from airflow.providers.common.compat.sdk import BaseHook

UNFINISHED_SUFFIXES = (".tmp", ".part", ".filepart")


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
        paths = [path for path in sorted(root.glob(pattern)) if path.is_file() and not _is_unfinished(path)]
        before = {path: _size_and_time(path) for path in paths}
        now = time.time_ns()
        if any(now - changed_at < self.settle_seconds * 10**9 for _, changed_at in before.values()):
            time.sleep(self.settle_seconds)  # a file that a supplier is writing grows meanwhile
        settled = [path for path in paths if path.is_file() and _size_and_time(path) == before[path]]
        return [path.relative_to(root).as_posix() for path in settled]

    def read(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    def modified_at(self, name: str) -> datetime:
        """The file's own time, in UTC."""
        return datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)

    def keep_sealed(self, sha256: str, content: bytes) -> str:
        """Keep an untouched, read-only copy and return its name, made of its digest."""
        name = f"sealed/{sha256[:2]}/{sha256}"
        path = self._path(name)
        if not path.exists():
            write_once(path, content)
        return name

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
    os.chmod(handle.name, 0o440)
    os.replace(handle.name, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(".") or path.suffix.lower() in UNFINISHED_SUFFIXES


def _size_and_time(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
