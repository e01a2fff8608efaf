"""Start the platform on this machine: PostgreSQL, then Airflow's four components, each in a session of its own.

`airflow standalone` would do it in one command, and leave children behind when it is stopped.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import psycopg
from psycopg import sql

from ops import embedded_postgres
from ops.airflow_env import (
    AIRFLOW_PREPARATION,
    BUILD_POOL,
    METADATA,
    WAREHOUSE,
    StandIns,
    airflow_environment,
    keep_passwords,
)
from ops.dbt_manifest import write_manifest
from ops.down import stop_components, stop_platform
from ops.embedded_postgres import ServerInfo, create_database
from ops.home import LOOPBACK, REPOSITORY, StartFailed, home_folder, only_one, port_is_free, read_json, remember
from ops.migrate import MigrationRefused, migrate
from ops.processes import alive, start_process
from ops.stand_ins import NAMES as STAND_INS
from ops.stand_ins import known_stand_ins, start_stand_ins

# One machine: the API reads task logs from the disk, so nobody needs the log servers, which listen on every address.
COMPONENTS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
HEALTH = {
    "scheduler": "latest_scheduler_heartbeat",
    "triggerer": "latest_triggerer_heartbeat",
    "dag_processor": "latest_dag_processor_heartbeat",
}
# On the scheduler's path only: its tasks are forks that inherit what it imported.
PRELOAD = REPOSITORY / "ops" / "preload"
NOTE_OF_DATABASE = """
select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()
"""
USUAL_PORT = 8080
HEALTHY_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform. `warehouse_dsn` holds the password: never print it."""

    api_url: str  # 'http://127.0.0.1:8080', without a final slash
    passwords_path: Path  # JSON: {"admin": …, "finance": …}
    warehouse_dsn: str = field(repr=False)
    home: Path
    data_dir: Path  # of PostgreSQL
    stand_ins: StandIns | None

    @property
    def drop(self) -> Path:
        """Where suppliers' files are left."""
        return self.home / "drop"

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def out(self) -> Path:
        return self.home / "out"

    def passwords(self) -> dict[str, str]:
        """User to password."""
        return dict(json.loads(self.passwords_path.read_text()))

    def stop(self) -> None:
        """Stop everything that was started, children too, and PostgreSQL last."""
        stop_platform(self.home)


def start_platform(stand_ins: bool = False) -> Platform:
    """Start whatever of the platform does not run yet, and wait until Airflow says that it is healthy.

    Args:
        stand_ins: also start the local Chorus Pro and the mail catcher, and send the deliveries there.

    Raises:
        StartFailed: one line says what is missing and how to mend it; what this call had started is stopped again.
    """
    home = home_folder()
    with only_one(home, "platform"):
        try:
            return _start(home, stand_ins)
        except MigrationRefused as refusal:
            stop_platform(home)
            raise StartFailed(f"migrations: {refusal}") from refusal
        except BaseException:
            stop_platform(home)
            raise


def _start(home: Path, with_stand_ins: bool) -> Platform:
    server = embedded_postgres.start(home)
    print(f"PostgreSQL   {LOOPBACK}:{server.port}, data in {server.data_dir}", flush=True)
    warehouse_dsn = create_database(server, WAREHOUSE)
    create_database(server, METADATA)
    for file_name in migrate(warehouse_dsn):
        print(f"migrated     {file_name}", flush=True)

    wanted = set(COMPONENTS) | (STAND_INS if with_stand_ins else set())
    running = alive(home)
    if wanted <= running:
        write_manifest(home / "dbt")
        port = int(read_json(home / "connection.json")["api_port"])
        found = known_stand_ins(home) if running >= STAND_INS else None
    else:
        stop_components(home)
        port = _choose_port(home)
        remember(home / "connection.json", api_port=port)
        found = start_stand_ins(home) if with_stand_ins else None
        _start_airflow(home, server, port, found)
    url = f"http://{LOOPBACK}:{port}"
    return Platform(url, keep_passwords(home), warehouse_dsn, home, server.data_dir, found)


def _start_airflow(home: Path, server: ServerInfo, port: int, stand_ins: StandIns | None) -> None:
    keep_passwords(home)
    environment = airflow_environment(home, server, port, stand_ins)
    with ThreadPoolExecutor() as pool:
        migrated = pool.submit(_migrate_airflow, home, server.database_dsn(METADATA), environment)
        pool.submit(write_manifest, home / "dbt").result()
        migrated.result()
    started_at = datetime.now(UTC)
    for name, arguments in COMPONENTS.items():
        path = {"PYTHONPATH": f"{REPOSITORY}:{PRELOAD}"} if name == "scheduler" else {}
        start_process(home, name, [sys.executable, "-m", "airflow", *arguments], environment | path)
    _wait_until_healthy(home, port, started_at)


