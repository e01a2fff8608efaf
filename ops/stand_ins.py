"""The demo's outside world on loopback: a Chorus Pro that speaks the documented protocol, and a mail catcher."""

import json
import os
import secrets
import sys
import time
from pathlib import Path

from ops.airflow_env import StandIns
from ops.home import LOOPBACK, REPOSITORY, StartFailed, free_port, kept_secret, port_is_free, read_json, remember
from ops.processes import alive, start_process

NAMES = {"chorus", "mail_catcher"}
START_SECONDS = 30.0


def start_stand_ins(home: Path) -> StandIns:
    """Start both on their remembered ports (deferred tasks of the last start go on asking there), and wait for them.

    Raises:
        StartFailed: one of them ended or does not listen; its log is named.
    """
    ports = {name: _port(home, name) for name in sorted(NAMES)}
    remember(home / "connection.json", **{f"{name}_port": port for name, port in ports.items()})
    stand_ins = known_stand_ins(home)
    arguments = {
        "chorus": [
            *("--state-file", str(home / "chorus.json")),
            *("--credentials", str(stand_ins.chorus_credentials)),
        ],
        "mail_catcher": ["--folder", str(stand_ins.mail_folder)],
    }
    kept_secret(stand_ins.chorus_credentials, _credentials)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    for name, port in ports.items():
        command = [sys.executable, "-m", f"demo.stand_ins.{name}", "--port", str(port), *arguments[name]]
        start_process(home, name, command, environment)
    for name, port in ports.items():
        _wait_until_it_listens(home, name, port)
    return stand_ins


def known_stand_ins(home: Path) -> StandIns:
    """Where the stand-ins of the last start answer."""
    known = read_json(home / "connection.json")
    return StandIns(
        chorus_url=f"http://{LOOPBACK}:{known['chorus_port']}",
        chorus_credentials=home / "secrets" / "chorus_stand_in.json",
        smtp_port=int(known["mail_catcher_port"]),
        mail_folder=home / "mail",
    )


def _credentials() -> str:
    names = ("client_id", "client_secret", "login", "password")
    return json.dumps({name: secrets.token_urlsafe(16) for name in names}) + "\n"


def _port(home: Path, name: str) -> int:
    remembered = read_json(home / "connection.json").get(f"{name}_port")
    return int(remembered) if remembered and port_is_free(remembered) else free_port()


def _wait_until_it_listens(home: Path, name: str, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while port_is_free(port):
        if name not in alive(home) or time.monotonic() > deadline:
            log = home / "logs" / f"{name}.log"
            raise StartFailed(
                f"the stand-in {name} does not listen on {port}: {log.read_text()[-800:].strip()} ({log})"
            )
        time.sleep(0.1)
