"""A stand-in for Chorus Pro behind PISTE, for development and tests: real HTTP, the documented protocol, no network.

    python -m demo.stand_ins.chorus --port 8090 --state-file chorus.json

Tokens expire, credentials are checked, flows take their time, and what was deposited is really read. The routes under
`/stand-in/` belong to the tests: `faults` (POST), `clock` (POST), `flows` (GET). Neither credentials nor bodies are
printed. Not for production: it listens on loopback unless told otherwise.
"""

import argparse
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from demo.stand_ins.chorus_flows import Flows
from demo.stand_ins.chorus_protocol import DEVELOPMENT_CREDENTIALS, Answer, StandIn
from demo.stand_ins.chorus_reading import read_receivers

RECEIVERS = Path(__file__).with_name("receivers.json")
LARGEST_BODY = 170_000_000  # 120 MB in base64
TOKEN_PATH = "/api/oauth/token"
LATE = ("late_answer", "lose_answer")


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], stand_in: StandIn, *, is_quiet: bool = False) -> None:
        super().__init__(address, Handler)
        self.stand_in = stand_in
        self.is_quiet = is_quiet

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is not worth a traceback here."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        if urlsplit(self.path).path != "/stand-in/flows":
            return self._answer(404, {"error": "not found"})
        flows = stand_in.flows
        rows = [
            {
                "flow_number": flow.flow_number, "invoice_number": flow.invoice.get("number"), "sha256": flow.sha256,
                "state": flows.state(flow), "labels": flows.labels(flow),
            }
            for flow in flows.flows
        ]  # fmt: skip
        return self._answer(200, {"flows": rows})

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        try:
            raw = self._read_body()
            if path.startswith("/stand-in/"):
                return self._answer(200, self._administer(path, _object(raw)))
            fault = self.server.stand_in.take_fault(path)
            time.sleep(fault["seconds"] if fault.get("kind") == "delay" else 0)
            if fault.get("kind") == "error":
                raise Answer(fault.get("status", 500), {"error": "injected"})
            body = self._work(path, raw, fault)
        except Answer as answer:
            return self._answer(answer.status, answer.body)
        if fault.get("kind") == "error_after":
            return self._answer(fault.get("status", 502), {"error": "injected"})
        if fault.get("kind") in LATE:
            time.sleep(fault.get("seconds", 0))
        if fault.get("kind") == "lose_answer":
            self.close_connection = True
            return None
        return self._answer(200, body)

    def _work(self, path: str, raw: bytes, fault: dict[str, Any]) -> dict[str, Any]:
        stand_in = self.server.stand_in
        if path == TOKEN_PATH:
            return stand_in.token(parse_qs(raw.decode("utf-8", "replace")))
        if not path.startswith("/cpro/"):
            raise Answer(404, {"error": "not found"})
        stand_in.check_headers(self.headers.get("Authorization", ""), self.headers.get("cpro-account", ""))
        if fault.get("kind") == "refuse":
            return {"codeRetour": 20000, "libelle": fault.get("libelle", "Demande refusée")}
        return stand_in.business(path, _object(raw), fault)

    def _administer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/stand-in/faults":
            return self.server.stand_in.add_fault(body)
        if path == "/stand-in/clock":
            self.server.stand_in.flows.advance_clock(float(body["advance_seconds"]))
            return {"advance_seconds": self.server.stand_in.flows.advance}
        raise Answer(404, {"error": "not found"})

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Answer(413 if length.isdecimal() else 411, {"error": "a body of an admitted length is wanted"})
        return self.rfile.read(int(length))

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if not self.server.is_quiet:
            print(f"{self.command} {urlsplit(self.path).path} {int(code)}", flush=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing else is printed."""


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError):
        body = None
    if not isinstance(body, dict):
        raise Answer(400, {"error": "a JSON object is wanted"})
    return body


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.stand_ins.chorus", description="Chorus Pro stand-in")
    parser.add_argument("--port", type=int, required=True, help="0: any free port, printed")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state-file", type=Path, help="flows survive a restart")
    parser.add_argument("--credentials", type=Path, help="JSON: client_id, client_secret, login, password")
    parser.add_argument("--receivers", type=Path, default=RECEIVERS, help="JSON: the directory of public bodies")
    parser.add_argument("--processing-seconds", type=float, default=2.0, help="from the deposit to the verdict")
    parser.add_argument("--token-seconds", type=float, default=3600.0)
    parser.add_argument("--quiet", action="store_true", help="print no request")
    options = parser.parse_args()
    credentials = DEVELOPMENT_CREDENTIALS
    if options.credentials:
        credentials = {name: json.loads(options.credentials.read_text())[name] for name in DEVELOPMENT_CREDENTIALS}
    flows = Flows(read_receivers(options.receivers), options.processing_seconds, options.state_file)
    stand_in = StandIn(flows, credentials, options.token_seconds)
    with Server((options.host, options.port), stand_in, is_quiet=options.quiet) as server:
        print(f"Chorus Pro stand-in on http://{options.host}:{server.server_address[1]}/cpro", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
