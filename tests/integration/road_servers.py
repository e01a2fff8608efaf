"""Real servers on free loopback ports, each with a configuration and files of its own, stopped after the test."""

import asyncio
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin")
HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(400):
        if process.poll() is not None:
            break
        with socket.socket() as client:
            if client.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"no server on port {port}: {log.read_text()[-2000:] if log.exists() else 'it wrote no log'}")


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server in the foreground, until the end of the block."""
    with open(log, "ab") as handle:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle)
    try:
        wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


@dataclass
class SftpServer:
    port: int
    folder: Path  # what it serves
    host_key: str
    private_key: str
    login: str = field(default_factory=lambda: pwd.getpwuid(os.getuid()).pw_name)


@contextmanager
def sftp_server(home: Path) -> Iterator[SftpServer]:
    """OpenSSH as the user of the tests; that user's key lets in, no password does."""
    home.mkdir()
    keys = {}
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(home / name)]
        subprocess.run(command, check=True, capture_output=True)
        keys[name] = (home / f"{name}.pub").read_text().strip()
    (home / "authorized_keys").write_text(keys["user"] + "\n")
    (home / "out").mkdir()
    port = free_port()
    (home / "sshd_config").write_text(
        f"Port {port}\nListenAddress {HOST}\nHostKey {home}/host\nAuthorizedKeysFile {home}/authorized_keys\n"
        f"PidFile {home}/pid\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication yes\n"
        "KbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\nMaxStartups 50\n"
    )
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # it demands its empty folder
    command = [str(SSHD), "-D", "-e", "-f", str(home / "sshd_config")]
    with running(command, port, home / "log"):
        yield SftpServer(port, home / "out", keys["host"], (home / "user").read_text())


@contextmanager
def password_server(login: str, password: str) -> Iterator[tuple[int, str]]:
    """An SFTP server on the whole disk that a password opens; gives its port and host key."""

    class Login(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, given: str) -> bool:
            return (username, given) == (login, password)

    key, loop = asyncssh.generate_private_key("ssh-ed25519"), asyncio.new_event_loop()
    serving = asyncssh.listen(HOST, 0, server_host_keys=[key], server_factory=Login, sftp_factory=True)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = asyncio.run_coroutine_threadsafe(_awaited(serving), loop).result(20)
    try:
        yield listener.get_port(), key.export_public_key().decode().strip()
    finally:
        listener.close()
        asyncio.run_coroutine_threadsafe(_awaited(listener.wait_closed()), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _awaited(something: Awaitable[Any]) -> Any:
    return await something


@dataclass
class ImapServer:
    port: int
    tls_port: int
    login: str = "factures"
    password: str = "un secret"


@contextmanager
def imap_server(certificate: "Certificate") -> Iterator[ImapServer]:
    """Dovecot with one mailbox, in a folder whose path is short enough for its sockets."""
    home = Path(tempfile.mkdtemp(prefix="imap-"))
    home.chmod(0o755)
    is_root = os.getuid() == 0
    user = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.getuid())  # it serves no mail of root's
    (home / "mail").mkdir()
    if is_root:
        os.chown(home / "mail", user.pw_uid, user.pw_gid)
    mine = ""
    if not is_root:  # nobody but itself to hand a part of its work to
        group = grp.getgrgid(user.pw_gid).gr_name
        mine = f"default_internal_user = {user.pw_name}\ndefault_login_user = {user.pw_name}\ndefault_internal_group = {group}\n"
    server = ImapServer(free_port(), free_port())
    (home / "passwd").write_text(f"{server.login}:{{PLAIN}}{server.password}\n")
    (home / "passwd").chmod(0o644)
    (home / "dovecot.conf").write_text(
        f"base_dir = {home}/run\nstate_dir = {home}/state\nlog_path = {home}/log\nprotocols = imap\nlisten = {HOST}\n"
        f"{mine}disable_plaintext_auth = no\nssl = yes\nssl_cert = <{certificate.chain}\nssl_key = <{certificate.key}\n"
        f"mail_location = maildir:{home}/mail\nfirst_valid_uid = 1\n"
        f"passdb {{\n driver = passwd-file\n args = {home}/passwd\n}}\n"
        f"userdb {{\n driver = static\n args = uid={user.pw_uid} gid={user.pw_gid} home={home}/mail\n}}\n"
        f"service imap-login {{\n chroot =\n inet_listener imap {{\n port = {server.port}\n }}\n"
        f" inet_listener imaps {{\n port = {server.tls_port}\n ssl = yes\n }}\n}}\n"
        "service anvil {\n chroot =\n}\n"
    )
    try:
        with running([str(DOVECOT), "-F", "-c", str(home / "dovecot.conf")], server.port, home / "log"):
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Certificate:
    authority: Path  # what a client must trust
    chain: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """A certificate of 127.0.0.1, signed by an authority made for the occasion."""
    folder.mkdir()
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("authority", "server")}
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test authority {folder.name}")])
    start = datetime.now(UTC) - timedelta(days=1)
    for name, key in keys.items():
        is_authority = name == "authority"
        subject = issuer if is_authority else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        identifier = x509.SubjectKeyIdentifier.from_public_key(keys["authority"].public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start).not_valid_after(start + timedelta(days=10))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), critical=False)
        )  # fmt: skip
        if is_authority:
            builder = builder.add_extension(identifier, critical=False)
        else:
            parent = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
            builder = builder.add_extension(parent, critical=False)
        signed = builder.sign(keys["authority"], hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        keys["server"].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return Certificate(folder / "authority.pem", folder / "server.pem", folder / "key.pem")


class Relay:
    """A port in front of a server that lets through a number of bytes of its answers, then stops or hangs up."""

    def __init__(self, target: int, limit: int | None = None, *, hangs_up: bool = False) -> None:
        self.target, self.limit, self.hangs_up = target, limit, hangs_up
        self.passed = 0
        self.is_full = threading.Event()
        self.listener = socket.create_server((HOST, 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def open(self) -> None:
        """Let everything through from now on, and count afresh."""
        self.limit, self.passed = None, 0
        self.is_full.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection((HOST, self.target))
            threading.Thread(target=self._copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._copy, args=(server, client, True), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        try:
            while piece := source.recv(65536):
                if is_answer:
                    if self.limit is not None and self.passed + len(piece) > self.limit:
                        self.is_full.set()
                        if not self.hangs_up:
                            time.sleep(600)
                        break
                    self.passed += len(piece)
                target.sendall(piece)
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
