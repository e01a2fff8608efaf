"""Mails that carry usage, read from whatever bytes arrive."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.usage.mails import MailError, is_believed, read_mail, sender_of

PART = "--b\r\nContent-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; {name}\r\n\r\n{body}\r\n"


def a_mail(*parts: str, head: str = "From: A <Cdr@X.example>\r\nDate: Sat, 03 Oct 2026 08:00:00 +0200\r\n") -> bytes:
    return f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{''.join(parts)}--b--\r\n".encode()


def test_sender_date_and_attachments_are_read():
    mail = read_mail(a_mail(PART.format(name='filename="a_1.csv"', body="MTt4"), "--b\r\n\r\nCi-joint.\r\n"))

    assert (mail.sender, mail.sent_at) == ("cdr@x.example", datetime(2026, 10, 3, 6, tzinfo=UTC))
    assert [(found.name, found.content) for found in mail.attachments] == [("a_1.csv", b"1;x")]
    assert [found.name for found in mail.wanted(["a_*"])] == ["a_1.csv"]
    assert mail.wanted(["b_*"]) == []


@pytest.mark.parametrize(
    "name", ["filename*=utf-8''a_%C3%A9t%C3%A9.csv", 'filename="=?utf-8?B?YV/DqXTDqS5jc3Y=?="', 'filename="=?utf-8?Q?a=5F=C3=A9t=C3=A9.csv?="']
)  # fmt: skip
def test_a_name_with_accents_is_read_in_every_writing(name: str):
    [found] = read_mail(a_mail(PART.format(name=name, body="MTt4"))).attachments

    assert found.name == "a_été.csv"


@pytest.mark.parametrize("body", ["MTt", "MTt4M"])
def test_a_cut_attachment_is_refused(body: str):
    with pytest.raises(MailError, match=r"a_1.csv is damaged"):
        read_mail(a_mail(PART.format(name='filename="a_1.csv"', body=body)))


def test_a_mail_whose_end_is_missing_is_refused():
    with pytest.raises(MailError, match="a part is damaged"):
        read_mail(a_mail(PART.format(name='filename="a_1.csv"', body="MTt4"))[:-7])


@pytest.mark.parametrize("date", ["", "Date: hier\r\n", "Date: \r\n"])
def test_a_date_that_says_nothing_is_none(date: str):
    head = f"From: a@x.example\r\n{date}"

    assert read_mail(a_mail(PART.format(name="", body="MTt4"), head=head)).sent_at is None


@pytest.mark.parametrize("header", [b"From: a@x.example, b@x.example\r\n", b"From: nobody\r\n", b"To: a@x.example\r\n"])
def test_a_mail_has_one_sender_or_none(header: bytes):
    assert sender_of(header + b"\r\n") == ""


@pytest.mark.parametrize(
    ("sender", "is_so"),
    [("cdr@x.example", True), ("any@y.example", True), ("cdr@z.x.example", False), ("cdr@evily.example", False), ("", False)],
)  # fmt: skip
def test_a_sender_is_believed_by_address_or_domain(sender: str, is_so: bool):
    assert is_believed(sender, ["cdr@x.example", "@y.example"]) is is_so


@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail_or_are_refused(content: bytes):
    for mail in (content, a_mail() + content, a_mail(head="From: " + content.decode("latin-1") + "\r\n")):
        with contextlib.suppress(MailError):
            read_mail(mail)
        sender_of(mail)
