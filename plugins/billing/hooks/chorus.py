"""Chorus Pro through PISTE: tokens, deposits, flows, look-ups. Bodies and their meaning are in `invoicing.chorus`.

Neither a credential nor the body of an answer is ever logged or put into an error: an answer may echo the request.
"""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import requests
from airflow.sdk import BaseHook
from urllib3.exceptions import NewConnectionError

from invoicing import chorus
from invoicing.chorus import FlowReport, FoundInvoice
from invoicing.delivery import ReceiverRules

DEPOSIT = "factures/v1/deposer/flux"
FLOW = "transverses/v1/consulterCRDetaille"
SEARCH = "factures/v1/rechercher/fournisseur"
HISTORY = "factures/v1/consulter/historique"
STRUCTURES = "structures/v1/rechercher"
STRUCTURE = "structures/v1/consulter"
SERVICES = "structures/v1/rechercher/services"

RENEWAL_MARGIN = 240  # seconds before its end, a token is renewed
MAXIMUM_PAGES = 100


class ChorusError(RuntimeError):
    """Something between Chorus Pro and us failed."""


class ChorusUnavailable(ChorusError):
    """A technical failure: nothing was taken, try again later."""


class AnswerLost(ChorusUnavailable):
    """The request left and no answer came: it may have been taken. Search before sending it again."""


class ChorusUnauthorised(ChorusError):
    """PISTE or Chorus Pro refuses our credentials or our subscription: a person corrects the connection."""


class ChorusRefused(ChorusError):
    """Chorus Pro answered, and refuses the request; its own words are in the message."""


@dataclass(frozen=True, slots=True)
class ChorusSettings:
    """The Airflow connection `chorus_pro`, read once."""

    api_url: str
    oauth_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    login: str = field(repr=False)
    password: str = field(repr=False)
    doubt_seconds: float = 6 * 3600.0  # how long a deposit without an answer may still turn up in a search
    poll_seconds: tuple[float, ...] = (300.0, 900.0, 1800.0, 3600.0)  # between two looks at a flow; the last repeats
    timeout_seconds: float = 60.0

    @classmethod
    def from_connection(cls, connection: Any) -> "ChorusSettings":
        """Read host, login, password and extra.

        Raises:
            ChorusUnauthorised: a field is missing; names it, never its value.
        """
        extra = connection.extra_dejson
        host = connection.host or ""
        if host and "://" not in host:
            port = f":{connection.port}" if connection.port else ""
            host = f"{connection.schema or 'https'}://{host}{port}/cpro"
        required = {
            "host": host, "login": connection.login, "password": connection.password,
            **{name: extra.get(name) for name in ("oauth_url", "client_id", "client_secret")},
        }  # fmt: skip
        missing = [name for name, value in required.items() if not value]
        if missing:
            raise ChorusUnauthorised(
                f"connection {connection.conn_id} lacks {', '.join(missing)}; see docs/how-to/chorus-pro.md"
            )
        tuned = {name: float(extra[name]) for name in ("doubt_seconds", "timeout_seconds") if name in extra}
        if extra.get("poll_seconds"):
            tuned["poll_seconds"] = tuple(float(seconds) for seconds in extra["poll_seconds"])
        return cls(
            api_url=host.rstrip("/"), oauth_url=extra["oauth_url"], client_id=extra["client_id"],
            client_secret=extra["client_secret"], login=connection.login, password=connection.password, **tuned,
        )  # fmt: skip


