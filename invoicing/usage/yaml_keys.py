"""One mapping of a description, read key by key; whatever cannot be is refused with its file, key and way out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import yaml

from invoicing.usage.slots import Slots
from invoicing.usage.source import SourceError


class _OnceLoader(yaml.SafeLoader):
    """YAML's own reader keeps the last of two equal keys, and drops the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in written:
            if written.count(key) > 1:
                line = node.start_mark.line + 1
                raise yaml.YAMLError(f"the key {key} stands twice in the mapping that begins on line {line}; keep one")
        return super().construct_mapping(node, deep)


def load_once(text: str) -> Any:
    """What a YAML text says, in plain Python values.

    Raises:
        yaml.YAMLError, ValueError, RecursionError: it says nothing, or a key twice.
    """
    return yaml.load(text, _OnceLoader)  # a SafeLoader: it makes no objects


class Keys:
    """A mapping whose keys were checked. `path` is where it stands in the file: '' or 'columns.line.'."""

    def __init__(
        self, node: Any, file_name: str, path: str, *, required: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        self.file_name = file_name
        self.path = path
        self.columns: Slots | None = None
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

    def has(self, key: str) -> bool:
        """Whether the key is there and says something."""
        return self._node.get(key) is not None

    def refuse(self, key: str, words: str) -> NoReturn:
        raise SourceError(f"{self.file_name}: {self.path}{key}: {words}")

    def within(self, columns: Slots) -> "Keys":
        """Columns below are named so."""
        self.columns = columns
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

    def words(self, key: str, ours: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """A mapping from the supplier's words to ours, or to any text when there are none to choose from."""
        node = self._node[key]
        if not isinstance(node, Mapping) or not node:
            self.refuse(key, f"{node!r} is no mapping; write {{THEIRS: ours}}")
        section = Keys(node, self.file_name, f"{self.path}{key}.", required=tuple(node))
        for word in node:
            if not isinstance(word, str):
                section.refuse(str(word), "is no text; put it in quotes")
        return tuple((word, section.choice(word, ours) if ours else section.text(word)) for word in node)

    def sign(self, key: str) -> str:
        value = self.text(key)
        if len(value) != 1:
            self.refuse(key, f"{value!r} is not one sign; give exactly one")
        return value

    def optional_sign(self, key: str) -> str | None:
        return None if self._node[key] is None else self.sign(key)

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value = self._node[key]
        if not isinstance(value, str) or value not in choices:
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

    def slot(self, key: str) -> int:
        """The slot of the one column that a key names."""
        if key not in self._node:
            self.refuse(key, "missing key; this writing needs it")
        return self._slot(key, self._node[key])

    def optional_slot(self, key: str) -> int | None:
        return self.slot(key) if self.has(key) else None

    def slots(self, key: str) -> tuple[int, ...]:
        """The slots of the columns that a key names, one or several."""
        value = self._node[key]
        if value == []:
            self.refuse(key, "[] names no column; write one or several")
        return tuple(self._slot(key, each) for each in (value if isinstance(value, list) else [value]))

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of them. YAML reads NO as false and 016 as 14: both need their quotes."""
        value = self._node[key]
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(each, str) for each in values):
            self.refuse(key, f'{value!r} is no text and no list of texts; write "A" or ["A", "B"], in quotes')
        return tuple(values)

    def section(self, key: str, *, required: Sequence[str], optional: Sequence[str] = ()) -> "Keys":
        section = Keys(self._node[key], self.file_name, f"{self.path}{key}.", required=required, optional=optional)
        section.columns = self.columns
        return section

    def optional_section(self, key: str, *, required: Sequence[str], optional: Sequence[str] = ()) -> "Keys | None":
        return None if self._node.get(key) is None else self.section(key, required=required, optional=optional)

    def sections(self, key: str, *, required: Sequence[str], optional: Sequence[str] = ()) -> list["Keys"]:
        value = self._node[key]
        if not isinstance(value, list):
            self.refuse(key, f"{value!r} is no list; write [] for none")
        sections = [
            Keys(node, self.file_name, f"{self.path}{key}[{index}].", required=required, optional=optional)
            for index, node in enumerate(value)
        ]
        for section in sections:
            section.columns = self.columns
        return sections

    def _slot(self, key: str, value: Any) -> int:
        if self.columns is None:
            self.refuse(key, "no column may be named here")
        slot = self.columns.slot(value)
        if slot is None:
            self.refuse(key, self.columns.words(value))
        return slot
