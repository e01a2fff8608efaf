"""A supplier's API over real TLS on loopback: the pages that a test tells it, what was asked, and faults on the way."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.road_servers import HOST, Certificate
from tests.integration.road_visits import a_source, connect

AUTHORIZATION = "Bearer jeton-de-test"


@dataclass
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False  # the body stops half way


@dataclass
class Api:
    """What the server says: `pages` answers an address; `faults` come first, one for each question."""

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict)  # '/path?query' to answer
    faults: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    batch_headers: list[str | None] = field(default_factory=list)
    authorization: str = AUTHORIZATION

    @property
    def root(self) -> str:
        return f"https://{HOST}:{self.port}"

    def says(self, address: str, body: bytes | str | list[Any] | dict[str, Any], **headers: str) -> None:
        content = (
            body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        )
        self.pages[normal(address)] = Answer(
            content, headers={name.replace("_", "-"): v for name, v in headers.items()}
        )

    def answer(self, address: str, headers: Mapping[str, str]) -> Answer:
        self.asked.append(normal(address))
        self.batch_headers.append(headers.get("X-OVH-Batch"))
        if headers.get("Authorization") != self.authorization:
            return Answer(b"refused: 0639980012", 401)
        if self.faults:
            return self.faults.pop(0)
        return self.pages.get(normal(address), Answer(b'{"message": "0639980012 not found"}', 404))


def normal(address: str) -> str:
    """The same for any order of the query."""
    parts = urlsplit(address)
    query = sorted((name, value) for name, values in parse_qs(parts.query).items() for value in values)
    return parts.path + ("?" + "&".join(f"{name}={value}" for name, value in query) if query else "")


@contextmanager
def running_api(certificate: Certificate) -> Iterator[Api]:
    """Serve until the end of the block."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = api.answer(self.path, self.headers)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.is_cut else answer.body)
            self.close_connection = answer.is_cut or self.close_connection

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


DAY = "usage/ovh/https/20261004T220000Z/ovh_20261004.json"  # its Paris day ends at 22:00 UTC
ASKED = "/cdr?from=2026-10-03T22:00:00Z&to=2026-10-04T22:00:00Z"


def a_road(pages: dict[str, Any] | None = None, lateness_hours: int = 24, **keys: Any) -> str:
    """The description of a source that asks for a day between two instants."""
    query = {"from": "{from}", "to": "{until}"}
    road = {"kind": "https", "connection": "supplier", "path": "/cdr", "query": query, "keeps_days": 1, **keys}
    if pages:
        road["pages"] = pages
    return a_source(road, code="ovh", rhythm={"every": "day", "lateness_hours": lateness_hours})


def connect_api(monkeypatch: pytest.MonkeyPatch, trusted: Certificate, drop: Path, host: str, **extra: Any) -> None:
    """Point the connection `supplier` at the server."""
    connect(monkeypatch, "usage_drop", conn_type="fs", extra={"path": str(drop)})
    usual = {"verify": str(trusted.authority), "Authorization": AUTHORIZATION}
    connect(monkeypatch, "supplier", conn_type="http", host=host, extra={**usual, **extra})