class ChorusHook(BaseHook):
    """Chorus Pro, as a supplier sees it. Gets its token at the first call, and renews it ahead of its end."""

    conn_name_attr = "chorus_conn_id"
    default_conn_name = "chorus_pro"
    conn_type = "http"
    hook_name = "Chorus Pro"

    def __init__(self, chorus_conn_id: str = default_conn_name, settings: ChorusSettings | None = None) -> None:
        super().__init__()
        self.chorus_conn_id = chorus_conn_id
        self._given_settings = settings
        self._token = ""
        self._renew_at = 0.0  # on the monotonic clock

    @cached_property
    def settings(self) -> ChorusSettings:
        return self._given_settings or ChorusSettings.from_connection(self.get_connection(self.chorus_conn_id))

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.auth = lambda request: request  # ours stays: a .netrc would replace the Authorization header
        return session

    def get_conn(self) -> requests.Session:
        """Make sure that a token is held: wrong credentials show here, before anything leaves."""
        if time.monotonic() >= self._renew_at:
            self._renew_token()
        return self._session

    def deposit(self, file_name: str, content: bytes) -> str:
        """Deposit one Factur-X; return its flow number.

        Raises:
            AnswerLost: the flow may have been taken.
            ChorusRefused, ChorusUnavailable, ChorusUnauthorised: it was not.
        """
        answer = self._post(DEPOSIT, chorus.deposit_body(file_name, content))
        if not answer.get("numeroFluxDepot"):
            raise ChorusRefused("deposit answered without a flow number")
        return str(answer["numeroFluxDepot"])

    def flow(self, flow_number: str, invoice_number: str) -> FlowReport:
        """Look at a flow once."""
        return chorus.read_flow(self._post(FLOW, {"numeroFluxDepot": flow_number}), invoice_number)

    def find_invoice(self, invoice_number: str, supplier_siret: str) -> FoundInvoice | None:
        """Search Chorus Pro for an invoice of ours, page by page; None when it holds none under this number."""
        rows = self._pages(SEARCH, "listeFactures", lambda page: chorus.search_body(invoice_number, page))
        return chorus.find_invoice(list(rows), invoice_number, supplier_siret)

    def invoice_status(self, chorus_id: int) -> str:
        """The current status of an integrated invoice: DEPOSEE, MISE_A_DISPOSITION, MISE_EN_PAIEMENT…"""
        return str(self._post(HISTORY, {"idFacture": chorus_id}).get("statutCourantCode") or "")

    def receiver(self, siret: str) -> ReceiverRules | None:
        """What a public body demands; None when the directory does not know it."""
        found = self._post(STRUCTURES, chorus.structure_body(siret)).get("listeStructures") or []
        if len(found) != 1:
            return None
        structure_id = found[0]["idStructureCPP"]
        rules = self._post(STRUCTURE, {"idStructureCPP": structure_id}).get("parametres") or {}
        services = self._pages(SERVICES, "listeServices", lambda page: chorus.services_body(structure_id, page))
        return ReceiverRules(
            siret=siret,
            needs_service=bool(rules.get("codeServiceDoitEtreRenseigne")),
            needs_engagement=bool(rules.get("numeroEJDoitEtreRenseigne")),
            needs_either=bool(rules.get("gestionNumeroEJOuCodeService")),
            active_services=chorus.service_codes(list(services)),
        )

    def _pages(self, path: str, name: str, body: Any) -> Iterator[dict[str, Any]]:
        for page in range(1, MAXIMUM_PAGES + 1):
            answer = self._post(path, body(page))
            yield from answer.get(name) or []
            if page >= int((answer.get("parametresRetour") or {}).get("pages") or 1):
                return
        raise ChorusRefused(f"{path} has more than {MAXIMUM_PAGES} pages; narrow the search")

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call one route. A refused token is renewed once: the gateway refuses before anything is taken."""
        answer = self._send(path, body)
        if answer.status_code == 401:
            self._renew_at = 0.0
            answer = self._send(path, body)
        status = answer.status_code
        if status in (401, 403):
            what = "the credentials" if status == 401 else "the subscription of the PISTE application"
            raise ChorusUnauthorised(
                f"{path}: HTTP {status}, {what} refused; correct connection {self.chorus_conn_id} or the account"
            )
        if status >= 500:
            raise AnswerLost(f"{path}: HTTP {status} from the gateway, nobody knows what happened behind it")
        if status >= 300:
            raise ChorusUnavailable(f"{path}: HTTP {status}, the gateway did not take the request")
        content = _json(answer)
        if content is None:
            raise AnswerLost(f"{path}: HTTP {status} whose body is no JSON object")
        code = content.get("codeRetour", 0)
        if code != 0:
            raise ChorusRefused(f"{path}: {code} {self._without_secrets(str(content.get('libelle') or ''))}")
        return content

    def _send(self, path: str, body: dict[str, Any]) -> requests.Response:
        session = self.get_conn()
        account = base64.b64encode(f"{self.settings.login}:{self.settings.password}".encode()).decode("ascii")
        headers = {
            "Authorization": f"Bearer {self._token}",
            "cpro-account": account,
            "Content-Type": "application/json;charset=utf-8",
        }
        try:
            return session.post(
                f"{self.settings.api_url}/{path}", json=body, headers=headers, allow_redirects=False,
                timeout=(10, self.settings.timeout_seconds),
            )  # fmt: skip
        except requests.ConnectTimeout:
            raise ChorusUnavailable(f"{path}: no connection within 10 s") from None
        except requests.ConnectionError as error:
            if _was_never_made(error):
                raise ChorusUnavailable(f"{path}: no connection to {self.settings.api_url}") from None
            raise AnswerLost(f"{path}: the connection broke before the answer") from None
        except requests.RequestException as error:
            raise AnswerLost(f"{path}: {type(error).__name__} before the answer") from None

    def _renew_token(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret,
            "scope": "openid",
        }
        self._token, asked_at = "", time.monotonic()
        try:
            answer = self._session.post(
                self.settings.oauth_url, data=form, timeout=(10, self.settings.timeout_seconds), allow_redirects=False
            )
        except requests.RequestException as error:
            raise ChorusUnavailable(f"token: {type(error).__name__} at {self.settings.oauth_url}") from None
        content = _json(answer) or {}
        if answer.status_code in (400, 401, 403):
            raise ChorusUnauthorised(
                f"token: PISTE refuses client_id or client_secret of connection {self.chorus_conn_id} "
                f"(HTTP {answer.status_code}); correct them"
            )
        if answer.status_code != 200 or not content.get("access_token"):
            raise ChorusUnavailable(f"token: HTTP {answer.status_code} without a token")
        lifetime = float(content.get("expires_in") or 0)
        self._token = str(content["access_token"])
        self._renew_at = asked_at + lifetime - min(RENEWAL_MARGIN, lifetime / 2)

    def _without_secrets(self, text: str) -> str:
        settings = self.settings
        for secret in (settings.client_secret, settings.password, self._token, settings.login, settings.client_id):
            text = text.replace(secret, "***") if secret else text
        return text[:200]


def _was_never_made(error: requests.ConnectionError) -> bool:
    """A connection that was never made took nothing; one that broke may have."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.SSLError) or isinstance(reason, NewConnectionError)


def _json(answer: requests.Response) -> dict[str, Any] | None:
    """The object of an answer, its amounts exact; None when it holds anything else."""
    try:
        content = answer.json(parse_float=Decimal)
    except requests.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None
