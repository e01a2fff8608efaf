"""Usage asked of a supplier's API, one Paris day after the other: every page of a day, or nothing of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from airflow.providers.http.hooks.http import HttpHook

from billing.hooks.usage_drop import RoadCut, RoadRefused
from invoicing.usage.pages import (
    PageError,
    Question,
    batch_records,
    first_question,
    next_question,
    page_text,
    records_of,
    value_at,
)
from invoicing.usage.road import HttpsRoad, Paging

MIB = 1024 * 1024
PAGE_MIB = 64
MOST_PAGES = 100_000
TRIES = 5
LONGEST_PAUSE = 300  # seconds; a server that wants more is asked by the next run
BUSY = (429, 500, 502, 503, 504)
TIMEOUT = (20, 120)  # seconds to connect, and between two pieces of an answer


class UsageHttpHook(HttpHook):
    """An Airflow connection of type http: `host` is https://…; login and password, or `Authorization` in its extra."""

    def __init__(self, conn_id: str) -> None:
        super().__init__(method="GET", http_conn_id=conn_id)
        extra = self.get_connection(conn_id).extra_dejson
        for word in ("verify", "verify_ssl"):
            if str(extra.get(word, "")).lower() in ("false", "0"):
                raise RoadRefused(
                    f"connection {conn_id} has {word}: false, so that anybody could be that server; remove it, or give"
                    f" the path of the supplier's CA as {word}"
                )

    def session(self) -> requests.Session:
        """A session with the connection's login and headers. The provider's own `run` would log a refused answer."""
        session: requests.Session = self.get_conn()
        parts = urlsplit(self.base_url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            raise RoadRefused(
                f"connection {self.http_conn_id} is not https: its login would travel in clear; write https"
            )
        return session

    def records(self, session: requests.Session, road: HttpsRoad, values: dict[str, str]) -> Iterator[str]:
        """Every record of a question, each as the server wrote it, page after page.

        Raises:
            RoadRefused, RoadCut, PageError: nothing that came before may be used.
        """
        address = self._address(road.path.format_map(values))
        question: Question | None = first_question(
            road.pages, address, {name: text.format_map(values) for name, text in road.query}
        )
        if road.pages.kind is Paging.IDENTIFIERS:
            assert question is not None
            yield from self._by_identifier(session, road, question, values)
            return
        passed, total = 0, None
        for _ in range(MOST_PAGES):
            if question is None:
                break
            text, link = self._page(session, question)
            found = records_of(text, road.records)
            passed += len(found)
            yield from found
            total = value_at(text, road.total) if road.total else None
            following = next_question(
                road.pages, question, text, count=len(found), passed=passed, link_header=link
            )  # fmt: skip
            question = self._same_server(question, following)
        else:
            raise PageError(f"more than {MOST_PAGES} pages for one day; correct `pages` in the description")
        if total is not None and total != str(passed):
            raise PageError(f"the server counts {total} records and its pages hold {passed}")

    def _by_identifier(
        self, session: requests.Session, road: HttpsRoad, question: Question, values: dict[str, str]
    ) -> Iterator[str]:
        text, _ = self._page(session, question)
        identifiers = [value_at(element, ()) or "" for element in records_of(text, road.records)]
        if unusable := [found for found in identifiers if not found.replace("-", "").replace("_", "").isalnum()]:
            raise PageError(f"{unusable[0]!r} is no identifier; correct `records` in the description")
        size = road.pages.batch_size
        for start in range(0, len(identifiers), size):
            batch = identifiers[start : start + size]
            address = self._address(road.pages.record_path.format_map({**values, "id": ",".join(batch)}))
            headers = {road.pages.batch_header: ","} if road.pages.batch_header else {}
            text, _ = self._page(session, Question(address), headers)
            yield from batch_records(text, batch) if headers else [text.strip()]

    def _page(self, session: requests.Session, question: Question, headers: dict[str, str] | None = None) -> Any:
        """One page and its Link header, tried again while the server is busy."""
        for attempt in range(1, TRIES + 1):
            pause = min(2**attempt, 60)
            try:
                with session.get(
                    question.address, params=dict(question.query), headers=headers, stream=True, timeout=TIMEOUT,
                    allow_redirects=False, verify=session.verify,  # the connection's CA before the machine's
                ) as response:  # fmt: skip
                    if response.status_code == 200:
                        return page_text(_content(response)), response.headers.get("Link")
                    words = self._refusal(response, question)
                    pause = _pause_asked(response.headers.get("Retry-After")) or pause
            except requests.exceptions.SSLError as error:
                raise RoadRefused(
                    f"connection {self.http_conn_id}: the server's certificate is not trusted ({_reason(error)}); give"
                    " the path of the supplier's CA as `verify` in the extra"
                ) from None
            except requests.RequestException as error:
                words = f"{type(error).__name__} at {urlsplit(question.address).path}"
            if attempt == TRIES or pause > LONGEST_PAUSE:
                break
            self.log.warning("Connection %s: %s; asking again in %d s", self.http_conn_id, words, pause)
            time.sleep(pause)
        raise RoadCut(f"connection {self.http_conn_id}: {words}; the next run asks again")

    def _refusal(self, response: requests.Response, question: Question) -> str:
        """Say why there is no page, never with the answer's own words: they may hold traffic data."""
        words = f"HTTP {response.status_code} at {urlsplit(question.address).path}"
        if response.status_code in BUSY:
            return words
        ways = {
            401: "renew its login or Authorization",
            403: "ask the supplier what this login may see",
            404: "correct road.path",
        }
        if 300 <= response.status_code < 400:
            way = "it sends elsewhere, and our login does not follow; correct the connection's host"
        else:
            way = ways.get(response.status_code, "correct the question in the description")
        raise RoadRefused(f"connection {self.http_conn_id}: {words}; {way}")

    def _address(self, path: str) -> str:
        return self.base_url.rstrip("/") + path

    def _same_server(self, asked: Question, following: Question | None) -> Question | None:
        """An address that the server gave may be relative, and may not lead our login to another server."""
        if following is None:
            return None
        address = urljoin(asked.address, following.address)
        if urlsplit(address)[:2] != urlsplit(self.base_url)[:2]:
            raise PageError(f"the next page is on another server ({urlsplit(address).netloc}); our login stays here")
        return Question(address, following.query)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, where no one listens on the way."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _content(response: requests.Response) -> bytes:
    pieces, size = [], 0
    for piece in response.iter_content(MIB):
        size += len(piece)
        if size > PAGE_MIB * MIB:
            raise PageError(f"one page is larger than {PAGE_MIB} MiB; ask for smaller pages in the query")
        pieces.append(piece)
    return b"".join(pieces)


def _pause_asked(header: str | None) -> int | None:
    """Seconds of a Retry-After: a number, or a date."""
    if header is None:
        return None
    if header.strip().isdigit():
        return int(header)
    try:
        return max(0, round((parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()))
    except (TypeError, ValueError):
        return None


def _reason(error: Exception) -> str:
    return str(error).rsplit("] ", 1)[-1].split(" (_ssl", 1)[0][:120]
