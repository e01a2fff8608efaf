"""A server that fails, lies, is busy, or is another one: nothing of that day comes, and the next run asks again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import billing.hooks.usage_http as usage_http
from billing.hooks.usage_drop import RoadCut, RoadRefused
from tests.integration.road_api import ASKED, DAY, Answer, Api, a_road, connect_api, running_api
from tests.integration.road_servers import HOST, Certificate, Relay, certificate
from tests.integration.road_visits import connect, dropped, killed_visit, visit


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


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are counted, not waited."""
    found: list[float] = []
    monkeypatch.setattr(usage_http.time, "sleep", found.append)
    return found


def content(tmp_path: Path, name: str = DAY) -> str:
    return (tmp_path / "drop" / name).read_text()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ('[{"key": "1", "error": null, "value": {}}]', "2 records were asked for and 1 answers do not match"),
        (
            '[{"key": "1", "error": null, "value": {}}, {"key": "2", "error": "x", "value": null}]',
            "record 2 of a batch came as an error",
        ),
    ],
)
def test_a_record_missing_from_a_batch_gives_nothing_of_the_day(connected, api: Api, tmp_path, answer, words):
    api.says(ASKED, "[1, 2]")
    api.says("/cdr/1,2", answer)
    pages = {"kind": "identifiers", "record_path": "/cdr/{id}", "batch_size": 50, "batch_header": "X-OVH-Batch"}

    with pytest.raises(RoadCut, match=f"nothing of ovh_20261004.json: {words}"):
        visit(a_road(pages))
    assert dropped(tmp_path / "drop") == {}


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (Answer(b"", 404), "HTTP 404 at /cdr; correct road.path"),
        (Answer(b'[{"id": 2}', 200), "the answer is no JSON"),
        (Answer(b'{"error": "busy"}', 200), "no list stands at the top"),
        (Answer(b"[]", 302, {"Location": "https://elsewhere.example/"}), "it sends elsewhere"),
    ],
)
def test_a_page_lost_in_the_middle_gives_nothing_of_the_day(connected, api: Api, tmp_path: Path, second, words: str):
    api.says(ASKED, '[{"id": 1}]', Link='</cdr?p=b>; rel="next"')
    api.pages["/cdr?p=b"] = second

    with pytest.raises((RoadCut, RoadRefused), match=words) as refused:
        visit(a_road({"kind": "link_header"}))
    assert dropped(tmp_path / "drop") == {}
    assert "0639980012" not in str(refused.value)


def test_a_total_that_the_pages_do_not_hold_gives_nothing(connected, api: Api, tmp_path: Path):
    api.says(ASKED, '{"r": [{"id": 1}], "total": 2}')

    with pytest.raises(RoadCut, match="the server counts 2 records and its pages hold 1"):
        visit(a_road(records="r", total="total"))
    assert dropped(tmp_path / "drop") == {}


def test_pages_that_turn_in_a_circle_end(connected, api: Api):
    api.says(ASKED, '{"r": [{"id": 1}], "c": "x"}')
    api.says(f"{ASKED}&after=x", '{"r": [{"id": 1}], "c": "x"}')

    with pytest.raises(RoadCut, match="the next page is this page again"):
        visit(a_road({"kind": "cursor", "parameter": "after", "field": "c"}, records="r"))


def test_our_login_does_not_follow_to_another_server(connected, api: Api):
    api.says(ASKED, "[]", Link='<https://127.0.0.2/cdr>; rel="next"')

    with pytest.raises(RoadCut, match=r"the next page is on another server \(127.0.0.2\)"):
        visit(a_road({"kind": "link_header"}))


def test_a_busy_server_is_asked_again_when_it_says(connected, api: Api, pauses: list[float]):
    api.says(ASKED, "[]")
    api.faults = [Answer(b"", 429, {"Retry-After": "7"}), Answer(b"", 503), Answer(b'[{"id"', 200, is_cut=True)]

    assert visit(a_road()).taken == [DAY]
    assert pauses == [7, 4, 8]


