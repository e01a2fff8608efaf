"""The environment of the components: private keys, loopback, nobody else's settings."""

import json
from pathlib import Path

import pytest

from ops.airflow_env import StandIns, airflow_environment, keep_passwords
from ops.embedded_postgres import ServerInfo
from ops.home import kept_secret


@pytest.fixture
def server(tmp_path: Path) -> ServerInfo:
    return ServerInfo("postgresql://releve:pass%2Fword@127.0.0.1:5433/postgres", 5433, tmp_path)


@pytest.fixture
def stand_ins(tmp_path: Path) -> StandIns:
    credentials = tmp_path / "chorus.json"
    known = {"client_id": "id", "client_secret": "secret", "login": "tech", "password": "word"}
    kept_secret(credentials, lambda: json.dumps(known))
    return StandIns("http://127.0.0.1:8090", credentials, 1025, tmp_path / "mail")


def test_everything_listens_and_answers_on_loopback(tmp_path: Path, server: ServerInfo):
    environment = airflow_environment(tmp_path, server, 8081)

    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__API__PORT"] == "8081"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8081/execution/"


def test_keys_stay_the_same_from_start_to_start_and_belong_to_their_owner(tmp_path: Path, server: ServerInfo):
    """Another JWT key would log everybody out, another Fernet key would lose the stored connections."""
    first, second = (airflow_environment(tmp_path, server, 8080) for _ in range(2))

    assert first == second
    assert len(first["AIRFLOW__CORE__FERNET_KEY"]) == 44
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o600}


def test_a_stray_setting_of_the_caller_changes_nothing(
    tmp_path: Path, server: ServerInfo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "True")
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_HOST", "mail.example")

    environment = airflow_environment(tmp_path, server, 8080)

    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environment["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert "AIRFLOW__SMTP__SMTP_HOST" not in environment


def test_a_connection_of_the_caller_is_used_where_no_stand_in_runs(
    tmp_path: Path, server: ServerInfo, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW_CONN_CHORUS_PRO", "theirs")

    assert airflow_environment(tmp_path, server, 8080)["AIRFLOW_CONN_CHORUS_PRO"] == "theirs"
    assert "8090" in airflow_environment(tmp_path, server, 8080, stand_ins)["AIRFLOW_CONN_CHORUS_PRO"]


def test_loopback_goes_around_the_proxy_of_this_machine(
    tmp_path: Path, server: ServerInfo, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_PROXY", "intranet.example")

    assert airflow_environment(tmp_path, server, 8080)["NO_PROXY"] == "intranet.example,127.0.0.1,localhost"


def test_the_chorus_hook_finds_every_field_that_it_needs(tmp_path: Path, server: ServerInfo, stand_ins: StandIns):
    from airflow.sdk import Connection

    from billing.hooks.chorus import ChorusSettings

    text = airflow_environment(tmp_path, server, 8080, stand_ins)["AIRFLOW_CONN_CHORUS_PRO"]

    settings = ChorusSettings.from_connection(Connection.from_json(text, conn_id="chorus_pro"))

    assert settings.api_url == "http://127.0.0.1:8090/cpro"
    assert settings.oauth_url == "http://127.0.0.1:8090/api/oauth/token"


def test_logins_are_made_once_and_are_not_alike(tmp_path: Path):
    path = keep_passwords(tmp_path)
    first = json.loads(path.read_text())

    assert json.loads(keep_passwords(tmp_path).read_text()) == first
    assert first.keys() == {"admin", "finance"}
    assert len(set(first.values())) == 2
    assert path.stat().st_mode & 0o777 == 0o600
