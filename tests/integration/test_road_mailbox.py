"""Attachments of a real IMAP server's mailbox: from believed senders, once, whatever their names hide."""

import imaplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from billing.hooks.usage_drop import RoadCut, RoadRefused
from tests.integration.road_servers import DOVECOT, HOST, Certificate, ImapServer, Relay, certificate, imap_server
from tests.integration.road_visits import a_source, connect, digest, dropped, killed_visit, visit

pytestmark = pytest.mark.skipif(DOVECOT is None, reason="dovecot is absent: `make install` brings dovecot-imapd")
TAKEN = "usage/messidor/mailbox/20261003T060000Z"
ARRIVED = '"03-Oct-2026 08:00:00 +0200"'
SENDER = "cdr@fournisseur.example"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls") / "trusted")


@pytest.fixture(scope="module")
def server(trusted: Certificate) -> Iterator[ImapServer]:
    with imap_server(trusted) as found:
        yield found


@pytest.fixture
def mailbox(server: ImapServer) -> Iterator[imaplib.IMAP4]:
    """The supplier's and the reader's side of an empty mailbox."""
    with imaplib.IMAP4(HOST, server.port) as client:
        client.login(server.login, server.password)
        client.delete("Vus")
        if int(client.select("INBOX")[1][0] or 0):
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()
        yield client


@pytest.fixture
def connected(
    server: ImapServer, mailbox: imaplib.IMAP4, trusted: Certificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """Point the connection `post` at the server, over TLS; words change it."""
    connect(monkeypatch, "usage_drop", conn_type="fs", extra={"path": str(tmp_path / "drop")})
    (tmp_path / "drop").mkdir()

    def point(port: int = server.tls_port, password: str = server.password, host: str = HOST, **extra: Any) -> None:
        usual = {"verify": str(trusted.authority)}
        connect(
            monkeypatch, "post", conn_type="imap", host=host, port=port, login=server.login, password=password,
            extra={**usual, **extra},
        )  # fmt: skip

    point()
    return point


def a_road(**keys: Any) -> str:
    return a_source({"kind": "mailbox", "connection": "post", "from": [SENDER], **keys})


def a_mail(
    *attachments: tuple[str, bytes], sender: str = SENDER, date: str | None = "Sat, 03 Oct 2026 08:00:00 +0200"
) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "factures@exemple.example", "Consommations d’octobre"
    if date:
        message["Date"] = date
    message.set_content("Ci-joint.")
    for name, content in attachments:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def receive(mailbox: imaplib.IMAP4, content: bytes) -> None:
    assert mailbox.append("INBOX", "", ARRIVED, content)[0] == "OK"


def seen(mailbox: imaplib.IMAP4, folder: str = "INBOX") -> list[bool]:
    """Of each message in a folder, whether it is marked as seen."""
    mailbox.select(folder, readonly=True)
    _, data = mailbox.uid("FETCH", "1:*", "(FLAGS)")
    return [rb"\Seen" in line for line in data if line]


def test_an_attachment_comes_once_with_its_mails_date_and_the_mail_is_marked(connected, mailbox, tmp_path: Path):
    content = "n°;été\r\n".encode("cp1252") * 1000
    receive(mailbox, a_mail(("messidor_1.csv", content), ("logo.png", b"x")))

    assert visit(a_road()).taken == [f"{TAKEN}/messidor_1.csv"]
    assert visit(a_road()).taken == []

    assert dropped(tmp_path / "drop") == {f"{TAKEN}/messidor_1.csv": digest(content)}
    assert seen(mailbox) == [True]


def test_a_mail_that_a_person_opened_first_is_taken_all_the_same(connected, mailbox):
    receive(mailbox, a_mail(("messidor_1.csv", b"1;x\n")))
    mailbox.select("INBOX")
    mailbox.store("1", "+FLAGS", r"(\Seen)")

    assert visit(a_road()).taken == [f"{TAKEN}/messidor_1.csv"]


def test_a_taken_mail_moves(connected, mailbox):
    receive(mailbox, a_mail(("messidor_1.csv", b"1;x\n")))

    visit(a_road(after="move", done_folder="Vus"))

    assert (seen(mailbox), seen(mailbox, "Vus")) == ([], [True])


def test_a_mail_with_files_for_two_sources_gives_both_theirs(connected, mailbox):
    receive(mailbox, a_mail(("messidor_1.csv", b"1;x\n"), ("noa24_1.csv", b"2;y\n")))
    messidor = a_road(after="move", done_folder="Vus")
    noa24 = a_source({"kind": "mailbox", "connection": "post", "from": [SENDER], "names": ["noa24_*"]}, code="noa24")

    assert visit(messidor, others=(noa24,)).taken == [f"{TAKEN}/messidor_1.csv"]
    assert visit(noa24, others=(messidor,)).taken == [f"{TAKEN.replace('messidor', 'noa24')}/noa24_1.csv"]
    assert visit(messidor, others=(noa24,)).taken == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (a_mail(("messidor_1.csv", b"x"), sender="cdr@autre.example"), "message 1: its sender is not in road.from"),
        (
            a_mail(("messidor_1.csv", b"x"), sender="cdr@fournisseur.example.autre.example"),
            "message 1: its sender is not in road.from",
        ),
        (a_mail(("facture.pdf", b"x")), "message 1: no attachment that the source means"),
        (a_mail(("messidor_1.csv.tmp", b"x")), "message 1: no attachment that the source means"),
        (a_mail(("messidor_1.csv", b"x" * 1_500_000)), "message 1: larger than 1 MiB; raise road.max_mib"),
        (a_mail(("messidor_1.csv", b"x" * 5000))[:-2000], "message 1: a part is damaged"),
    ],
)
def test_another_mail_is_left_as_it_is_and_told(connected, mailbox, tmp_path: Path, content: bytes, words: str):
    receive(mailbox, content)

    brought = visit(a_road(max_mib=1, names=["messidor_*"]))

    uid_words = brought.left[0].split(":", 1)[1]
    assert words.split(":", 1)[1] in uid_words
    assert (brought.taken, seen(mailbox), dropped(tmp_path / "drop")) == ([], [False], {})


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/messidor_1.csv", "messidor_1.csv"),
        (r"C:\export\messidor_1.csv", "messidor_1.csv"),
        ("messidor_été.csv", "messidor_été.csv"),
        ("messidor_\t1:*.csv", "messidor__1__.csv"),
        ("messidor_" + "é" * 300 + ".csv", "messidor_" + "é" * 68 + ".csv"),
    ],
)
def test_a_name_that_leads_elsewhere_becomes_a_plain_one(connected, mailbox, tmp_path: Path, name: str, kept: str):
    receive(mailbox, a_mail((name, b"1;x\n")))

    visit(a_road())

    assert list(dropped(tmp_path / "drop")) == [f"{TAKEN}/{kept}"]


