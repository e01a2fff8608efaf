"""The port that Airflow takes, and who may start a platform."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops import up
from ops.home import LOOPBACK, StartFailed, only_one, port_is_free, remember


@contextmanager
def busy_port() -> Iterator[int]:
    with socket.socket() as somebody:
        somebody.bind((LOOPBACK, 0))
        somebody.listen()
        yield somebody.getsockname()[1]


def test_a_busy_port_that_was_asked_for_gets_one_line_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with busy_port() as port:
        monkeypatch.setenv("AIRFLOW_PORT", str(port))

        with pytest.raises(StartFailed) as refusal:
            up._choose_port(tmp_path)

    assert re.fullmatch(rf"port {port} is busy: .*AIRFLOW_PORT={port + 1} make up", str(refusal.value))


@pytest.mark.parametrize("given", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_PORT", given)

    with pytest.raises(StartFailed, match="expected a port"):
        up._choose_port(tmp_path)


def test_a_busy_usual_port_gives_the_next_free_one_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("AIRFLOW_PORT", raising=False)
    with busy_port() as port:
        monkeypatch.setattr(up, "USUAL_PORT", port)

        chosen = up._choose_port(tmp_path)

    assert chosen > port
    assert port_is_free(chosen)
    assert f"port {port} is busy: Airflow takes {chosen}" in capsys.readouterr().out


def test_the_port_of_the_last_start_is_taken_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AIRFLOW_PORT", raising=False)
    with busy_port() as port:
        pass
    remember(tmp_path / "connection.json", api_port=port)

    assert up._choose_port(tmp_path) == port


def test_two_starts_at_once_are_refused(tmp_path: Path):
    at_work = pytest.raises(StartFailed, match="another command is at work")
    with only_one(tmp_path, "platform"), at_work, only_one(tmp_path, "platform"):
        pass
