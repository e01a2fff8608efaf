"""Files of a real OpenSSH server: whole ones, once, from the server that we know, however often a run is killed."""

import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import billing.hooks.usage_files as usage_files
from billing.hooks.usage_drop import RoadCut, RoadRefused
from tests.integration.road_servers import HOST, SSHD, Relay, SftpServer, password_server, sftp_server
from tests.integration.road_visits import a_source, connect, digest, dropped, killed_visit, visit

pytestmark = pytest.mark.skipif(SSHD is None, reason="sshd is absent: `make install` brings openssh-server")
SENT_AT = 1790985600  # 2026-10-03 00:00 UTC
TAKEN = "usage/messidor/sftp/20261003T000000Z"
BIG = os.urandom(1024 * 1024) * 6


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("sftp") / "home") as found:
        yield found


@pytest.fixture
def connected(server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Point the connection `supplier` at the server; words change it."""
    for path in sorted(server.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    connect(monkeypatch, "usage_drop", conn_type="fs", extra={"path": str(tmp_path / "drop")})
    (tmp_path / "drop").mkdir()

    def point(port: int = server.port, password: str | None = None, **extra: Any) -> None:
        usual = {"host_key": server.host_key, "private_key": server.private_key}
        connect(
            monkeypatch, "supplier", conn_type="sftp", host=HOST, port=port, login=server.login, password=password,
            extra={name: value for name, value in {**usual, **extra}.items() if value is not None},
        )  # fmt: skip

    point()
    return point


def a_road(server: SftpServer, **keys: Any) -> str:
    road = {"kind": "sftp", "connection": "supplier", "folder": str(server.folder), "settle_seconds": 0, **keys}
    return a_source(road)


def put(server: SftpServer, name: str, content: bytes = b"1;x\n", sent_at: int = SENT_AT) -> None:
    path = server.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (sent_at, sent_at))


def test_a_file_comes_once_with_its_own_name_and_time(connected, server: SftpServer, tmp_path: Path):
    from billing.hooks.file_store import FileStoreHook

    put(server, "messidor_1.csv", BIG)
    put(server, "other.csv")
    (server.folder / "messidor_folder.csv").mkdir()

    assert visit(a_road(server)).taken == [f"{TAKEN}/messidor_1.csv"]
    assert visit(a_road(server)).taken == []

    assert dropped(tmp_path / "drop") == {f"{TAKEN}/messidor_1.csv": digest(BIG)}
    [name] = FileStoreHook().list_usage({})
    delivery = FileStoreHook().delivery(name)
    assert (delivery.source_file, delivery.delivered_at.timestamp(), delivery.road, delivery.source_code) == (
        "messidor_1.csv", SENT_AT, "sftp", "messidor",
    )  # fmt: skip


def test_a_landed_file_leaves_the_drop_and_is_not_fetched_again(connected, server: SftpServer, tmp_path: Path):
    from billing.hooks.file_store import FileStoreHook

    put(server, "messidor_1.csv")
    [name] = visit(a_road(server)).taken

    FileStoreHook().clear_landed(name)

    assert visit(a_road(server)).taken == []
    assert dropped(tmp_path / "drop") == {}


def test_the_same_name_with_another_time_or_content_is_another_delivery(connected, server, tmp_path: Path):
    for content, sent_at in ((b"a\n", SENT_AT), (b"a\n", SENT_AT + 60), (b"bb\n", SENT_AT + 60)):
        put(server, "messidor_1.csv", content, sent_at)
        visit(a_road(server))

    assert dropped(tmp_path / "drop") == {
        f"{TAKEN}/messidor_1.csv": digest(b"a\n"),
        "usage/messidor/sftp/20261003T000100Z/messidor_1.csv": digest(b"a\n"),
        "usage/messidor/sftp/20261003T000100Z-2/messidor_1.csv": digest(b"bb\n"),
    }


def test_half_written_files_are_left_alone(connected, server: SftpServer, tmp_path: Path):
    for name in ("messidor_1.csv.tmp", "messidor_2.csv.filepart", ".messidor_3.csv"):
        put(server, name)

    assert visit(a_road(server, names=["*"])).taken == []


def test_a_file_that_grows_between_two_looks_waits(connected, server: SftpServer, monkeypatch: pytest.MonkeyPatch):
    put(server, "messidor_1.csv", b"0;DEBUT")
    monkeypatch.setattr(usage_files.time, "sleep", lambda seconds: put(server, "messidor_1.csv", b"0;DEBUT;2026"))

    brought = visit(a_road(server))

    assert (brought.taken, brought.left) == ([], ["messidor_1.csv: still being written"])


def test_a_file_waits_for_its_marker_and_both_move_when_it_was_taken(connected, server: SftpServer):
    road = a_road(server, complete_when="marker", markers=["{name}.FIN"], after="move", names=["messidor_*"])
    put(server, "messidor_1.csv")
    assert visit(road).taken == []

    put(server, "messidor_1.csv.FIN", b"")

    assert visit(road).taken == [f"{TAKEN}/messidor_1.csv"]
    assert sorted(path.relative_to(server.folder).as_posix() for path in server.folder.rglob("*.*")) == [
        "done/messidor_1.csv",
        "done/messidor_1.csv.FIN",
    ]


def test_a_file_taken_before_its_run_was_killed_still_moves(connected, server: SftpServer):
    put(server, "messidor_1.csv")
    visit(a_road(server))

    assert visit(a_road(server, after="move")).taken == []
    assert [path.name for path in server.folder.iterdir()] == ["done"]


def test_another_host_key_is_refused(connected, server: SftpServer, tmp_path: Path):
    put(server, "messidor_1.csv")
    with sftp_server(tmp_path / "other") as other:
        connected(host_key=other.host_key)

        with pytest.raises(RoadRefused, match=r"connection supplier: .* shows another host key than the connection's"):
            visit(a_road(server))
    assert dropped(tmp_path / "drop") == {}


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"host_key": None}, "connection supplier has no host_key; ask the supplier"),
        ({"host_key": None, "no_host_key_check": True}, "connection supplier has no_host_key_check"),
        ({"no_host_key_check": "true"}, "connection supplier has no_host_key_check"),
        ({"allow_host_key_change": True}, "connection supplier has allow_host_key_change"),
    ],
)
def test_a_connection_that_would_trust_any_server_is_refused(connected, server: SftpServer, extra, words: str):
    connected(**extra)

    with pytest.raises(RoadRefused, match=words):
        visit(a_road(server))


def test_a_wrong_password_names_the_connection_and_not_the_password(connected, server: SftpServer):
    connected(private_key=None, password="pas le bon")

    with pytest.raises(RoadRefused, match=f"connection supplier: .* refuses {server.login}; renew") as refused:
        visit(a_road(server))
    assert "pas le bon" not in str(refused.value)


def test_a_password_lets_in(connected, server: SftpServer):
    """OpenSSH would need an account of the machine for this: another server stands in, with the same protocol."""
    put(server, "messidor_1.csv")
    with password_server(server.login, "le bon") as (port, host_key):
        connected(port=port, private_key=None, password="le bon", host_key=host_key)

        assert visit(a_road(server)).taken == [f"{TAKEN}/messidor_1.csv"]


def test_a_folder_that_is_not_there_says_what_to_correct(connected, server: SftpServer):
    with pytest.raises(RoadRefused, match=r"connection supplier: .*/absent cannot be read .*correct road.folder"):
        visit(a_road(server, folder=f"{server.folder}/absent"))


def test_a_cut_connection_is_gone_on_with_where_it_broke(connected, server: SftpServer, tmp_path: Path):
    put(server, "messidor_1.csv", BIG)
    with Relay(server.port, limit=4_000_000, hangs_up=True) as relay:
        connected(port=relay.port, compress="false")
        with pytest.raises(RoadCut, match=r"connection supplier: .* broke off"):
            visit(a_road(server))
        assert dropped(tmp_path / "drop") == {}

        relay.open()
        visit(a_road(server))

        assert dropped(tmp_path / "drop") == {f"{TAKEN}/messidor_1.csv": digest(BIG)}
        assert relay.passed < len(BIG) - 1_000_000  # not from the start


def test_killed_in_mid_transfer_the_next_run_brings_the_same_bytes(connected, server: SftpServer, tmp_path: Path):
    put(server, "messidor_1.csv", BIG)
    with Relay(server.port, limit=4_000_000) as relay:
        connected(port=relay.port, compress="false")
        killed_visit(a_road(server), relay)
        assert dropped(tmp_path / "drop") == {}

        relay.open()
        assert visit(a_road(server)).taken == [f"{TAKEN}/messidor_1.csv"]

    assert dropped(tmp_path / "drop") == {f"{TAKEN}/messidor_1.csv": digest(BIG)}
    assert list((tmp_path / "drop").rglob("*.part")) == []


def test_a_big_file_is_never_in_memory_whole(connected, server: SftpServer, tmp_path: Path):
    size = 48 * 1024 * 1024
    put(server, "messidor_1.csv", b"")
    os.truncate(server.folder / "messidor_1.csv", size)
    tracemalloc.start()
    try:
        [name] = visit(a_road(server)).taken
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (tmp_path / "drop" / name).stat().st_size == size
    assert peak < size / 2


def test_a_run_beside_another_one_waits_for_the_next(connected, server: SftpServer, tmp_path: Path):
    from billing.hooks.usage_drop import UsageDrop
    from invoicing.usage.road import RoadKind

    with (
        UsageDrop(tmp_path / "drop", "messidor", RoadKind.SFTP).alone(),
        pytest.raises(RoadCut, match="another run is bringing files of messidor"),
    ):
        visit(a_road(server))
