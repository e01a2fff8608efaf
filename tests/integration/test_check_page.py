"""The page of the gates on a real Airflow: refused without login, reached from the task, French, and hostile-proof."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException

from billing.hooks.checks import ChecksStore
from billing.operators.check import CheckOperator
from billing.pages.labels import COLUMNS, SUITES, TABLES
from expectations import invoices_ready, usage_landed
from ops import embedded_postgres
from ops.airflow_env import WAREHOUSE
from ops.home import read_json
from tests.integration.drafts import connector
from tests.integration.gate_faults import LANDED, RUN
from tests.integration.test_platform import Running

HOSTILE = """<script>alert(1)</script>"><img src=x>.csv"""
FAULTS = (
    f"update landing.usage_files set source_file = '{HOSTILE}' where file_number = 2",
    "update landing.usage_records set called_number = '0639980012' where source_line = 3 and usage_id is not null",
    "update landing.usage_records set usage_type = '+33639980012' where source_line = 4 and usage_id is not null",
    "delete from landing.usage_records where source_line = 9 and file_number in (1, 2)",
)


@dataclass(frozen=True)
class Site:
    url: str
    dsn: str
    passwords: dict[str, str]

    def get(self, path: str, user: str | None = "finance") -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
        return requests.get(f"{self.url}{path}", headers=headers, timeout=30)

    def token(self, user: str) -> str:
        body = {"username": user, "password": self.passwords[user]}
        return str(requests.post(f"{self.url}/auth/token", json=body, timeout=30).json()["access_token"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A platform whose last landing had faults, as its gate has just seen."""
    running = Running(tmp_path_factory.mktemp("platform"), "")
    try:
        done = running.command("ops.up")
        assert done.returncode == 0, done.stdout + done.stderr
        known = read_json(running.home / "connection.json")
        password = (running.home / "secrets" / "postgres_password").read_text().strip()
        dsn = f"postgresql://releve:{password}@127.0.0.1:{known['port']}/{WAREHOUSE}"
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("AIRFLOW_CONN_WAREHOUSE", dsn.replace("postgresql://", "postgres://"))
            _land_faults(dsn)
        passwords = json.loads((running.home / "secrets" / "airflow_passwords.json").read_text())
        yield Site(f"http://127.0.0.1:{known['api_port']}", dsn, passwords)
    finally:
        running.command("ops.down")
        embedded_postgres.destroy(running.home)


def _land_faults(dsn: str) -> None:
    with connector(dsn)() as conn:
        conn.autocommit = True
        for statement in (*LANDED.split(";\n")[:-1], *FAULTS):
            conn.execute(statement.encode())
    with DAG("land_usage"):
        gate = CheckOperator(task_id="check_usage_landed", suite="usage_landed", run_id=RUN)
    with pytest.raises(AirflowFailException, match="3 of 18"):
        gate.execute({})


class Page(HTMLParser):
    """What a browser would make of it: the tags, and the text that people see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


RUN_PAGE = f"/releve/checks/land_usage/{quote(RUN, safe='')}"


@pytest.mark.parametrize("path", ["/releve/checks", RUN_PAGE, "/releve/checks/land_usage/no_such_run"])
def test_a_page_without_login_is_refused_and_shows_where_to_log_in(site: Site, path: str):
    response = site.get(path, user=None)
    forged = requests.get(f"{site.url}{path}", headers={"Authorization": "Bearer forged"}, timeout=30)

    assert response.status_code == 401
    assert "Connexion nécessaire" in response.text
    assert "messidor" not in response.text
    [login] = Page(response.text).links
    assert login.startswith("/auth/login?next=")
    assert forged.status_code == 403


def test_the_pages_publish_no_description_of_themselves(site: Site):
    assert [site.get(f"/releve/{path}").status_code for path in ("docs", "redoc", "openapi.json")] == [404, 404, 404]


def test_the_page_tells_the_verdict_what_failed_and_on_which_rows(site: Site):
    response = site.get(RUN_PAGE)
    texts = Page(response.text).texts

    assert response.status_code == 200
    assert "3 contrôles sur 18 en échec" in [text.replace("\u00a0", " ") for text in texts]
    assert texts.index("Fichiers d’usage") < texts.index("Enregistrements d’usage")
    failed = texts.index("Un numéro appelé est au format E.164, ou court.")
    assert texts[failed + 1].replace("\u00a0", " ") == "4 cas"
    assert texts[failed + 2 : failed + 6] == ["Fichier", "Ligne", "Début du numéro", "Longueur"]
    assert texts[failed + 6 : failed + 10] == ["messidor_1.csv", "3", "06", "10"]
    assert texts.index("Chaque enregistrement de chaque fichier a sa ligne en base.") < texts.index(
        "Lignes du fichier = lignes de contrôle + enregistrements."
    )


def test_the_page_leads_back_to_the_run_and_its_task(site: Site):
    links = [urlsplit(link).path for link in Page(site.get(RUN_PAGE).text).links]

    run = f"/dags/land_usage/runs/{quote(RUN, safe='')}"
    assert [link for link in links if link.startswith("/dags")] == [run, f"{run}/tasks/check_usage_landed"]


def test_a_hostile_file_name_is_text_and_a_number_is_never_whole(site: Site):
    response = site.get(RUN_PAGE)
    page = Page(response.text)

    assert HOSTILE in page.texts
    assert {"script", "img"} & set(page.tags) == set()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    assert "639980012" not in response.text
    assert "+3363998XXXX" in page.texts
    with connector(site.dsn)() as conn:
        [(stored,)] = conn.execute("select string_agg(examples::text, '') from checks.results").fetchall()
    assert "639980012" not in stored


def test_a_run_that_no_gate_looked_at_says_so(site: Site):
    response = site.get("/releve/checks/land_usage/no_such_run")

    assert response.status_code == 404
    assert "Aucun contrôle" in response.text


def test_a_real_run_leads_from_its_task_to_its_page_and_into_the_list(site: Site):
    token = {"Authorization": f"Bearer {site.token('admin')}"}
    runs = f"{site.url}/api/v2/dags/land_usage/dagRuns"
    run = requests.post(runs, json={"logical_date": None}, headers=token, timeout=30).json()
    deadline = time.monotonic() + 120
    link = None
    while not link and time.monotonic() < deadline:
        links = f"{runs}/{run['dag_run_id']}/taskInstances/check_usage_landed/links"
        link = requests.get(links, headers=token, timeout=30).json()["extra_links"]["Contrôles"]
        time.sleep(0.5)

    page = site.get(urlsplit(link).path)

    assert page.status_code == 200
    assert "Tout est conforme" in page.text
    listed = Page(site.get("/releve/checks").text)
    assert [urlsplit(each).path for each in listed.links] == [urlsplit(link).path, RUN_PAGE]
    assert [text.replace("\u00a0", " ") for text in listed.texts if text in ("Conforme", "3\u00a0échecs")] == ["Conforme", "3 échecs"]  # fmt: skip


def test_a_dag_that_is_not_there_is_not_listed(site: Site):
    """Who may not read a DAG sees none of its runs: the list asks Airflow which ones they may."""
    store = ChecksStore(connector(site.dsn))

    assert {run["dag_id"] for run in store.latest_runs(["land_usage"], 50)} == {"land_usage"}
    assert store.latest_runs(["another_dag"], 50) == []


def test_what_the_page_can_show_has_french_words():
    queries = [
        expectation.unexpected_rows_query
        for suite in (usage_landed, invoices_ready)
        for expectations in suite.CHECKS.values()
        for expectation in expectations
        if hasattr(expectation, "unexpected_rows_query")
    ]
    counted = {name for query in queries for name in re.findall(r"\bas (\w+_(?:count|price|amount))\b", query)}

    assert counted
    assert counted - COLUMNS.keys() == set()
    assert {table for suite in (usage_landed, invoices_ready) for table in suite.CHECKS} <= TABLES.keys()
    assert {"usage_landed", "invoices_ready"} <= SUITES.keys()
