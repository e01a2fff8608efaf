"""Files of a supplier's SFTP server. Its host key is known beforehand, or nobody gives it a password."""

import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
from airflow.providers.sftp.hooks.sftp import SFTPHook

from billing.hooks.usage_drop import RoadCut, RoadRefused
from billing.hooks.usage_files import Look, free_name
from invoicing.usage.road import FileRoad

CHUNK = 1024 * 1024
AHEAD = 8 * CHUNK  # asked for at once, and so in memory: one question after the other would wait for each answer
CONNECT_SECONDS = 20
SILENCE_SECONDS = 60
UNSAFE = ("no_host_key_check", "ignore_hostkey_verification", "allow_host_key_change")


class UsageSftpHook(SFTPHook):
    """An Airflow connection of type sftp: host, login, then a password or a `private_key`; `host_key` in its extra."""

    def __init__(self, conn_id: str) -> None:
        extra = self.get_connection(conn_id).extra_dejson
        for word in UNSAFE:
            if str(extra.get(word, "")).lower() == "true":
                raise RoadRefused(f"connection {conn_id} has {word}: anybody could be that server; remove it")
        if not extra.get("host_key"):
            raise RoadRefused(
                f"connection {conn_id} has no host_key; ask the supplier for it, compare it with `ssh-keyscan`, and"
                " write it in the extra as 'ssh-ed25519 AAAA…'"
            )
        # Airflow tries a task again; a wrong password tried three times in a row only locks the account.
        super().__init__(ssh_conn_id=conn_id, conn_retry_attempts=1)
        self.conn_timeout = self.conn_timeout or CONNECT_SECONDS
        self.look_for_keys = False  # the connection says who we are, not the machine

    @contextmanager
    def opened(self) -> Iterator[paramiko.SFTPClient]:
        """The server for the block.

        Raises:
            RoadRefused: not the server that we know, or it does not let us in. RoadCut: it broke off.
        """
        place = f"connection {self.ssh_conn_id}: {self.remote_host}:{self.port}"
        try:
            with self.get_managed_conn() as client:
                self._refuse_another_server(place)
                client.get_channel().settimeout(SILENCE_SECONDS)
                yield client
        except paramiko.BadHostKeyException:
            raise RoadRefused(
                f"{place} shows another host key than the connection's; ask the supplier before you write the new one"
            ) from None
        except paramiko.AuthenticationException:
            raise RoadRefused(f"{place} refuses {self.username}; renew the password or the key") from None
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise RoadCut(f"{place} broke off ({type(error).__name__}: {error})") from error

    def _refuse_another_server(self, place: str) -> None:
        """The machine's own list of known hosts does not outweigh the connection."""
        transport = self._ssh_conn.get_transport() if self._ssh_conn else None
        if transport is None or transport.get_remote_server_key() != self.host_key:
            raise RoadRefused(
                f"{place} is known to this machine by another host key than the connection's; correct one"
            )


class SftpShelf:
    """One folder of the server."""

    def __init__(self, road: FileRoad) -> None:
        self.hook = UsageSftpHook(road.connection)
        self.folder = road.folder
        self._client: paramiko.SFTPClient | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        with self.hook.opened() as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None

    @property
    def client(self) -> paramiko.SFTPClient:
        if self._client is None:
            raise RuntimeError("the folder is looked at inside `opened` only")
        return self._client

    def look(self) -> Look:
        try:
            entries = self.client.listdir_attr(self.folder)
        except (FileNotFoundError, PermissionError) as error:
            raise RoadRefused(
                f"connection {self.hook.ssh_conn_id}: {self.folder} cannot be read ({error}); correct road.folder"
            ) from None
        return {
            entry.filename: _size_and_time(entry)
            for entry in entries
            if stat.S_ISREG(entry.st_mode or 0) and "/" not in entry.filename
        }

    def status(self, name: str) -> tuple[int, int] | None:
        try:
            return _size_and_time(self.client.lstat(self._path(name)))
        except FileNotFoundError:
            return None

    def fetch(self, name: str, size: int, part: Path) -> None:
        """Stream the file, from where a killed run stopped; its last piece is asked for again."""
        start = max(0, min(part.stat().st_size, size) - CHUNK) if part.exists() else 0
        with open(part, "r+b" if part.exists() else "wb") as handle:
            handle.truncate(start)
            handle.seek(start)
            while start < size:
                end = min(start + AHEAD, size)
                # Opened for each stretch: what paramiko fetched ahead and did not use stays in memory until the close.
                with self.client.open(self._path(name), "rb") as remote:
                    remote.seek(start)
                    remote.prefetch(end)
                    while start < end and (piece := remote.read(min(CHUNK, end - start))):
                        start += handle.write(piece)
                if start < end:
                    return  # shorter than it was: the caller sees it

    def move(self, name: str, folder: str) -> None:
        done = self._path(folder)
        try:
            try:
                taken = set(self.client.listdir(done))
            except FileNotFoundError:
                self.client.mkdir(done)
                taken = set()
            self.client.rename(self._path(name), posixpath.join(done, free_name(name, taken)))
        except PermissionError:
            raise RoadRefused(
                f"connection {self.hook.ssh_conn_id}: {name} may not be moved to {done}; write after: leave"
            ) from None

    def _path(self, name: str) -> str:
        return posixpath.join(self.folder, name)


def _size_and_time(entry: paramiko.SFTPAttributes) -> tuple[int, int]:
    return entry.st_size or 0, entry.st_mtime or 0
