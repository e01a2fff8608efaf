"""The `road` of a description: what can be said, and how it is refused."""

from typing import Any

import pytest

from invoicing.usage.arrivals import arrival_coded, markers_of_drop, names_of_others, read_arrival
from invoicing.usage.road import FileRoad, HttpsRoad, MailboxRoad, Pages, Paging, RoadKind
from invoicing.usage.roads import read_road
from invoicing.usage.source import SourceError

SFTP = {"kind": "sftp", "connection": "c", "folder": "/out"}
HTTPS = {"kind": "https", "connection": "c", "path": "/cdr", "query": {"day": "{from}"}}
MAILBOX = {"kind": "mailbox", "connection": "c", "from": ["cdr@fournisseur.example"]}


def test_without_a_road_files_arrive_in_the_drop():
    assert read_road(None, "a.yml") == FileRoad()
    assert FileRoad().is_drop


def test_each_kind_is_read_whole():
    sftp = SFTP | {
        "names": ["a_*"], "complete_when": "marker", "markers": ["{name}.FIN"], "settle_seconds": 60, "after": "move",
    }  # fmt: skip
    https = HTTPS | {
        "path": "/sip/{account}", "accounts": ["a"], "instants": "date", "until": "included", "records": "data.r",
        "total": "n", "pages": {"kind": "page", "parameter": "p", "first": 0}, "max_mib": 1, "keeps_days": 62,
    }  # fmt: skip

    assert read_road(sftp, "a.yml") == FileRoad(RoadKind.SFTP, "c", "/out", ("a_*",), ("{name}.FIN",), 60, "done")
    assert read_road(https, "a.yml") == HttpsRoad(
        "c", "/sip/{account}", (("day", "{from}"),), ("a",), "date", True, ("data", "r"), ("n",),
        Pages(Paging.PAGE, "p", first=0), 1, 62,
    )  # fmt: skip
    assert read_road(MAILBOX | {"after": "move", "done_folder": "Vus"}, "a.yml") == MailboxRoad(
        "c", "INBOX", (), ("cdr@fournisseur.example",), "Vus", 25, 90
    )


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"kind": "ftp"}, "road.kind: 'ftp' is not known; choose one of folder, sftp, https, mailbox"),
        ("sftp", "road.kind: None is not known"),
        ({"kind": "sftp", "connection": "c"}, "road.folder: missing key"),
        (SFTP | {"password": "x"}, "road.password: unknown key"),
        (SFTP | {"after": "delete"}, "road.after: 'delete' is not known; choose one of 'leave', 'move'"),
        (SFTP | {"done_folder": "vus"}, "road.done_folder: goes with after: move"),
        (SFTP | {"complete_when": "marker"}, "road.markers: goes with complete_when: marker"),
        (SFTP | {"markers": ["{name}.FIN"]}, "road.markers: goes with complete_when: marker"),
        (SFTP | {"complete_when": "marker", "markers": ["FIN"]}, "road.markers: 'FIN' does not tell"),
        (SFTP | {"complete_when": "marker", "markers": ["{name}"]}, "road.markers: '{name}' does not tell"),
        (SFTP | {"complete_when": "marker", "markers": ["{name"]}, "road.markers: '{name' cannot be filled in"),
        (SFTP | {"names": "a_*"}, "road.names: 'a_*' is no list of texts"),
        (SFTP | {"settle_seconds": -1}, "road.settle_seconds: -1 is no whole number from 0"),
        ({"kind": "folder", "folder": "usage/a"}, "road.connection: usage_drop is where files are landed"),
        (HTTPS | {"path": "https://elsewhere.example/"}, "road.path: 'https://elsewhere.example/' does not begin"),
        (HTTPS | {"query": {"day": "today"}}, "road.query: asks for no day"),
        (HTTPS | {"query": {"day": "{day}"}}, "road.path: {day} is not known"),
        (HTTPS | {"accounts": ["a"]}, "road.accounts: goes with {account}"),
        (HTTPS | {"path": "/{account}"}, "road.accounts: goes with {account}"),
        (HTTPS | {"instants": "iso"}, "road.instants: 'iso' is not known"),
        (HTTPS | {"pages": {"kind": "cursor", "parameter": "p"}}, "road.pages.field: missing key"),
        (HTTPS | {"pages": {"kind": "scroll"}}, "road.pages.kind: 'scroll' is not known"),
        (HTTPS | {"pages": {"kind": "identifiers", "record_path": "/r"}}, "road.pages.record_path: '/r' lacks {id}"),
        (
            HTTPS | {"pages": {"kind": "identifiers", "record_path": "/{id}", "batch_size": 50}},
            "road.pages.batch_size: goes with batch_header",
        ),
        (MAILBOX | {"from": []}, "road.from: needs the senders that are believed"),
        (MAILBOX | {"from": ["fournisseur.example"]}, "road.from: needs the senders that are believed"),
        (MAILBOX | {"folder": 'IN"BOX'}, "road.folder: 'IN\"BOX' is no plain folder name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_file_key_and_way_out(node: Any, words: str):
    with pytest.raises(SourceError) as refused:
        read_road(node, "a.yml")

    assert str(refused.value).startswith(f"a.yml: {words}")


def test_a_sources_names_are_those_of_its_road_else_its_own():
    text = "source_code: a\nfile_name: a_*.csv\nrhythm: {every: day, lateness_hours: 48}\n"
    road = "road: {kind: folder, complete_when: marker, markers: ['{stem}.ok']}\n"
    own, marked = read_arrival(text, "a.yml"), read_arrival(text + road, "a.yml")
    told = read_arrival(text + "road: {kind: sftp, connection: c, folder: /, names: [b_*]}\n", "a.yml")

    assert (own.names, own.every, own.lateness_hours, own.has_to_be_fetched) == (("a_*.csv",), "day", 48, False)
    assert (told.names, told.has_to_be_fetched) == (("b_*",), True)
    assert markers_of_drop([own, told, marked]) == {"a_*.csv": ("{stem}.ok",)}
    assert arrival_coded("a", [own]) is own
    with pytest.raises(SourceError, match="no description has the source_code b; known are a"):
        arrival_coded("b", [own])


def test_only_sources_of_the_same_mail_folder_are_others():
    def by_mail(code: str, folder: str) -> Any:
        text = f"source_code: {code}\nfile_name: [{code}_*]\nroad: {{kind: mailbox, connection: c, folder: {folder},"
        return read_arrival(f"{text} from: ['@x.example']}}\n", f"{code}.yml")

    a, b, c = by_mail("a", "INBOX"), by_mail("b", "INBOX"), by_mail("c", "Autre")

    assert names_of_others(a, [a, b, c]) == ["b_*"]
