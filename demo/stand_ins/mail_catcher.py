"""A mail server that keeps every message as a file and sends none on, for development and tests.

    python -m demo.stand_ins.mail_catcher --port 8025 --folder mails

An address whose local part is `refused` is refused, `postponed` is put off: what a real server may answer.
"""

import argparse
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

LARGEST_MESSAGE = 50_000_000
ANSWERS = {
    "refused": "550 5.1.1 no such mailbox",
    "postponed": "451 4.3.0 try again later",
}


class Keeper:
    """Stores each message as `<arrival in ns>-<digest>.eml`, whole or not at all."""

    def __init__(self, folder: Path, answer_delay: float = 0.0) -> None:
        self.folder = folder
        self.answer_delay = answer_delay
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        answer = ANSWERS.get(address.partition("@")[0])
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        name = f"{time.time_ns()}-{sha256(content).hexdigest()[:12]}.eml"
        partial = self.folder / f"{name}.partial"
        partial.write_bytes(content)
        partial.rename(self.folder / name)
        if self.answer_delay:
            time.sleep(self.answer_delay)  # the message is kept, the sender still waits
        return "250 OK"


def catcher(host: str, port: int, folder: Path, answer_delay: float = 0.0) -> Controller:
    """A mail catcher, not started yet."""
    return Controller(
        Keeper(folder, answer_delay), hostname=host, port=port, data_size_limit=LARGEST_MESSAGE, ident="mail catcher"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.stand_ins.mail_catcher", description="mail catcher")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--folder", type=Path, required=True, help="where messages are kept, as .eml")
    parser.add_argument("--answer-delay", type=float, default=0.0, help="seconds between keeping and answering")
    options = parser.parse_args()
    controller = catcher(options.host, options.port, options.folder, options.answer_delay)
    controller.start()
    print(f"mail catcher on {options.host}:{options.port}", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        controller.stop()


if __name__ == "__main__":
    main()
