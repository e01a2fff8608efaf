"""The state folder: everything that a running platform keeps on this machine, outside of version control."""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.1"
FOLDERS = ("airflow", "archive", "drop", "logs", "mail", "out", "secrets")


class StartFailed(RuntimeError):
    """The platform cannot start or stop as asked; the message says what is missing and the command that mends it."""


def home_folder() -> Path:
    """RELEVE_HOME, or `.releve` in the clone. Its folders exist afterwards, each for its owner only."""
    home = Path(os.environ.get("RELEVE_HOME") or REPOSITORY / ".releve").resolve()
    for folder in FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    return home


def write_secret(path: Path, text: str) -> None:
    """Write `text` so that it is never readable by others, not even while it is written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.replace(path)


def kept_secret(path: Path, make: Any = lambda: secrets.token_urlsafe(24)) -> str:
    """The secret in `path`, made at its first use."""
    if not path.exists():
        write_secret(path, make())
    return path.read_text().strip()


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`; {} when there is no such file or it was cut by a crash."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


def remember(path: Path, **values: Any) -> None:
    """Put `values` beside what `path` already remembers, in one step."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(read_json(path) | values, indent=2, sort_keys=True) + "\n")
    partial.replace(path)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@contextmanager
def only_one(home: Path, what: str) -> Iterator[None]:
    """Two commands at once on the same home would start two servers on one data folder: the second is refused."""
    with (home / f"{what}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"{what}: another command is at work in {home}; wait for it, then run this one again"
            raise StartFailed(message) from error
        yield
