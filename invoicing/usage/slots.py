"""How a description names a column: by its position, its title, its path or the name of its field."""

from typing import Any, Protocol


class Slots(Protocol):
    def slot(self, value: Any) -> int | None:
        """The slot of a column, from 1; None when there is no such column."""

    def words(self, value: Any) -> str:
        """Why there is none, and the way out."""


class Positions:
    """Columns by position, from 1."""

    def __init__(self, count: int) -> None:
        self.count = count

    def slot(self, value: Any) -> int | None:
        is_position = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= self.count
        return value if is_position else None

    def words(self, value: Any) -> str:
        return f"{value!r} is no position; columns go from 1 to {self.count}"


class Names:
    """Columns by name; each takes the next slot when it is first used."""

    def __init__(self, what: str) -> None:
        self.what = what  # a title, a path
        self.names: list[str] = []

    def slot(self, value: Any) -> int | None:
        if not isinstance(value, str) or not value:
            return None
        if value not in self.names:
            self.names.append(value)
        return self.names.index(value) + 1

    def words(self, value: Any) -> str:
        return f"{value!r} is no {self.what}; write it in quotes"


class Fields:
    """The fields of a fixed-width line, which the layout names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def slot(self, value: Any) -> int | None:
        return self.names.index(value) + 1 if value in self.names else None

    def words(self, value: Any) -> str:
        return f"{value!r} is no field; the layout has {', '.join(self.names)}"
