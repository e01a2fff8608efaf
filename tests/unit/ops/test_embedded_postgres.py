"""The embedded server: private, on loopback, and on its feet again after a crash."""

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo, create_database
from ops.home import LOOPBACK

SMALL = {"fsync": "off", "shared_buffers": "16MB"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("embedded")
    yield folder
    embedded_postgres.destroy(folder)


@pytest.fixture
def server(home: Path) -> ServerInfo:
    return embedded_postgres.start(home, SMALL)


def postmaster(server: ServerInfo) -> int:
    return int((server.data_dir / "postmaster.pid").read_text().split()[0])


def test_a_second_start_finds_the_running_server(home: Path, server: ServerInfo):
    pid = postmaster(server)

    assert embedded_postgres.start(home, SMALL) == server
    assert postmaster(server) == pid


def test_it_listens_on_loopback_only_and_opens_no_socket_file(server: ServerInfo):
    with psycopg.connect(server.dsn) as conn:
        assert conn.execute("show listen_addresses").fetchone() == (LOOPBACK,)
        assert conn.execute("show unix_socket_directories").fetchone() == ("",)


def test_nobody_enters_without_the_password(home: Path, server: ServerInfo):
    password = (home / "secrets" / "postgres_password").read_text()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn.replace(password, "guessed"))


def test_password_and_data_are_for_their_owner_only(home: Path, server: ServerInfo):
    assert (home / "secrets" / "postgres_password").stat().st_mode & 0o077 == 0
    assert server.data_dir.stat().st_mode & 0o077 == 0


def test_the_password_is_not_on_the_server_s_command_line(home: Path, server: ServerInfo):
    command = Path(f"/proc/{postmaster(server)}/cmdline").read_text()

    assert (home / "secrets" / "postgres_password").read_text() not in command


def test_the_shipped_settings_are_the_measured_ones(server: ServerInfo):
    with psycopg.connect(server.dsn) as conn:
        shown = {name: conn.execute(f"show {name}").fetchone()[0] for name in ("jit", "work_mem", "max_connections")}

    assert shown == {"jit": "off", "work_mem": "64MB", "max_connections": "200"}
    assert embedded_postgres.SETTINGS["fsync"] == "on"
    assert embedded_postgres.SETTINGS["shared_buffers"] == "512MB"


def test_committed_rows_survive_a_killed_server(home: Path, server: ServerInfo):
    """Power fails, then its process number goes to somebody else: here to this very test."""
    dsn = create_database(server, "crash")
    with psycopg.connect(dsn) as conn:
        conn.execute("create table paid (amount numeric)")
        conn.execute("insert into paid values (412.31)")
    pid_file = server.data_dir / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    again = embedded_postgres.start(home, SMALL)

    with psycopg.connect(again.database_dsn("crash")) as conn:
        assert conn.execute("select amount::text from paid").fetchone() == ("412.31",)


def test_a_port_taken_meanwhile_is_chosen_anew(home: Path, server: ServerInfo):
    embedded_postgres.stop(home)
    with socket.socket() as somebody:
        somebody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        somebody.bind((LOOPBACK, server.port))
        somebody.listen()

        again = embedded_postgres.start(home, SMALL)

    assert again.port != server.port
    with psycopg.connect(again.dsn) as conn:
        assert conn.execute("select 1").fetchone() == (1,)


def test_data_whose_state_folder_is_gone_is_kept_aside_and_never_opened(
    home: Path, server: ServerInfo, capsys: pytest.CaptureFixture[str]
):
    """A clone removed and cloned again at the same place starts afresh."""
    create_database(server, "earlier")
    (home / "secrets" / "postgres_password").unlink()

    again = embedded_postgres.start(home, SMALL)

    kept = Path(capsys.readouterr().out.split()[-1])
    assert (kept / "data" / "PG_VERSION").exists()
    with pytest.raises(psycopg.OperationalError, match='"earlier" does not exist'):
        psycopg.connect(again.database_dsn("earlier"))
    shutil.rmtree(kept)


def test_the_port_is_kept_over_a_restart(home: Path, server: ServerInfo):
    """Airflow's connections and dbt's profiles of before the restart still hold."""
    assert embedded_postgres.stop(home)
    assert not embedded_postgres.stop(home)

    assert embedded_postgres.start(home, SMALL).port == server.port
