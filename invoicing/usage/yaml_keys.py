"""One mapping of a description, read key by key; whatever cannot be is refused with its file, key and way out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from invoicing.usage.source import SourceError


class Keys:
    """A mapping whose keys were checked. `path` is where it stands in the file: '' or 'columns.line.'."""

    def __init__(
        self, node: Any, file_name: str, path: str, *, required: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        self.file_name = file_name
        self.path = path
        self.column_count: int | None = None
        known = (*required, *optional)
        if not isinstance(node, Mapping):
            raise SourceError(f"{file_name}: {path.rstrip('.') or 'the file'} is no mapping; write {', '.join(known)}")
        for key in node:
            if key not in known:
                self.refuse(str(key), f"unknown key; the keys here are {', '.join(known)}")
        for key in required:
            if key not in node:
                self.refuse(key, "missing key; add it, with null when the source has none")
        self._node = node

    def __iter__(self) -> Iterator[str]:
        return iter(self._node)

    def refuse(self, key: str, words: str) -> NoReturn:
        raise SourceError(f"{self.file_name}: {self.path}{key}: {words}")

    def within(self, column_count: int) -> "Keys":
        """Positions below may not pass the last column."""
        self.column_count = column_count
        return self

    def value(self, key: str) -> Any:
        return self._node[key]

    def text(self, key: str) -> str:
        value = self._node[key]
        if not isinstance(value, str) or not value:
            self.refuse(key, f"{value!r} is no text; put it in quotes")
        return value

    def optional_text(self, key: str) -> str | None:
        return None if self._node[key] is None else self.text(key)

    def sign(self, key: str) -> str:
        value = self.text(key)
        if len(value) != 1:
            self.refuse(key, f"{value!r} is not one sign; give exactly one")
        return value

    def optional_sign(self, key: str) -> str | None:
        return None if self._node[key] is None else self.sign(key)

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value = self._node[key]
        if value not in choices:
            self.refuse(key, f"{value!r} is not known; choose one of {', '.join(map(repr, map(str, choices)))}")
        return str(value)

    def flag(self, key: str) -> bool:
        value = self._node[key]
        if not isinstance(value, bool):
            self.refuse(key, f"{value!r} is neither true nor false")
        return value

    def number(self, key: str, at_least: int = 1) -> int:
        value = self._node[key]
        if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
            self.refuse(key, f"{value!r} is no whole number from {at_least}")
        return value

    def position(self, key: str) -> int:
        if key not in self._node:
            self.refuse(key, "missing key; this writing needs it")
        [position] = self._checked_positions(key, [self._node[key]])
        return position

    def positions(self, key: str) -> tuple[int, ...]:
        value = self._node[key]
        if not isinstance(value, list) or not value:
            self.refuse(key, f"{value!r} is no list of positions; write [1] or [3, 4]")
        return self._checked_positions(key, value)

    def section(self, key: str, *, required: Sequence[str], optional: Sequence[str] = ()) -> "Keys":
        section = Keys(self._node[key], self.file_name, f"{self.path}{key}.", required=required, optional=optional)
        section.column_count = self.column_count
        return section

    def optional_section(self, key: str, *, required: Sequence[str], optional: Sequence[str] = ()) -> "Keys | None":
        return None if self._node.get(key) is None else self.section(key, required=required, optional=optional)

    def sections(self, key: str, *, required: Sequence[str]) -> list["Keys"]:
        value = self._node[key]
        if not isinstance(value, list):
            self.refuse(key, f"{value!r} is no list; write [] for none")
        return [
            Keys(node, self.file_name, f"{self.path}{key}[{index}].", required=required)
            for index, node in enumerate(value)
        ]

    def _checked_positions(self, key: str, values: Sequence[Any]) -> tuple[int, ...]:
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= (self.column_count or value):
                self.refuse(key, f"{value!r} is no position; columns go from 1 to {self.column_count}")
        return tuple(values)
