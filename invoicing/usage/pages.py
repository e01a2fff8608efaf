"""Pages of an API: their records cut out as they are written, and the question that asks for the next page.

A record's bytes are kept: reading 0.10 as a number and writing it again would make 0.1, and 19 digits a float.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from invoicing.usage.road import Pages, Paging

SPACE = re.compile(r"[ \t\r\n]*")
LINK = re.compile(r"<([^>]*)>([^<]*)")
RELATION = re.compile(r"\brel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


class PageError(ValueError):
    """A page is not what its description says; the message says where."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where to ask; `query` is added to what the address holds already."""

    address: str
    query: Mapping[str, str] = field(default_factory=dict)


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_refuse_constant)


def page_text(content: bytes) -> str:
    """Decode a page and see that it is one whole JSON value.

    Raises:
        PageError: it is not.
    """
    try:
        text = content.decode("utf-8-sig")
        end = _DECODER.raw_decode(text, _skip(text, 0))[1]
    except (ValueError, RecursionError) as error:
        raise PageError(f"the answer is no JSON ({type(error).__name__}); see what the address gives") from None
    if _skip(text, end) != len(text):
        raise PageError("the answer goes on after its JSON; see what the address gives")
    return text


def records_of(text: str, path: Sequence[str]) -> list[str]:
    """The elements of the array at a path, each as it is written.

    Raises:
        PageError: there is no array.
    """
    at = _find(text, path)
    if at is None or text[at] != "[":
        raise PageError(f"no list stands at {'.'.join(path) or 'the top'}; correct `records` in the description")
    found, at = [], _skip(text, at + 1)
    while text[at] != "]":
        end = _DECODER.raw_decode(text, at)[1]
        found.append(text[at:end])
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def value_at(text: str, path: Sequence[str]) -> str | None:
    """The text or number at a path, as text; None where there is nothing, null or an empty text."""
    at = _find(text, path)
    if at is None:
        return None
    value = _DECODER.raw_decode(text, at)[0]
    if isinstance(value, dict | list | bool):
        raise PageError(f"{'.'.join(path)} holds neither a text nor a number; correct the description")
    return str(value) if value is not None and value != "" else None


def next_question(
    pages: Pages, asked: Question, text: str, *, count: int, passed: int, link_header: str | None
) -> Question | None:
    """The question after a page; None when that was the last one.

    A short page is no end: a server may cap its pages below what was asked. Pages by number and offset go on until
    an empty one.

    Args:
        count: records on this page. passed: records so far, this page included.

    Raises:
        PageError: it would ask the same again.
    """
    following: Question | None = None
    if pages.kind is Paging.LINK_HEADER:
        address = _next_link(link_header or "")
        following = Question(address) if address else None
    elif pages.kind is Paging.NEXT_FIELD:
        address = value_at(text, pages.field)
        following = Question(address) if address else None
    elif pages.kind is Paging.CURSOR:
        cursor = value_at(text, pages.field)
        following = Question(asked.address, {**asked.query, pages.parameter: cursor}) if cursor else None
    elif pages.kind is Paging.PAGE and count:
        number = int(asked.query.get(pages.parameter, pages.first)) + 1
        following = Question(asked.address, {**asked.query, pages.parameter: str(number)})
    elif pages.kind is Paging.OFFSET and count:
        following = Question(asked.address, {**asked.query, pages.parameter: str(passed)})
    if following == asked:
        raise PageError("the next page is this page again; correct `pages` in the description")
    return following


def _next_link(header: str) -> str | None:
    for address, words in LINK.findall(header):
        relation = RELATION.search(words)
        if relation and "next" in (relation[1] or relation[2]).lower().split():
            return str(address)
    return None


def first_question(pages: Pages, address: str, query: Mapping[str, str]) -> Question:
    starts = {Paging.PAGE: str(pages.first), Paging.OFFSET: "0"}
    start = {pages.parameter: starts[pages.kind]} if pages.kind in starts else {}
    return Question(address, {**query, **start})


def batch_records(text: str, identifiers: Sequence[str]) -> list[str]:
    """The records of a batch, in the order of its answer: a list of {key, value, error} (OVHcloud).

    Raises:
        PageError: one identifier has no record, an error, or two.
    """
    answers = records_of(text, ())
    keys = [value_at(answer, ("key",)) for answer in answers]
    if sorted(map(str, keys)) != sorted(identifiers):
        raise PageError(f"{len(identifiers)} records were asked for and {len(keys)} answers do not match them")
    found = []
    for key, answer in zip(keys, answers, strict=True):
        at = _find(answer, ("value",))
        if at is None or answer.startswith("null", at) or not _is_absent(answer, ("error",)):
            raise PageError(f"record {key} of a batch came as an error")
        found.append(answer[at : _DECODER.raw_decode(answer, at)[1]])
    return found


def _is_absent(text: str, path: Sequence[str]) -> bool:
    at = _find(text, path)
    return at is None or text.startswith("null", at)


def _skip(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at


def _find(text: str, path: Sequence[str]) -> int | None:
    """Where the value at a path begins; None when a key is absent. The text was read once: it is well formed."""
    at = _skip(text, 0)
    for key in path:
        if text[at] != "{":
            return None
        found, at = None, _skip(text, at + 1)
        while text[at] != "}":
            name, at = _DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)  # over the colon
            if name == key:
                found = at
            at = _skip(text, _DECODER.raw_decode(text, at)[1])
            if text[at] == ",":
                at = _skip(text, at + 1)
        if found is None:
            return None
        at = found
    return at
