"""How Airflow is configured here, in one place: environment variables, handed to every component alike."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.embedded_postgres import OWNER_ROLE, ServerInfo
from ops.home import LOOPBACK, REPOSITORY, kept_secret

WAREHOUSE = "releve"
METADATA = "airflow"
USERS = {"admin": "admin", "finance": "user"}
BUILD_POOL = "warehouse_build"  # plugins/billing/defaults.py
# What Airflow's own database needs before its first start.
AIRFLOW_PREPARATION = (
    ("db", "migrate"),
    ("pools", "set", BUILD_POOL, "1", "dbt builds that share tables, one at a time"),
)

# Traffic data is private, and so is how it is billed: nothing is reported to the makers of the tools.
# This Airflow reports nothing by itself; the last two speak to whatever honours them.
TELEMETRY_OFF: Mapping[str, str] = {
    "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
    "GX_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "SCARF_NO_ANALYTICS": "true",
}

# What holds on one machine and in a deployment alike.
SHARED: Mapping[str, str] = {
    **TELEMETRY_OFF,
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # Re-reading seven unchanged DAGs every 30 seconds would take a third of a core; a changed file is read at once.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "PYTHONUTF8": "1",
}


@dataclass(frozen=True, slots=True)
class StandIns:
    """Where the local Chorus Pro and the mail catcher answer, and how one signs in to the former."""

    chorus_url: str  # 'http://127.0.0.1:8090', without a path
    chorus_credentials: Path  # JSON: client_id, client_secret, login, password
    smtp_port: int
    mail_folder: Path


def airflow_environment(
    home: Path, server: ServerInfo, api_port: int, stand_ins: StandIns | None = None
) -> dict[str, str]:
    """The whole environment of every component: settings, keys and connections; it holds secrets, never print it.

    Stray AIRFLOW__ settings of the caller are dropped, so that a platform is the same whoever starts it; connections
    of the caller (AIRFLOW_CONN_CHORUS_PRO, AIRFLOW_CONN_SMTP_DEFAULT) stay.
    """
    url = f"http://{LOOPBACK}:{api_port}"
    key_folder = home / "secrets"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    return {
        **inherited,
        **SHARED,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__API__BASE_URL": f"{url}/",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(api_port),
        "AIRFLOW__API__SECRET_KEY": kept_secret(key_folder / "api_secret_key"),
        "AIRFLOW__API_AUTH__JWT_ISSUER": "releve",
        "AIRFLOW__API_AUTH__JWT_SECRET": kept_secret(key_folder / "jwt_secret", _long_key),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": kept_secret(key_folder / "fernet_key", _fernet_key),
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks a name server
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(home)),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
        "AIRFLOW__COSMOS__CACHE_DIR": str(home / "airflow" / "cosmos"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.database_dsn(METADATA).replace("://", "+psycopg2://", 1),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs" / "tasks"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(home / "logs" / "dags"),
        **_connections(home, server, stand_ins),
        "NO_PROXY": _without_proxy("NO_PROXY"),
        "no_proxy": _without_proxy("no_proxy"),
        "PYTHONPATH": str(REPOSITORY),
        "RELEVE_DBT_MANIFEST": str(home / "dbt" / "manifest.json"),
        "RELEVE_HOME": str(home),
        "SPT_NOENV": "1",  # a process that renames itself keeps its environment readable: see what it runs with
    }


def passwords_file(home: Path) -> Path:
    """Where the logins are kept: a JSON object, user to password, readable by its owner only."""
    return home / "secrets" / "airflow_passwords.json"


def keep_passwords(home: Path) -> Path:
    """Make the logins at the first start; Airflow itself would print those that it makes."""
    path = passwords_file(home)
    kept_secret(path, lambda: json.dumps({user: secrets.token_urlsafe(12) for user in USERS}) + "\n")
    return path


def _connections(home: Path, server: ServerInfo, stand_ins: StandIns | None) -> dict[str, str]:
    warehouse = {
        "conn_type": "postgres",
        "host": LOOPBACK,
        "port": server.port,
        "login": OWNER_ROLE,
        "password": kept_secret(home / "secrets" / "postgres_password"),
        "schema": WAREHOUSE,
    }
    found: dict[str, dict[str, Any]] = {
        "WAREHOUSE": warehouse,
        "USAGE_DROP": {"conn_type": "fs", "extra": {"path": str(home / "drop")}},
        "ARCHIVE": {"conn_type": "fs", "extra": {"path": str(home / "archive")}},
        "OUT": {"conn_type": "fs", "extra": {"path": str(home / "out")}},
    }
    if stand_ins:
        found |= _stand_in_connections(stand_ins)
    return {f"AIRFLOW_CONN_{name}": json.dumps(connection) for name, connection in found.items()}


def _stand_in_connections(stand_ins: StandIns) -> dict[str, dict[str, Any]]:
    known = json.loads(stand_ins.chorus_credentials.read_text())
    return {
        "CHORUS_PRO": {
            "conn_type": "http",
            "host": f"{stand_ins.chorus_url}/cpro",
            "login": known["login"],
            "password": known["password"],
            "extra": {
                "oauth_url": f"{stand_ins.chorus_url}/api/oauth/token",
                "client_id": known["client_id"],
                "client_secret": known["client_secret"],
                "poll_seconds": [1, 2, 5],  # the stand-in decides in seconds, the real one in minutes or hours
                "doubt_seconds": 10,
            },
        },
        "SMTP_DEFAULT": {
            "conn_type": "smtp",
            "host": LOOPBACK,
            "port": stand_ins.smtp_port,
            "extra": {"disable_ssl": True, "disable_tls": True, "timeout": 10, "retry_limit": 1},
        },
    }


def _without_proxy(name: str) -> str:
    """The caller's exceptions and ours: components and stand-ins talk over loopback, never through a proxy."""
    return ",".join(filter(None, [os.environ.get(name), LOOPBACK, "localhost"]))


def _long_key() -> str:
    return secrets.token_urlsafe(64)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
