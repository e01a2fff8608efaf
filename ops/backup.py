"""Save the warehouse and the archive in one file, with what proves a restored copy.

The file holds traffic data and whole numbers: it is readable by its owner only. Airflow's own database is not in it
(run history can be lost without losing an invoice), nor are the secrets: a restored platform makes new ones.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ops import embedded_postgres
from ops.airflow_env import WAREHOUSE
from ops.embedded_postgres import ServerInfo, client_program
from ops.home import StartFailed, home_folder
from ops.processes import alive
from ops.register_facts import first_break, first_wrong_file, read_facts

MANIFEST = "manifest.json"
DUMP = "warehouse.dump"
ARCHIVE = "archive/"


class CopyRefused(RuntimeError):
    """The copy does not agree with its original, or may not be made; the message names the first reason."""


def back_up(dsn: str, archive: Path, target: Path) -> dict[str, Any]:
    """Write the backup of one database and its archive folder to `target`, a tar file.

    One snapshot serves the dump and the facts, so that both tell of the same moment whoever works meanwhile.

    Returns:
        The manifest: `facts` (see register_facts), `dump` (SHA-256) and `archive` (path to SHA-256).

    Raises:
        CopyRefused: the register and the archive do not agree already; nothing is written.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=target.parent) as folder, psycopg.connect(dsn) as conn:
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        [snapshot] = conn.execute("select pg_export_snapshot()").fetchone() or [None]
        dump = Path(folder, DUMP)
        run_client("pg_dump", dsn, "--format=custom", f"--snapshot={snapshot}", f"--file={dump}")
        # After the snapshot: an invoice's file is archived before the register knows it, so none can be missing.
        archived = {path.relative_to(archive).as_posix(): file_digest(path) for path in _files(archive)}
        wrong = first_break(conn) or first_wrong_file(conn, archived)
        if wrong:
            raise CopyRefused(f"the register and the archive disagree before the backup: {wrong}")
        manifest = {
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "facts": read_facts(conn),
            "dump": file_digest(dump),
            "archive": archived,
        }
        partial = Path(folder, "backup.tar")
        partial.touch(mode=0o600)
        with tarfile.open(partial, mode="w") as tar:
            _add_text(tar, MANIFEST, json.dumps(manifest, indent=1))
            tar.add(dump, DUMP)
            for path in archived:
                tar.add(archive / path, ARCHIVE + path)
        partial.replace(target)
    return manifest


def run_client(program: str, dsn: str, *arguments: str) -> None:
    """Run one of PostgreSQL's clients on a database; the password goes by the environment, unseen by `ps`.

    Raises:
        CopyRefused: the program failed; the message holds its words.
    """
    known = conninfo_to_dict(dsn)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {**os.environ, **{names[key]: str(value) for key, value in known.items() if key in names}}
    command = [str(client_program(program)), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CopyRefused(f"{program}: {done.stderr.strip()[-1000:]}")


def file_digest(path: Path) -> str:
    """SHA-256 of the file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def server_of(home: Path) -> Iterator[ServerInfo]:
    """The home's server; stopped again afterwards when nothing else of the platform runs."""
    was_running = embedded_postgres.is_running(home)
    try:
        yield embedded_postgres.start(home)
    finally:
        if not was_running and not alive(home):
            embedded_postgres.stop(home)


def summary(manifest: dict[str, Any]) -> str:
    """One line of what a backup holds."""
    facts = manifest["facts"]
    numbers = ", ".join(f"{series}{number}" for series, number in facts["last numbers"].items()) or "none yet"
    chain = facts["register hash"] or "empty"
    count = facts["invoices, net and VAT"][0]
    files = len(manifest["archive"])
    return f"{count} invoices, last numbers {numbers}, register hash {chain[:12]}, {files} archived files"


def _files(folder: Path) -> list[Path]:
    """The whole files of the archive; a hidden one is still being written."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))


def main() -> int:
    home = home_folder()
    if not embedded_postgres.has_data(home):
        print(f"make backup: nothing was ever started in {home}: make up, or say RELEVE_HOME=…", file=sys.stderr)
        return 1
    target = home / "backups" / f"releve-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
    try:
        with server_of(home) as server:
            manifest = back_up(server.database_dsn(WAREHOUSE), home / "archive", target)
    except (CopyRefused, StartFailed, psycopg.Error) as failure:
        print(f"make backup: {failure}", file=sys.stderr)
        return 1
    print(f"saved        {summary(manifest)}")
    print(f"             {target}, readable by you only; Airflow's run history and the secrets are not in it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
