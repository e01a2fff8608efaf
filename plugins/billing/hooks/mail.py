"""E-mail through Airflow's SMTP provider: one connection for many messages, each attempt told apart by its outcome."""

import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from typing import cast

from airflow.providers.smtp.hooks.smtp import SmtpHook

from invoicing.delivery import InvoiceMail, mail_body, mail_subject


class MailRefused(RuntimeError):
    """The server refuses this message for good; its own words are in the message."""


class MailPostponed(RuntimeError):
    """The server did not take the message and may do so later."""


class MailInDoubt(RuntimeError):
    """The connection broke after the message began to leave: nobody knows whether it was taken."""


class MailHook(SmtpHook):
    """Sends invoices over connection `smtp_default`; its extra `from_email` is the envelope's sender, if any."""

    @property
    def client(self) -> smtplib.SMTP:
        """An open connection, logged in; opened again when the server closed it meanwhile.

        Raises:
            OSError, smtplib.SMTPException, AirflowException: the server cannot be reached, or refuses the login.
        """
        client = cast("smtplib.SMTP | None", self._smtp_client)
        if client is not None:
            try:
                if client.noop()[0] == 250:
                    return client
            except (smtplib.SMTPException, OSError):
                pass
            self.close()
        self.get_conn()
        return cast("smtplib.SMTP", self._smtp_client)

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._smtp_client is not None:
            self.__exit__(None, None, None)

    def message(
        self, mail: InvoiceMail, *, recipient: str, message_id: str, sent_at: datetime, file_name: str, content: bytes
    ) -> EmailMessage:
        """Write the message: plain text, then the Factur-X as it is archived.

        Raises:
            ValueError: an address or a name that no header can hold.
        """
        sender = parseaddr(self.from_email or mail.seller_email)[1]
        message = EmailMessage(policy=SMTP)
        message["From"] = formataddr((mail.seller_name, sender))
        message["To"] = recipient
        message["Reply-To"] = mail.seller_email
        message["Subject"] = mail_subject(mail)
        message["Date"] = format_datetime(sent_at)
        message["Message-ID"] = message_id
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
        message.set_content(mail_body(mail))
        message.add_attachment(content, maintype="application", subtype="pdf", filename=file_name)
        return message

    def send(self, message: EmailMessage, client: smtplib.SMTP) -> None:
        """Hand one message over, once.

        Raises:
            MailRefused: answered with 5xx. MailPostponed: answered with 4xx. MailInDoubt: not answered.
        """
        try:
            refused = client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = max(error.recipients.values(), key=lambda answer: answer[0])
            raise _refusal(code, words) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(str(error)) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailInDoubt(f"{type(error).__name__} before the server's answer") from None
        for address, (code, words) in refused.items():  # taken for the others: sending again would reach them twice
            self.log.error("%s was refused by the server: %s", address, _refusal(code, words))


def _refusal(code: int, words: bytes | str) -> MailRefused | MailPostponed:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    kind = MailRefused if code >= 500 else MailPostponed
    return kind(f"{code} {text}"[:500])
