"""One array of a JSON file, element by element, each held alone; numbers stay the texts that they are."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, NoReturn

from invoicing.usage.decoding import BAD, text_blocks
from invoicing.usage.limits import Limits, Unreadable

BLOCK_BYTES = 1 << 16
SPACE = re.compile(r"[ \t\n\r]*")
TEXT_OR_SIGNS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^"\s]+', re.DOTALL)
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # written as \u0000, or as half a pair: PostgreSQL holds neither
NUMBER_TAIL = 4  # 'e+' behind a number may go on in the next block
LONGEST_WORD = 16  # signs that a value cut by the end of a block may show: '-Infinity', '\\ud83d\\ude0'
WORDS = {None: "", True: "true", False: "false"}


def read_json(
    stream: BinaryIO, records: str, fields: Sequence[str], limits: Limits, encoding: str
) -> Iterator[tuple[str, str, list[str]]]:
    """Path, raw text and fields of each element; see `elements.json_blocks`."""
    reader = _Reader(text_blocks(stream, encoding, BLOCK_BYTES), limits)
    getters = [_getter(field) for field in fields]
    array = "$" + "".join(f".{key}" for key in _keys(records))
    for ordinal, (value, raw_text) in enumerate(reader.elements(_keys(records))):
        found: list[str] = []
        if isinstance(value, dict):
            found = [_text(get(value)) for get in getters]
            if "\\u" in raw_text:
                found = [NO_TEXT.sub(BAD, text) for text in found]
        if len(raw_text) <= limits.text_length:
            raw_text = "".join(TEXT_OR_SIGNS.findall(raw_text))
        yield f"{array}[{ordinal}]", raw_text, found


def _keys(path: str) -> list[str]:
    return path.split(".") if path else []


def _getter(field: str) -> Callable[[dict[str, Any]], Any]:
    first, *others = field.split(".")

    def get(value: dict[str, Any]) -> Any:
        found = value.get(first)
        for key in others:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    return get


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return WORDS[value]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


# Python's own scanner, in C, is given one element at a time; strict=False lets a tab stand in a text.
_decode = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=_no_constant, strict=False).raw_decode


class _Reader:
    """A text that arrives in blocks, and a place in it."""

    def __init__(self, blocks: Iterator[str], limits: Limits) -> None:
        self._blocks = blocks
        self._limits = limits
        self._text = ""
        self._at = 0
        self._is_ended = False
        self._count = 0

    def elements(self, keys: list[str]) -> Iterator[tuple[Any, str]]:
        yield from self._walk(keys, ".".join(keys))
        if self._sign():
            self._broken("more behind the end")

    def _walk(self, keys: list[str], path: str) -> Iterator[tuple[Any, str]]:
        sign = self._sign()
        if not sign:
            self._broken("cut, or empty")
        if not keys and sign == "[":
            yield from self._array()
        elif keys and sign == "{":
            yield from self._object(keys, path)
        elif self._value()[0] is not None:
            raise Unreadable(f"no_records: {path or 'the file'} is no array; correct the source's path")

    def _object(self, keys: list[str], path: str) -> Iterator[tuple[Any, str]]:
        is_found = False
        self._at += 1
        while self._sign() != "}":
            if self._sign() != '"':
                self._broken("no key")
            key = self._value()[0]
            self._take(":")
            if key == keys[0]:
                is_found = True
                yield from self._walk(keys[1:], path)
            else:
                self._sign()
                self._value()
            if self._sign() != "}":
                self._take(",")
                if self._sign() == "}":
                    self._broken("a comma too many")
        self._at += 1
        if not is_found:
            raise Unreadable(f"no_records: {keys[0]} of {path} is not in the file; correct the source's path")

    def _array(self) -> Iterator[tuple[Any, str]]:
        self._at += 1
        if self._sign() == "]":
            self._at += 1
            return
        while True:
            self._sign()
            self._count += 1
            yield self._value()
            if self._sign() == "]":
                self._at += 1
                return
            self._take(",")

    def _value(self) -> tuple[Any, str]:
        """The value that begins here, and how it is written; more text is taken until it is whole."""
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except RecursionError:
                self._too_deep()
            except ValueError as error:
                if self._is_ended or not self._may_go_on(error):
                    self._broken("no value, or cut")
                value, end = None, len(self._text)
            if self._is_ended or len(self._text) - end >= NUMBER_TAIL:
                break
            self._more()
        raw_text = self._text[self._at : end]
        if raw_text.count("{") + raw_text.count("[") > self._limits.depth and _depth(value) > self._limits.depth:
            self._too_deep()
        self._at = end
        return value, raw_text

    def _may_go_on(self, error: ValueError) -> bool:
        """Whether the fault is at the end of what was read so far: an open text is told by its beginning."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or len(self._text) - error.pos < LONGEST_WORD

    def _sign(self) -> str:
        """The next sign that is no space, without taking it; "" at the end."""
        while True:
            found = SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or self._is_ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def _take(self, sign: str) -> None:
        if self._sign() != sign:
            self._broken(f"{sign!r} is missing")
        self._at += 1

    def _more(self) -> None:
        """Twice as much as is left: an element that spans many blocks is not read again for each of them."""
        pieces = [self._text[self._at :]]
        wanted = length = len(pieces[0])
        if length > self._limits.element_bytes:
            raise Unreadable(f"element_too_large: element {self._count}, or it never ends; ask for the file again")
        while length <= 2 * wanted:
            block = next(self._blocks, None)
            if block is None:
                self._is_ended = True
                break
            pieces.append(block)
            length += len(block)
        self._text, self._at = "".join(pieces), 0

    def _broken(self, what: str) -> NoReturn:
        raise Unreadable(f"broken_json: at element {self._count}, {what}; ask for the file again")

    def _too_deep(self) -> NoReturn:
        raise Unreadable(f"too_deep: element {self._count} has more than {self._limits.depth} levels; send it flat")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth - 1
