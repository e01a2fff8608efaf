"""Mails that carry usage: who sent them, when, and the attachments that a source means."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime

from invoicing.usage.file_names import is_unfinished, matches, safe_name

# What the parser says of a part that was cut; stray signs inside are harmless.
DAMAGES = (
    "CloseBoundaryNotFoundDefect",
    "InvalidBase64LengthDefect",
    "InvalidBase64PaddingDefect",
    "MultipartInvariantViolationDefect",
    "StartBoundaryNotFoundDefect",
)


class MailError(ValueError):
    """A message whose attachments cannot be had whole."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str  # safe on our disk
    content: bytes


@dataclass(frozen=True, slots=True)
class UsageMail:
    sender: str  # in lower case; '' when there is none, or more than one
    sent_at: datetime | None  # its Date, in UTC; None when it has no readable one
    attachments: tuple[Attachment, ...]

    def wanted(self, patterns: Sequence[str]) -> list[Attachment]:
        return [found for found in self.attachments if matches(found.name, patterns) and not is_unfinished(found.name)]


def sender_of(header: bytes) -> str:
    """The address of a message's From, read off its header."""
    return _sender(_parsed(header))


def is_believed(sender: str, senders: Sequence[str]) -> bool:
    """Whether an address is among those of the description: itself, or its whole domain ('@supplier.example')."""
    return any(sender == told or (told.startswith("@") and sender.endswith(told)) for told in senders)


def read_mail(content: bytes) -> UsageMail:
    """Read a message and decode its attachments.

    Raises:
        MailError: an attachment is cut or damaged.
    """
    try:
        message = _parsed(content)
        found = [attachment for part in message.walk() if (attachment := _attachment(part))]
    except RecursionError:
        raise MailError("its parts are nested too deep") from None
    return UsageMail(_sender(message), _sent_at(message), tuple(found))


def _attachment(part: Message) -> Attachment | None:
    """A part with a name, whole; None for the words of the mail."""
    name = "" if part.is_multipart() else _file_name(part)
    payload = part.get_payload(decode=True) if name else None
    if damages := [type(defect).__name__ for defect in part.defects if type(defect).__name__ in DAMAGES]:
        raise MailError(f"{safe_name(name) if name else 'a part'} is damaged ({damages[0]}); ask the sender again")
    return Attachment(safe_name(name), payload) if isinstance(payload, bytes) else None


def _parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _header(message: EmailMessage, name: str) -> str:
    """A header as text; '' when it is absent or no header at all, which the parser says in many ways."""
    try:
        return re.sub(r"\s+", " ", str(message.get(name, "")))
    except (ValueError, IndexError, AttributeError, TypeError, KeyError):
        return ""


def _sender(message: EmailMessage) -> str:
    addresses = [address for _, address in getaddresses([_header(message, "From")]) if "@" in address]
    return addresses[0].lower() if len(addresses) == 1 else ""


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        sent_at = parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, TypeError, IndexError):
        return None
    return sent_at.replace(tzinfo=sent_at.tzinfo or UTC).astimezone(UTC)


def _file_name(part: Message) -> str:
    try:
        return str(make_header(decode_header(part.get_filename() or "")))
    except (ValueError, IndexError, AttributeError, TypeError, KeyError, LookupError):
        return "unnamed"
