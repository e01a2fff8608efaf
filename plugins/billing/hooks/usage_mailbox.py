"""Usage files attached to mails: a message is read without being touched, and marked once its files are on disk."""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.imap.hooks.imap import ImapHook

from billing.hooks.usage_drop import RoadCut, RoadRefused, Taken, UsageDrop
from billing.hooks.usage_files import Brought
from billing.hooks.usage_http import MIB, is_loopback
from invoicing.usage.mails import MailError, UsageMail, is_believed, read_mail, sender_of
from invoicing.usage.road import MailboxRoad

SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
INTERNAL_DATE = re.compile(rb'INTERNALDATE "[^"]+"')
SILENCE_SECONDS = 60
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]  # whatever the locale


class UsageMailboxHook(ImapHook):
    """An Airflow connection of type imap: host, login and password, over TLS with a certificate that is verified."""

    def __init__(self, conn_id: str) -> None:
        super().__init__(conn_id)
        connection = self.get_connection(conn_id)
        extra = connection.extra_dejson
        if extra.get("ssl_context") == "none":
            raise RoadRefused(f"connection {conn_id} has ssl_context: none: anybody could be that server; remove it")
        if not extra.get("use_ssl", True) and not is_loopback(connection.host or ""):
            raise RoadRefused(f"connection {conn_id} has use_ssl: false: its password would travel in clear; remove it")

    def _build_client(self, conn: Any) -> imaplib.IMAP4:
        """A client that verifies the certificate, whatever Airflow is set to: the provider's own may trust anybody."""
        host, extra = conn.host or "", conn.extra_dejson
        if not extra.get("use_ssl", True):
            return imaplib.IMAP4(host, conn.port or imaplib.IMAP4_PORT, timeout=SILENCE_SECONDS)
        trusted = ssl.create_default_context(cafile=extra.get("verify"))
        return imaplib.IMAP4_SSL(
            host, conn.port or imaplib.IMAP4_SSL_PORT, ssl_context=trusted, timeout=SILENCE_SECONDS
        )

    @contextmanager
    def folder(self, name: str) -> Iterator["MailFolder"]:
        """A folder of the mailbox, for the block.

        Raises:
            RoadRefused: the login or the folder is refused. RoadCut: the server broke off.
        """
        place = f"connection {self.imap_conn_id}"
        try:
            try:
                self.get_conn()
            except imaplib.IMAP4.error as error:
                raise RoadRefused(f"{place}: the login is refused ({error}); renew its password") from None
            client = self.mail_client
            assert client is not None
            try:
                answer, _ = client.select(f'"{name}"')
                if answer != "OK":
                    raise RoadRefused(f"{place}: there is no folder {name}; correct road.folder")
                yield MailFolder(client, place)
            finally:
                self._leave()
        except ssl.SSLCertVerificationError as error:
            raise RoadRefused(
                f"{place}: the server's certificate is not trusted ({error.verify_message}); give the path of its CA as"
                " `verify` in the extra"
            ) from None
        except (imaplib.IMAP4.error, OSError) as error:
            raise RoadCut(f"{place} broke off ({type(error).__name__}: {error})") from error

    def _leave(self) -> None:
        client, self.mail_client = self.mail_client, None
        try:
            if client is not None:
                client.logout()
        except (imaplib.IMAP4.error, OSError):
            pass  # it has left already