def _migrate_airflow(home: Path, dsn: str, environment: dict[str, str]) -> None:
    """Bring Airflow's own tables to this version and make its pool, once: a note on the database says so."""
    note = f"Airflow {metadata.version('apache-airflow')}, pool {BUILD_POOL}"
    with psycopg.connect(dsn) as conn:
        if conn.execute(NOTE_OF_DATABASE).fetchone() == (note,):
            return
    log = home / "logs" / "airflow-db-migrate.log"
    for arguments in AIRFLOW_PREPARATION:
        with log.open("a") as output:
            command = [sys.executable, "-m", "airflow", *arguments]
            done = subprocess.run(command, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            words = " ".join(arguments[:2])
            raise StartFailed(f"`airflow {words}` failed: {log.read_text()[-800:].strip()} ({log})")
    with psycopg.connect(dsn) as conn:
        conn.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(METADATA), sql.Literal(note)))


def _choose_port(home: Path) -> int:
    """AIRFLOW_PORT if it was given and is free; else the port of the last start, 8080 or, said aloud, the next free."""
    given = os.environ.get("AIRFLOW_PORT")
    if given:
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise StartFailed(f"AIRFLOW_PORT={given}: expected a port, such as AIRFLOW_PORT=8081 make up")
        if not port_is_free(int(given)):
            found = f"port {given} is busy: stop what `ss -ltnp sport = :{given}` shows, or choose another port"
            raise StartFailed(f"{found}: AIRFLOW_PORT={int(given) + 1} make up")
        return int(given)
    remembered = read_json(home / "connection.json").get("api_port")
    if remembered and port_is_free(remembered):
        return int(remembered)
    for port in range(USUAL_PORT, USUAL_PORT + 100):
        if port_is_free(port):
            if port != USUAL_PORT:
                print(f"port {USUAL_PORT} is busy: Airflow takes {port} (AIRFLOW_PORT=… chooses)", flush=True)
            return port
    raise StartFailed(f"ports {USUAL_PORT} to {USUAL_PORT + 99} are busy: choose one, AIRFLOW_PORT=9000 make up")


def _wait_until_healthy(home: Path, port: int, started_at: datetime) -> None:
    """Wait for a heartbeat of each component that is younger than this start: the last start's may still look fresh."""
    begin = time.monotonic()
    while True:
        dead = sorted(set(COMPONENTS) - alive(home))
        if dead:
            log = home / "logs" / f"{dead[0]}.log"
            raise StartFailed(f"Airflow's {dead[0]} ended at once: {log.read_text()[-1500:].strip()} ({log})")
        waiting = _not_yet_healthy(port, started_at) or ([] if _is_ours(home, port) else ["api-server"])
        seconds = time.monotonic() - begin
        if not waiting:
            print(f"Airflow      healthy after {seconds:.0f} s", flush=True)
            return
        if seconds > HEALTHY_SECONDS:
            logs = home / "logs"
            raise StartFailed(f"Airflow is not healthy after {seconds:.0f} s ({', '.join(waiting)}): read {logs}/*.log")
        time.sleep(0.5)


def _not_yet_healthy(port: int, started_at: datetime) -> list[str]:
    try:
        # Straight to loopback, whatever proxy this machine has.
        with build_opener(ProxyHandler({})).open(
            f"http://{LOOPBACK}:{port}/api/v2/monitor/health", timeout=5
        ) as answer:
            health = json.load(answer)
    except (URLError, OSError, json.JSONDecodeError):
        return ["api-server"]
    waiting = []
    for name, heartbeat in HEALTH.items():
        state = health.get(name) or {}
        beat = state.get(heartbeat)
        if state.get("status") != "healthy" or not beat or datetime.fromisoformat(beat) < started_at:
            waiting.append(name)
    return waiting


def _is_ours(home: Path, port: int) -> bool:
    """Whether the API that answers knows our login: two platforms that start together may have chosen one port."""
    login = {"username": "admin", "password": read_json(keep_passwords(home))["admin"]}
    address = f"http://{LOOPBACK}:{port}/auth/token"
    request = Request(address, json.dumps(login).encode(), {"Content-Type": "application/json"})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=5):
            return True
    except (URLError, OSError):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(prog="make up", description="Start PostgreSQL and Airflow on this machine.")
    parser.add_argument("--stand-ins", action="store_true", help="also a local Chorus Pro and a mail catcher")
    arguments = parser.parse_args()
    try:
        platform = start_platform(arguments.stand_ins)
    except StartFailed as failure:
        print(f"make up: {failure}", file=sys.stderr)
        return 1
    print(f"Airflow      {platform.api_url}, login admin, password in {platform.passwords_path}")
    print("stop it      make down")
    return 0


if __name__ == "__main__":
    sys.exit(main())