def test_a_server_that_stays_busy_is_left_to_the_next_run(connected, api: Api, pauses: list[float]):
    api.faults = [Answer(b"", 503)] * 9

    with pytest.raises(RoadCut, match="connection supplier: HTTP 503 at /cdr; the next run asks again"):
        visit(a_road())
    assert (len(api.asked), len(pauses)) == (5, 4)


def test_a_server_that_wants_an_hour_is_left_to_the_next_run(connected, api: Api, pauses: list[float]):
    api.faults = [Answer(b"", 429, {"Retry-After": "3600"})]

    with pytest.raises(RoadCut, match="HTTP 429"):
        visit(a_road())
    assert pauses == []


def test_a_refused_login_names_the_connection(connected, api: Api):
    connected(Authorization="Bearer pas-le-bon")

    with pytest.raises(RoadRefused, match="connection supplier: HTTP 401 at /cdr; renew its login") as refused:
        visit(a_road())
    assert "pas-le-bon" not in str(refused.value)


def test_login_and_password_of_the_connection_are_sent(connected, api: Api, trusted: Certificate, monkeypatch):
    api.authorization = "Basic dXRpbGlzYXRldXI6c2VjcmV0"
    extra = {"verify": str(trusted.authority)}
    connect(
        monkeypatch, "supplier", conn_type="http", host=api.root, login="utilisateur", password="secret", extra=extra
    )
    api.says(ASKED, "[]")

    assert visit(a_road()).taken == [DAY]


def test_a_certificate_of_another_authority_is_refused(connected, api: Api, tmp_path: Path):
    connected(verify=str(certificate(tmp_path / "another").authority))

    with pytest.raises(RoadRefused, match="connection supplier: the server's certificate is not trusted"):
        visit(a_road())
    assert api.asked == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verify": False}, "has verify: false, so that anybody could be that server"),
        ({"host": "http://supplier.example"}, "is not https: its login would travel in clear"),
    ],
)
def test_a_connection_that_anybody_could_read_is_refused(connected, change: dict[str, Any], words: str):
    connected(**change)

    with pytest.raises(RoadRefused, match=words):
        visit(a_road())


def test_a_day_that_went_wrong_spares_the_others_and_comes_next_time(connected, api: Api):
    road = a_road(keeps_days=2)
    api.says("/cdr?from=2026-10-02T22:00:00Z&to=2026-10-03T22:00:00Z", "broken")
    api.says(ASKED, "[]")
    with pytest.raises(RoadCut, match=r"nothing of ovh_20261003.json: the answer is no JSON"):
        visit(road)

    api.says("/cdr?from=2026-10-02T22:00:00Z&to=2026-10-03T22:00:00Z", "[]")

    assert [Path(name).name for name in visit(road).taken] == ["ovh_20261003.json"]


def test_a_day_larger_than_its_bound_is_refused(connected, api: Api, tmp_path: Path):
    api.says(ASKED, '["' + "x" * (2 * 1024 * 1024) + '"]')

    with pytest.raises(RoadCut, match=r"more than 1 MiB; raise road.max_mib"):
        visit(a_road(max_mib=1))
    assert dropped(tmp_path / "drop") == {}


def test_killed_between_two_pages_the_next_run_brings_the_day(connected, api: Api, tmp_path: Path):
    api.says(ASKED, '[{"id": 1}]', Link='</cdr?p=b>; rel="next"')
    api.says("/cdr?p=b", '["' + "x" * 900_000 + '"]')
    road = a_road({"kind": "link_header"})
    with Relay(api.port, limit=400_000) as relay:
        connected(host=f"https://{HOST}:{relay.port}")
        killed_visit(road, relay)
        assert dropped(tmp_path / "drop") == {}

        relay.open()
        assert visit(road).taken == [DAY]

    assert content(tmp_path) == '[\n{"id": 1},\n"' + "x" * 900_000 + '"\n]\n'