class MailFolder:
    """An open folder; messages are named by UID, which stays while UIDVALIDITY does."""

    def __init__(self, client: imaplib.IMAP4, place: str) -> None:
        self.client = client
        self.place = place
        validity = client.response("UIDVALIDITY")[1][0]
        self.validity = validity.decode() if validity else ""

    def messages_since(self, since: datetime) -> list[str]:
        day = f"{since.day:02d}-{MONTHS[since.month - 1]}-{since.year}"
        return [uid.decode() for uid in self._uid("SEARCH", "SINCE", day)[0].split()]

    def outline(self, uid: str) -> tuple[int, datetime, str]:
        """Size, arrival and sender, without the message."""
        data = self._uid("FETCH", uid, "(RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS (FROM)])")
        words = b" ".join(part if isinstance(part, bytes) else part[0] for part in data if part)
        header = next((part[1] for part in data if isinstance(part, tuple)), b"")
        size, arrived = SIZE.search(words), INTERNAL_DATE.search(words)
        if size is None or arrived is None:
            raise RoadCut(f"{self.place}: message {uid} was taken away meanwhile")
        local = imaplib.Internaldate2tuple(arrived[0])
        arrived_at = datetime(*local[:6]).astimezone(UTC) if local else datetime.fromtimestamp(0, UTC)
        return int(size[1]), arrived_at, sender_of(header)

    def read(self, uid: str) -> UsageMail:
        data = self._uid("FETCH", uid, "(BODY.PEEK[])")
        content = next((part[1] for part in data if isinstance(part, tuple)), None)
        if content is None:
            raise RoadCut(f"{self.place}: message {uid} was taken away meanwhile")
        return read_mail(content)

    def mark(self, uid: str) -> None:
        self._uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def move(self, uid: str, folder: str) -> None:
        """Move a message, in one step where the server can."""
        capabilities = self.client.capability()[1][0].decode().upper().split()  # those before the login are fewer
        if not {"MOVE", "UIDPLUS"} & set(capabilities):
            raise RoadRefused(f"{self.place}: this server moves no single message; write after: seen")
        self.client.create(f'"{folder}"')  # refused when it is there, which is as good
        if "MOVE" in capabilities:
            self._uid("MOVE", uid, f'"{folder}"')
            return
        self._uid("COPY", uid, f'"{folder}"')
        self._uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        self._uid("EXPUNGE", uid)

    def _uid(self, *words: str) -> list[Any]:
        answer, data = self.client.uid(*words)
        if answer != "OK":
            raise RoadRefused(f"{self.place}: {words[0]} is refused ({data[0]!r})")
        return data


def collect_mails(
    hook: UsageMailboxHook,
    road: MailboxRoad,
    patterns: Sequence[str],
    drop: UsageDrop,
    asked_at: datetime,
    others: Sequence[str] = (),
) -> Brought:
    """Bring the attachments that the source means; a message without any stays as it is, and is told.

    Args:
        others: the patterns of other sources that share the mailbox: a message with files for them is not moved.
    """
    brought = Brought()
    with drop.alone(), hook.folder(road.folder) as folder:
        for uid in folder.messages_since(asked_at - timedelta(days=road.keeps_days)):
            try:
                _bring(folder, uid, road, patterns, drop, brought, others)
            except MailError as error:
                brought.left.append(f"message {uid}: {error}")
    return brought


def waiting_mails(hook: UsageMailboxHook, road: MailboxRoad, patterns: Sequence[str], since: datetime) -> list[str]:
    """Name the attachments of messages sent at or after an instant; nothing is brought."""
    found = []
    with hook.folder(road.folder) as folder:
        for uid in folder.messages_since(since - timedelta(days=1)):
            size, arrived_at, sender = folder.outline(uid)
            if is_believed(sender, road.senders) and size <= road.max_mib * MIB:
                mail = folder.read(uid)
                if (mail.sent_at or arrived_at) >= since:
                    found += [attachment.name for attachment in mail.wanted(patterns)]
    return found


def _bring(
    folder: MailFolder,
    uid: str,
    road: MailboxRoad,
    patterns: Sequence[str],
    drop: UsageDrop,
    brought: Brought,
    others: Sequence[str],
) -> None:
    key = f"{folder.validity}\x1f{uid}"
    taken = drop.taken(key)
    if taken is not None and taken.name == "":
        return  # marked, and left in place for another source
    size, arrived_at, sender = folder.outline(uid)
    if not is_believed(sender, road.senders):
        brought.left.append(f"message {uid}: its sender is not in road.from")
        return
    if size > road.max_mib * MIB:
        brought.left.append(f"message {uid}: larger than {road.max_mib} MiB; raise road.max_mib if that is right")
        return
    mail = folder.read(uid)
    wanted = mail.wanted(patterns)
    if not wanted:
        brought.left.append(f"message {uid}: no attachment that the source means")
        return
    sent_at = mail.sent_at or arrived_at
    for number, attachment in enumerate(wanted):
        part_key = f"{key}\x1f{number}"
        if drop.taken(part_key) is None:
            part = drop.part(part_key)
            part.write_bytes(attachment.content)
            brought.taken.append(drop.put(part_key, part, attachment.name, sent_at))
    folder.mark(uid)
    is_shared = any(UsageMail("", None, (found,)).wanted(others) for found in mail.attachments if found not in wanted)
    if road.done_folder and not is_shared:
        folder.move(uid, road.done_folder)
    drop.remember(key, Taken("", sent_at, ""))