def test_a_mail_without_a_date_has_the_time_of_its_arrival(connected, mailbox):
    content = a_mail(("messidor_1.csv", b"1;x\n"), date=None)
    receive(mailbox, content)

    assert visit(a_road()).taken == [f"{TAKEN}/messidor_1.csv"]


def test_two_mails_with_the_same_name_and_date_and_other_bytes_are_two_deliveries(connected, mailbox, tmp_path: Path):
    for content in (b"1;x\n", b"2;y\n"):
        receive(mailbox, a_mail(("messidor_1.csv", content)))

    visit(a_road())

    assert list(dropped(tmp_path / "drop").values()) == [digest(b"1;x\n"), digest(b"2;y\n")]


def test_a_whole_domain_can_be_believed(connected, mailbox):
    receive(mailbox, a_mail(("messidor_1.csv", b"1;x\n"), sender='"Cdr, Export" <Export@Fournisseur.example>'))

    assert visit(a_road(**{"from": ["@fournisseur.example"]})).taken == [f"{TAKEN}/messidor_1.csv"]


def test_a_mail_since_an_instant_is_seen_without_being_touched(connected, mailbox, tmp_path: Path):
    from billing.hooks.usage_roads import delivered
    from invoicing.usage.arrivals import read_arrival

    receive(mailbox, a_mail(("messidor_1.csv", b"1;x\n")))
    arrival = read_arrival(a_road(), "test.yml")
    sent_at = datetime(2026, 10, 3, 6, tzinfo=UTC)

    assert delivered(arrival, [arrival], sent_at) == ["messidor_1.csv"]
    assert delivered(arrival, [arrival], sent_at + timedelta(seconds=1)) == []
    assert (seen(mailbox), dropped(tmp_path / "drop")) == ([False], {})


def test_a_wrong_password_names_the_connection_and_not_the_password(connected):
    connected(password="pas le bon")

    with pytest.raises(RoadRefused, match=r"connection post: the login is refused .*renew its password") as refused:
        visit(a_road())
    assert "pas le bon" not in str(refused.value)


def test_a_folder_that_is_not_there_says_what_to_correct(connected):
    with pytest.raises(RoadRefused, match=r"there is no folder Absent; correct road.folder"):
        visit(a_road(folder="Absent"))


def test_a_certificate_of_another_authority_is_refused(connected, tmp_path: Path):
    connected(verify=str(certificate(tmp_path / "another").authority))

    with pytest.raises(RoadRefused, match="connection post: the server's certificate is not trusted"):
        visit(a_road())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ssl_context": "none"}, "has ssl_context: none: anybody could be that server"),
        ({"use_ssl": False, "host": "mail.fournisseur.example"}, "its password would travel in clear"),
    ],
)
def test_a_connection_that_anybody_could_read_is_refused(connected, change: dict[str, Any], words: str):
    connected(**change)

    with pytest.raises(RoadRefused, match=words):
        visit(a_road())


def test_killed_in_the_middle_of_a_mail_the_next_run_brings_it(connected, server: ImapServer, mailbox, tmp_path: Path):
    first, second = b"1;x\n", b"2;y\n" * 500_000
    for name, content in (("messidor_1.csv", first), ("messidor_2.csv", second)):
        receive(mailbox, a_mail((name, content)))
    with Relay(server.port, limit=600_000) as relay:
        connected(port=relay.port, use_ssl=False)
        killed_visit(a_road(), relay)
        assert list(dropped(tmp_path / "drop").values()) == [digest(first)]

        relay.open()
        assert visit(a_road()).taken == [f"{TAKEN}/messidor_2.csv"]

    assert list(dropped(tmp_path / "drop").values()) == [digest(first), digest(second)]
    assert seen(mailbox) == [True, True]


def test_a_server_that_hangs_up_is_left_to_the_next_run(connected, server: ImapServer, mailbox):
    receive(mailbox, a_mail(("messidor_1.csv", b"2;y\n" * 500_000)))
    with Relay(server.port, limit=600_000, hangs_up=True) as relay:
        connected(port=relay.port, use_ssl=False)

        with pytest.raises(RoadCut, match="connection post broke off"):
            visit(a_road())
    assert seen(mailbox) == [False]
