"""Watch: keep the alerts that dbt found, tell people, keep their answers, land their limits."""

import json
import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

if TYPE_CHECKING:
    from invoicing.watching import FraudAlert

WEBHOOK_SECONDS = 10  # longer, and the landing would wait for a chat service
VARIABLE = "{{{{ var.value.get('{}', '') }}}}"


class NotTold(RuntimeError):
    """An alert did not leave; the message says why, and never holds what it would have said."""


class WatchOperator(BaseOperator):
    """Keep the alerts of this look, and tell those that nobody was told, or that became twice as dear.

    A server that is down never stops landing: the task ends as skipped, says so, and the next run tells.

    Args:
        recipients: addresses, with commas between them; by default the Airflow variable `fraud_recipients`.
        webhook_conn_id: an HTTP connection that takes a POST of JSON; by default the variable `fraud_webhook_conn_id`.
    """

    template_fields: Sequence[str] = ("recipients", "webhook_conn_id")

    def __init__(
        self,
        *,
        recipients: str = VARIABLE.format("fraud_recipients"),
        webhook_conn_id: str = VARIABLE.format("fraud_webhook_conn_id"),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.recipients = recipients
        self.webhook_conn_id = webhook_conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Return how many alerts are new, how many changed, and how many were told on each channel."""
        from billing.hooks.warehouse import WarehouseHook
        from billing.hooks.watch import WatchStore

        store = WatchStore(WarehouseHook().get_conn)
        new, changed = store.keep_alerts()
        self.log.info("Fraud watching: %d new alerts, %d changed", new, changed)
        counts = {"new": new, "changed": changed}
        channels = {"email": self._mail, "webhook": self._post}
        chosen = [
            name for name, address in zip(channels, (self.recipients, self.webhook_conn_id), strict=True) if address
        ]
        if not chosen:
            waiting = len(store.due("email"))
            if waiting:
                raise AirflowSkipException(
                    f"{waiting} fraud alerts and nobody to tell: set the Airflow variable fraud_recipients "
                    "or fraud_webhook_conn_id; the next run tells them"
                )
            return counts
        failures = []
        for channel in chosen:
            alerts = store.due(channel)
            counts[channel] = 0
            if not alerts:
                continue
            try:
                channels[channel](alerts)
            except NotTold as failure:
                self.log.warning("%d fraud alerts not told by %s: %s", len(alerts), channel, failure)
                failures.append(f"{len(alerts)} by {channel}")
                continue
            store.mark_told(channel, alerts)
            counts[channel] = len(alerts)
        if failures:
            raise AirflowSkipException(
                f"fraud alerts not told: {', '.join(failures)}; reasons above, the next run tells them"
            )
        return counts

    def _mail(self, alerts: Sequence["FraudAlert"]) -> None:
        from billing.hooks.mail import MailHook, MailInDoubt, MailPostponed, MailRefused
        from invoicing.watching import mail_body, mail_subject

        hook = MailHook()
        addresses = [address.strip() for address in self.recipients.split(",") if address.strip()]
        try:
            client = hook.client
            message = EmailMessage(policy=SMTP)
            message["From"] = hook.from_email or addresses[0]
            message["To"] = ", ".join(addresses)
            message["Subject"] = mail_subject(alerts)
            message["Date"] = format_datetime(datetime.now(UTC))
            message["Message-ID"] = make_msgid(domain=addresses[0].rpartition("@")[2])
            message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
            message["X-Priority"] = "1"
            message.set_content(mail_body(alerts))
            hook.send(message, client)
        except MailInDoubt as error:
            raise NotTold(f"{error}; it is sent again: twice is better than never") from None
        except (MailRefused, MailPostponed, OSError, smtplib.SMTPException, AirflowException, ValueError) as error:
            raise NotTold(f"{type(error).__name__}: {error}") from None
        finally:
            hook.close()

    def _post(self, alerts: Sequence["FraudAlert"]) -> None:
        import requests
        from airflow.providers.http.hooks.http import HttpHook

        from invoicing.watching import webhook_body

        try:
            HttpHook(method="POST", http_conn_id=self.webhook_conn_id).run(
                data=json.dumps(webhook_body(alerts), ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                extra_options={"timeout": WEBHOOK_SECONDS, "allow_redirects": False},
            )
        except (requests.RequestException, AirflowException, OSError) as error:
            raise NotTold(
                f"{type(error).__name__} of connection {self.webhook_conn_id}"
            ) from None  # its URL may be secret


class AnswerFraudAlertOperator(BaseOperator):
    """Keep a person's answer to an alert; who answers is who triggered the run."""

    template_fields: Sequence[str] = ("alert_key", "answer", "reason", "decided_by")

    def __init__(
        self,
        *,
        alert_key: str = "{{ params.alert_key }}",
        answer: str = "{{ params.answer }}",
        reason: str = "{{ params.reason }}",
        decided_by: str = "{{ dag_run.triggering_user_name or '' }}",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alert_key = alert_key
        self.answer = answer
        self.reason = reason
        self.decided_by = decided_by

    def execute(self, context: Context) -> bool:
        from billing.hooks.warehouse import WarehouseHook
        from billing.hooks.watch import AnswerRefused, WatchStore

        try:
            kept = WatchStore(WarehouseHook().get_conn).decide(
                self.alert_key, self.answer, decided_by=self.decided_by, reason=self.reason
            )
        except AnswerRefused as refusal:
            raise AirflowFailException(str(refusal)) from None  # not retried: it would be refused again
        self.log.info("Alert %s: %s%s", self.alert_key, self.answer, "" if kept else " (already the last answer)")
        return kept


class LandWatchListsOperator(BaseOperator):
    """Replace each list of limits, silences or test numbers whose file lies in the folder `watch` of the drop."""

    template_fields: Sequence[str] = ("folder",)

    def __init__(self, *, folder: str = "watch", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = folder

    def execute(self, context: Context) -> dict[str, int]:
        from billing.hooks.file_store import FileStoreHook
        from billing.hooks.warehouse import WarehouseHook
        from billing.hooks.watch import LISTS, WatchStore

        root = Path(FileStoreHook().root) / self.folder
        paths = {table: root / f"{table}.csv" for table in LISTS}
        files = {table: path.read_bytes() for table, path in paths.items() if path.exists()}
        replaced = WatchStore(WarehouseHook().get_conn).replace_lists(files)
        for table, (ended, started) in replaced.items():
            self.log.info("%s: %d rows stopped being known, %d started", table, ended, started)
        return {table: started for table, (_, started) in replaced.items()}
