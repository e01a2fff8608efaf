"""Days of a real HTTPS server: every page of a day in one file, each record as the server wrote it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.road_api import ASKED, DAY, Api, a_road, connect_api, running_api
from tests.integration.road_servers import Certificate, certificate
from tests.integration.road_visits import visit

WRITTEN = '{"id": 9007199254740993, "prix": 0.10, "texte": "é\\u00e9"}'  # what numbers of a float would lose


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls") / "trusted")


@pytest.fixture
def api(trusted: Certificate) -> Iterator[Api]:
    with running_api(trusted) as found:
        yield found


@pytest.fixture
def connected(api: Api, trusted: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Point the connection `supplier` at the server; words change it."""

    def point(host: str = api.root, **extra: Any) -> None:
        connect_api(monkeypatch, trusted, tmp_path / "drop", host, **extra)

    point()
    return point


def content(tmp_path: Path, name: str = DAY) -> str:
    return (tmp_path / "drop" / name).read_text()


def test_a_day_is_one_file_of_records_as_they_were_written(connected, api: Api, tmp_path: Path):
    api.says(ASKED, f'{{"data": {{"cdr": [ {WRITTEN} ,\n{{"id":2}}]}}}}')

    assert visit(a_road(records="data.cdr")).taken == [DAY]

    assert content(tmp_path) == f'[\n{WRITTEN},\n{{"id":2}}\n]\n'


def test_a_day_without_calls_is_an_empty_file(connected, api: Api, tmp_path: Path):
    api.says(ASKED, "[]")

    visit(a_road())

    assert content(tmp_path) == "[\n]\n"


PAGINGS: dict[str, tuple[dict[str, Any], list[tuple[str, Any, dict[str, str]]]]] = {
    "link header": (
        {"kind": "link_header"},
        [
            (ASKED, [{"id": 1}], {"Link": '</cdr?p=0>; rel="prev", </cdr?p=b>; rel="next"'}),
            ("/cdr?p=b", [{"id": 2}], {"Link": "</cdr?p=c>; rel=next"}),
            ("/cdr?p=c", [{"id": 3}], {"Link": '</cdr?p=a>; rel="first"'}),
        ],
    ),
    "next field": (
        {"kind": "next_field", "field": "meta.next"},
        [
            (ASKED, {"r": [{"id": 1}, {"id": 2}], "meta": {"next": "/cdr?p=b"}}, {}),
            ("/cdr?p=b", {"r": [{"id": 3}], "meta": {"next": None}}, {}),
        ],
    ),
    "page number": (
        {"kind": "page", "parameter": "page"},
        [
            (f"{ASKED}&page=1", [{"id": 1}, {"id": 2}], {}),
            (f"{ASKED}&page=2", [{"id": 3}], {}),
            (f"{ASKED}&page=3", [], {}),
        ],
    ),
    "offset": (
        {"kind": "offset", "parameter": "skip"},
        [
            (f"{ASKED}&skip=0", [{"id": 1}], {}),
            (f"{ASKED}&skip=1", [{"id": 2}, {"id": 3}], {}),
            (f"{ASKED}&skip=3", [], {}),
        ],
    ),
    "cursor": (
        {"kind": "cursor", "parameter": "after", "field": "cursor"},
        [
            (ASKED, {"r": [{"id": 1}], "cursor": 17}, {}),
            (f"{ASKED}&after=17", {"r": [{"id": 2}, {"id": 3}], "cursor": ""}, {}),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGINGS)
def test_every_page_of_a_day_comes_in_order(connected, api: Api, tmp_path: Path, name: str):
    pages, answers = PAGINGS[name]
    for address, body, headers in answers:
        api.says(address, body, **headers)

    visit(a_road(pages, **({"records": "r"} if "r" in answers[0][1] else {})))

    assert content(tmp_path) == '[\n{"id": 1},\n{"id": 2},\n{"id": 3}\n]\n'
    assert len(api.asked) == len(answers)


@pytest.mark.parametrize("batch", [{}, {"batch_size": 2, "batch_header": "X-OVH-Batch"}])
def test_identifiers_then_records_one_by_one_or_in_batches(connected, api: Api, tmp_path: Path, batch: dict[str, Any]):
    api.says("/sip/acc-1/calls?from=2026-10-04", "[700001, 700002, 700003]")
    for number in (1, 2, 3):
        api.says(f"/sip/acc-1/calls/70000{number}", f'{{"id": 70000{number}, "prix": 0.10}}\n')
    for numbers in ((1, 2), (3,)):
        keys = [f"70000{number}" for number in numbers]
        answers = [f'{{"key": "{key}", "error": null, "value": {{"id": {key}, "prix": 0.10}}}}' for key in keys]
        if batch:
            api.says(f"/sip/acc-1/calls/{','.join(keys)}", f"[{', '.join(answers)}]")
    pages = {"kind": "identifiers", "record_path": "/sip/{account}/calls/{id}", **batch}
    road = a_road(pages, path="/sip/{account}/calls", accounts=["acc-1"], query={"from": "{from}"}, instants="date")

    [name] = visit(road).taken

    assert name == "usage/ovh/https/20261004T220000Z/ovh_acc-1_20261004.json"
    records = [f'{{"id": 70000{number}, "prix": 0.10}}' for number in (1, 2, 3)]
    assert content(tmp_path, name) == "[\n" + ",\n".join(records) + "\n]\n"
    assert api.batch_headers[1:] == ([",", ","] if batch else [None, None, None])


def test_a_day_is_asked_for_until_its_lateness_is_over(connected, api: Api, tmp_path: Path):
    road = a_road(lateness_hours=24, keeps_days=2)
    for day in range(2, 6):
        api.says(f"/cdr?from=2026-10-{day:02d}T22:00:00Z&to=2026-10-{day + 1:02d}T22:00:00Z", f'[{{"id": {day}}}]')

    assert [Path(name).name for name in visit(road, "2026-10-05T05:00:00+00:00").taken] == [
        "ovh_20261003.json",
        "ovh_20261004.json",
    ]
    api.says(ASKED, '[{"id": 3}, {"id": "late"}]')
    assert visit(road, "2026-10-05T20:00:00+00:00").taken == [DAY.replace("Z/", "Z-2/")]
    assert len(api.asked) == 3  # the 3rd had its lateness behind it
    assert visit(road, "2026-10-05T21:00:00+00:00").taken == []  # the same bytes are no delivery


def test_the_connections_authority_comes_before_the_machines(connected, api: Api, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(tmp_path / "another").authority))
    api.says(ASKED, "[]")

    assert visit(a_road()).taken == [DAY]
