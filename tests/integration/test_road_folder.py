"""Files of folders: the drop itself, and a share of another connection."""

import os
from pathlib import Path
from typing import Any

import pytest

from billing.hooks.file_store import FileStoreHook
from billing.hooks.usage_drop import RoadRefused
from tests.integration.road_visits import a_source, connect, digest, dropped, visit

SENT_AT = 1790985600  # 2026-10-03 00:00 UTC
MARKED = {"messidor_*.csv": ("{name}.FIN",), "noa24_*.csv": ("{stem}.ok",)}


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    connect(monkeypatch, "usage_drop", conn_type="fs", extra={"path": str(tmp_path / "drop")})
    connect(monkeypatch, "share", conn_type="fs", extra={"path": str(tmp_path / "share")})
    (tmp_path / "drop" / "usage").mkdir(parents=True)
    (tmp_path / "share").mkdir()
    return tmp_path / "drop"


def put(folder: Path, name: str, content: bytes = b"1;x\n") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (SENT_AT, SENT_AT))


def a_road(**keys: Any) -> str:
    return a_source({"kind": "folder", "connection": "share", "folder": ".", "settle_seconds": 0, **keys})


def test_the_drop_gives_files_of_every_depth_and_tells_how_they_came(drop: Path):
    put(drop, "usage/noa24_1.csv")
    put(drop, "usage/messidor/messidor_1.csv")
    put(drop, "usage/ovh/https/20261004T220000Z/ovh_20261004.json")
    put(drop, "usage/ovh/https/20261004T220000Z-2/ovh_20261004.json", b"[]")
    put(drop, "usage/ovh/.taken/note.json")
    store = FileStoreHook()

    names = store.list_usage({})

    assert [(name, *delivery_of(store, name)) for name in names] == [
        ("usage/noa24_1.csv", "noa24_1.csv", "2026-10-03T00:00:00+00:00", "folder", None),
        ("usage/messidor/messidor_1.csv", "messidor_1.csv", "2026-10-03T00:00:00+00:00", "folder", "messidor"),
        (
            "usage/ovh/https/20261004T220000Z/ovh_20261004.json",
            "ovh_20261004.json", "2026-10-04T22:00:00+00:00", "https", "ovh",
        ),
        (
            "usage/ovh/https/20261004T220000Z-2/ovh_20261004.json",
            "ovh_20261004.json", "2026-10-04T22:00:00+00:00", "https", "ovh",
        ),
    ]  # fmt: skip


def delivery_of(store: FileStoreHook, name: str) -> tuple[str, str, str, str | None]:
    found = store.delivery(name)
    return found.source_file, found.delivered_at.isoformat(), found.road.value, found.source_code


def test_in_the_drop_a_file_waits_for_its_marker_and_a_marker_is_no_file(drop: Path):
    for name in ("messidor_1.csv", "messidor_2.csv", "messidor_2.csv.FIN", "messidor_9.csv.FIN", "noa24_1.csv"):
        put(drop, f"usage/{name}")
    for name in ("noa24_2.csv", "noa24_2.ok", "compteurs_1.csv"):
        put(drop, f"usage/{name}")

    assert FileStoreHook().list_usage(MARKED) == [
        "usage/compteurs_1.csv",
        "usage/messidor_2.csv",
        "usage/noa24_2.csv",
    ]


def test_only_what_a_road_brought_is_cleared(drop: Path):
    brought = "usage/messidor/sftp/20261003T000000Z/messidor_1.csv"
    put(drop, brought)
    put(drop, "usage/messidor_1.csv")
    store = FileStoreHook()

    for name in (brought, "usage/messidor_1.csv"):
        store.clear_landed(name)

    assert list(dropped(drop)) == ["usage/messidor_1.csv"]
    assert not (drop / brought).parent.exists()


def test_a_share_gives_each_whole_file_once(drop: Path, tmp_path: Path):
    put(tmp_path / "share", "out/messidor_1.csv")
    put(tmp_path / "share", "out/messidor_2.csv.part")

    assert visit(a_road(folder="out")).taken == ["usage/messidor/folder/20261003T000000Z/messidor_1.csv"]
    assert visit(a_road(folder="out")).taken == []
    assert list(dropped(drop).values()) == [digest(b"1;x\n")]


def test_the_same_bytes_under_two_names_are_two_deliveries(drop: Path, tmp_path: Path):
    put(tmp_path / "share", "messidor_1.csv")
    put(tmp_path / "share", "messidor_1_bis.csv")

    visit(a_road())

    assert [Path(name).name for name in dropped(drop)] == ["messidor_1.csv", "messidor_1_bis.csv"]


def test_a_taken_file_moves_and_never_over_an_earlier_one(drop: Path, tmp_path: Path):
    for content in (b"1;x\n", b"2;y\n"):
        put(tmp_path / "share", "messidor_1.csv", content)
        visit(a_road(after="move", done_folder="vus"))

    assert {path.name: path.read_bytes() for path in (tmp_path / "share" / "vus").iterdir()} == {
        "messidor_1.csv": b"1;x\n",
        "messidor_1.csv-2": b"2;y\n",
    }


@pytest.mark.parametrize(
    ("folder", "words"),
    [("absent", "connection share: .*/absent cannot be read"), ("../drop", "leads out of the folder")],
)
def test_a_folder_that_cannot_be_says_so(drop: Path, folder: str, words: str):
    with pytest.raises(RoadRefused, match=words):
        visit(a_road(folder=folder))


def test_a_link_to_somewhere_else_is_no_file(drop: Path, tmp_path: Path):
    (tmp_path / "secret.csv").write_bytes(b"secret")
    (tmp_path / "share" / "messidor_1.csv").symlink_to(tmp_path / "secret.csv")

    assert visit(a_road()).taken == []


def test_a_file_that_is_rewritten_while_it_is_read_waits(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from billing.hooks.usage_files import FolderShelf

    put(tmp_path / "share", "messidor_1.csv", b"1;x\n")
    fetch = FolderShelf.fetch

    def rewritten(shelf: FolderShelf, name: str, size: int, part: Path) -> None:
        fetch(shelf, name, size, part)
        (tmp_path / "share" / name).write_bytes(b"2;y\n")  # as long, at another time

    monkeypatch.setattr(FolderShelf, "fetch", rewritten)

    brought = visit(a_road())

    assert (brought.taken, brought.left) == ([], ["messidor_1.csv: changed while it was read"])
    assert dropped(drop) == {}


def test_a_file_that_is_on_disk_but_not_remembered_comes_again_as_the_same(drop: Path, tmp_path: Path):
    """Killed between its name and the note of it: the next run finds the same bytes in place."""
    put(tmp_path / "share", "messidor_1.csv")
    visit(a_road())
    before = dropped(drop)
    for note in (drop / "usage" / "messidor" / ".taken").glob("*.json"):
        note.unlink()

    assert len(visit(a_road()).taken) == 1
    assert dropped(drop) == before


def test_a_file_is_never_remembered_before_it_is_on_disk(drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from billing.hooks.usage_drop import UsageDrop

    put(tmp_path / "share", "messidor_1.csv")
    present = []
    remember = UsageDrop.remember
    monkeypatch.setattr(UsageDrop, "remember", lambda *words: (present.append(dropped(drop)), remember(*words)))

    visit(a_road())

    assert [list(found.values()) for found in present] == [[digest(b"1;x\n")]]
