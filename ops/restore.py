"""Bring a backup back into a fresh database, and prove that it is the original: chain, numbers, rows, files."""

import hashlib
import json
import os
import sys
import tarfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any

import psycopg
from psycopg import sql

from ops.airflow_env import WAREHOUSE
from ops.backup import ARCHIVE, DUMP, MANIFEST, CopyRefused, run_client, server_of, summary
from ops.embedded_postgres import ServerInfo, create_database, drop_database
from ops.home import StartFailed, home_folder
from ops.processes import alive
from ops.register_facts import first_break, first_difference, first_wrong_file, read_facts

IS_USED = "select exists (select from landing.usage_files) or exists (select from register.bill_runs)"
BLOCK = 1 << 20


def restore(backup: Path, server: ServerInfo, database: str, archive: Path) -> dict[str, Any]:
    """Restore into a new database and prove it; only a proved copy gets the name `database` and its files a place.

    Returns:
        The backup's manifest.

    Raises:
        CopyRefused: `database` is in use, the file is not a backup, or something differs; the first thing is named.
    """
    _refuse_used(server, database)
    archive.mkdir(parents=True, exist_ok=True)
    candidate = f"restore_of_{database}"
    with TemporaryDirectory(dir=archive.parent, prefix=".restore-") as name:
        folder = Path(name)
        manifest, found = _unpack(backup, folder)
        expected = {DUMP: manifest["dump"], **{ARCHIVE + path: digest for path, digest in manifest["archive"].items()}}
        difference = first_difference(expected, found)
        if difference:
            raise CopyRefused(difference)
        drop_database(server, candidate)  # of a restore that was cut
        dsn = create_database(server, candidate, template="template0")
        try:
            run_client("pg_restore", dsn, "--no-owner", "--exit-on-error", f"--dbname={candidate}", str(folder / DUMP))
            _prove(dsn, manifest)
        except BaseException:
            drop_database(server, candidate)
            raise
        _put_in_place(folder / ARCHIVE, archive)
    drop_database(server, database)
    with psycopg.connect(server.dsn, autocommit=True) as conn:
        conn.execute(
            sql.SQL("alter database {} rename to {}").format(sql.Identifier(candidate), sql.Identifier(database))
        )
    return manifest


def _refuse_used(server: ServerInfo, database: str) -> None:
    try:
        with psycopg.connect(server.database_dsn(database)) as conn:
            [is_used] = conn.execute(IS_USED).fetchone() or [False]
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return  # no such database, or not yet migrated
    if is_used:
        raise CopyRefused(f"database {database} holds billing data; restore beside it: DATABASE={database}_restored")


def _unpack(backup: Path, folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Write the members under `folder`, and digest each on the way: name to SHA-256. Only plain files are taken."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    try:
        with tarfile.open(backup, "r:") as tar:
            for member in tar:
                path = PurePosixPath(member.name)
                if not member.isreg() or path.is_absolute() or ".." in path.parts:
                    raise CopyRefused(f"{backup.name}: {member.name} is no plain file below the backup")
                content = tar.extractfile(member)
                assert content is not None
                if member.name == MANIFEST:
                    manifest = json.load(content)
                elif member.name == DUMP or member.name.startswith(ARCHIVE):
                    found[member.name] = _write(content, folder / path)
                else:
                    raise CopyRefused(f"{backup.name}: {member.name} does not belong to a backup")
    except (OSError, tarfile.TarError, json.JSONDecodeError) as error:
        raise CopyRefused(f"{backup} cannot be read as a backup: {error}") from error
    if not {"facts", "dump", "archive"} <= manifest.keys():
        raise CopyRefused(f"{backup.name}: its {MANIFEST} is missing or not whole")
    return manifest, found


def _write(content: IO[bytes], target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while block := content.read(BLOCK):
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _prove(dsn: str, manifest: dict[str, Any]) -> None:
    with psycopg.connect(dsn) as conn:
        wrong = (
            first_difference(manifest["facts"], read_facts(conn))
            or first_break(conn)
            or first_wrong_file(conn, manifest["archive"])
        )
    if wrong:
        raise CopyRefused(wrong)


def _put_in_place(unpacked: Path, archive: Path) -> None:
    """Move the proved files into the archive. A file that is there already is named by its content: it stays."""
    for path in sorted(unpacked.rglob("*")):
        target = archive / path.relative_to(unpacked)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.chmod(0o440)
            path.replace(target)


def main() -> int:
    home = home_folder()
    if len(sys.argv) != 2 or not sys.argv[1]:
        print("make restore: which backup? make restore FILE=.releve/backups/releve-….tar", file=sys.stderr)
        return 1
    database = os.environ.get("DATABASE") or WAREHOUSE
    if database == WAREHOUSE and alive(home):
        print("make restore: Airflow is at work on the warehouse: make down, then restore again", file=sys.stderr)
        return 1
    archive = home / "archive" if database == WAREHOUSE else home / "restored" / database / "archive"
    try:
        with server_of(home) as server:
            manifest = restore(Path(sys.argv[1]), server, database, archive)
    except (CopyRefused, StartFailed, psycopg.Error) as failure:
        print(f"make restore: {failure}", file=sys.stderr)
        return 1
    print(f"restored     {summary(manifest)}: all proved")
    print(f"             database {database}, files in {archive}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
