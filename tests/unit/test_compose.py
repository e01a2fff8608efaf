"""The deployment file agrees with the code: every command, module, path, image tag, variable and switch in it."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.airflow_env import SHARED, USERS, airflow_environment
from ops.embedded_postgres import SETTINGS, ServerInfo, client_program
from ops.system_packages import NEEDS

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW: dict[str, Any] = COMPOSE["x-airflow"]
ENVIRONMENT: dict[str, str] = AIRFLOW["environment"]
DOCKERFILE: str = AIRFLOW["build"]["dockerfile_inline"]
# Needed to make .venv and to look at pages in tests, neither of which an image does.
NOT_IN_AN_IMAGE = {"dovecot-imapd", "openssh-server", "poppler-utils", "python3-venv"}
AIRFLOW_COMPONENTS = {
    "api-server": ["api-server"],
    "dag-processor": ["dag-processor"],
    "scheduler": ["scheduler"],
    "triggerer": ["triggerer"],
    "worker": ["celery", "worker"],
}


def locked(package: str) -> str:
    """The version that the lock file names."""
    [version] = re.findall(rf"^{package}==(\S+)", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE)
    return version


def variables() -> list[tuple[str, str]]:
    """Every ${…} of the file: its name, and what follows it."""
    return re.findall(r"\$\{([A-Z_]+)([^}]*)\}", TEXT)


def on_one_machine(tmp_path: Path) -> dict[str, str]:
    server = ServerInfo("postgresql://releve:x@127.0.0.1:5432/postgres", 5432, tmp_path)
    return airflow_environment(tmp_path, server, 8080)


def test_the_image_is_the_locked_airflow_on_a_python_that_the_project_allows():
    [(version, python)] = re.findall(r"^FROM apache/airflow:([\d.]+)-python([\d.]+)$", DOCKERFILE, re.MULTILINE)

    assert version == locked("apache-airflow")
    assert python in {"3.11", "3.12", "3.13"}


def test_the_postgresql_server_is_of_the_embedded_one_s_version():
    words = subprocess.run([client_program("postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    major = re.search(r"(\d+)\.\d+", words)[1]

    assert SERVICES["postgres"]["image"] == f"postgres:{major}"


def test_the_postgresql_server_has_the_measured_settings():
    command = " ".join(SERVICES["postgres"]["command"])

    for name in ("jit", "work_mem", "shared_buffers", "max_connections"):
        assert f"-c {name}={SETTINGS[name]}" in command


def test_the_image_has_the_system_packages_that_documents_need():
    named = set(re.findall(r"\b(?:fonts|lib)[a-z0-9.-]+", DOCKERFILE.split("install", 2)[2].split("rm -rf")[0]))

    assert named == NEEDS.keys() - NOT_IN_AN_IMAGE


def test_every_copied_path_exists_and_nothing_that_runs_is_left_out():
    copied = {source for source in re.findall(r"^COPY (\S+) \S+$", DOCKERFILE, re.MULTILINE)}
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert [source for source in copied if not (REPOSITORY / source).exists()] == []
    assert packages | {"dags", "dbt_project", "migrations", "plugins", "sources", "requirements.lock"} <= copied


@pytest.mark.parametrize("name", AIRFLOW_COMPONENTS)
def test_each_component_runs_its_airflow_command(name: str):
    assert SERVICES[name]["command"] == AIRFLOW_COMPONENTS[name]


def test_the_airflow_commands_exist():
    from airflow.cli.cli_parser import ALL_COMMANDS_DICT

    named = {command[0] for command in AIRFLOW_COMPONENTS.values()} - {"celery"}  # comes with the image's provider
    assert named <= ALL_COMMANDS_DICT.keys()


def modules() -> list[list[str]]:
    return [service["command"] for service in SERVICES.values() if service.get("command", [""])[0] == "python"]


@pytest.mark.parametrize("command", modules(), ids=lambda command: command[2])
def test_each_module_exists_and_takes_the_options_that_it_is_given(command: list[str]):
    assert command[1] == "-m"
    assert importlib.util.find_spec(command[2]) is not None
    options = [word for word in command[3:] if word.startswith("--")]
    if options:
        words = subprocess.run(
            [sys.executable, "-m", command[2], "--help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout
        assert [option for option in options if option not in words] == []


def test_every_airflow_setting_exists():
    import cosmos.settings
    from airflow.configuration import conf

    known = {
        f"AIRFLOW__{section}__{option}".upper()
        for section, content in conf.configuration_description.items()
        for option in content["options"]
    }
    known |= {f"AIRFLOW__COSMOS__{name}".upper() for name in vars(cosmos.settings)}  # Cosmos describes few of its own

    named = {name for service in SERVICES.values() for name in service.get("environment", {}) if "__" in name}
    assert set() == named - known


def test_the_settings_of_one_machine_exist_too(tmp_path: Path):
    """Else a switch that was renamed would be off on paper only."""
    from airflow.configuration import conf

    named = [name.split("__", 2)[1:] for name in on_one_machine(tmp_path) if name.startswith("AIRFLOW__")]

    assert [
        (section, option)
        for section, option in named
        if section != "COSMOS" and option.lower() not in conf.configuration_description[section.lower()]["options"]
    ] == []


def test_the_switches_are_those_of_one_machine():
    assert {name: ENVIRONMENT.get(name) for name in SHARED} == dict(SHARED)


def test_the_same_things_are_set_as_on_one_machine(tmp_path: Path):
    """Nothing that a component needs is forgotten here: only what one machine alone needs is absent."""
    here = {name for name in on_one_machine(tmp_path) if name.startswith(("AIRFLOW__", "AIRFLOW_CONN_", "RELEVE_"))}
    only_one_machine = {
        "AIRFLOW__API__HOST",  # loopback is a matter of the published ports
        "AIRFLOW__API__PORT",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE",
        "AIRFLOW__CORE__PARALLELISM",
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY",
    }

    assert here - only_one_machine <= ENVIRONMENT.keys()
    assert {"AIRFLOW_CONN_CHORUS_PRO", "AIRFLOW_CONN_SMTP_DEFAULT"} <= ENVIRONMENT.keys()


def test_the_logins_are_those_of_one_machine():
    users = ",".join(f"{user}:{role}" for user, role in USERS.items())

    assert ENVIRONMENT["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"] == users


def test_the_folders_lie_in_the_state_volume():
    home = ENVIRONMENT["RELEVE_HOME"]
    mounted = {volume.split(":")[1] for volume in AIRFLOW["volumes"]}
    folders = [
        json.loads(ENVIRONMENT[f"AIRFLOW_CONN_{name}"])["extra"]["path"] for name in ("ARCHIVE", "OUT", "USAGE_DROP")
    ]

    assert mounted == {home, f"{home}/drop"}
    assert folders == [f"{home}/archive", f"{home}/out", f"{home}/drop"]
    assert all(
        volume.split(":")[0] in COMPOSE["volumes"]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    )


def test_every_port_is_published_on_loopback_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_no_secret_has_a_default_and_each_missing_one_is_named():
    secret = [(name, rest) for name, rest in variables() if re.search("PASSWORD|SECRET|_KEY|_CONN_", name)]

    assert {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SFTP_PASSWORD"} <= {name for name, _ in secret}
    assert [name for name, rest in secret if not re.fullmatch(r":\?.+", rest)] == []


def test_no_secret_is_written_in_the_file():
    values = [item for service in SERVICES.values() for item in service.get("environment", {}).items()]
    secret = [(name, value) for name, value in values if re.search("PASSWORD$|SECRET|_KEY$", name)]

    assert len(secret) > 3
    assert [name for name, value in secret if not value.startswith("${")] == []


def test_what_waits_waits_for_a_service_that_exists():
    for service in SERVICES.values():
        assert service.get("depends_on", {}).keys() <= SERVICES.keys()


def test_the_stand_ins_start_only_when_asked_for():
    assert [name for name, service in SERVICES.items() if service.get("profiles") == ["stand-ins"]] == [
        "mail-catcher",
        "chorus",
    ]
