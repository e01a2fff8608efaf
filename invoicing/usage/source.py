"""What a supplier's usage file looks like: the answers of one description under `sources/`.

Positions count from 1. A reader knows a layout only through these values; a new layout is a new description.
"""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

UNKNOWN = "unknown"  # the source_code of a file that no description claims


class SourceError(ValueError):
    """A description cannot be used; the message names the file, the key and the way out."""


class NumberWriting(StrEnum):
    NATIONAL = "national"  # '0199001008', '0044…' abroad
    NATIONAL_WITHOUT_ZERO = "national_without_zero"  # '199001008'
    BY_NATURE = "by_nature"  # without prefix; another column says 1 short, 3 national, 4 international (ISUP, Q.763)
    SERIAL = "serial"  # a machine's serial number, kept as written


class DurationWriting(StrEnum):
    SECONDS = "seconds"
    HOURS_MINUTES_SECONDS = "1 h 02mn05"  # '01mn14' below one hour


class IdentityScope(StrEnum):
    SOURCE = "source"  # unique for ever at this supplier
    FILE = "file"  # unique within one file


class Quantity(StrEnum):
    DURATION = "duration"
    PAGES = "pages"


@dataclass(frozen=True, slots=True)
class NumberColumn:
    at: int
    writing: NumberWriting
    nature_at: int | None = None


@dataclass(frozen=True, slots=True)
class StartColumns:
    at: tuple[int, ...]  # date and time of day may stand apart
    writing: str  # 'DD/MM/YYYY hh:mm:ss'
    time_zone: str


@dataclass(frozen=True, slots=True)
class DurationColumn:
    at: int
    writing: DurationWriting


@dataclass(frozen=True, slots=True)
class AmountColumn:
    at: int
    decimal_signs: str


@dataclass(frozen=True, slots=True)
class PagesColumn:
    at: int
    thousands_sign: str | None


@dataclass(frozen=True, slots=True)
class UsageTypeColumn:
    at: int
    values: tuple[tuple[str, str], ...]  # the supplier's word, our usage type


@dataclass(frozen=True, slots=True)
class NotBillable:
    """Records whose quantity is `value` are kept, and billed to nobody."""

    reason: str
    quantity: Quantity
    value: int


@dataclass(frozen=True, slots=True)
class StartLine:
    at: int
    word: str


@dataclass(frozen=True, slots=True)
class Trailer:
    at: int
    word: str
    record_count_at: int
    total_seconds_at: int


@dataclass(frozen=True, slots=True)
class Source:
    source_code: str
    file_name: str  # a shell pattern
    encoding: str
    separator: str
    quote: str | None
    header: str | None  # the first column's title
    column_count: int
    trailing_separator: bool
    usage_type: str | UsageTypeColumn
    line: NumberColumn
    start: StartColumns
    called: NumberColumn | None
    label_at: int | None
    duration: DurationColumn | None
    amount: AmountColumn | None
    pages: PagesColumn | None
    identity: tuple[int, ...]
    identity_scope: IdentityScope
    not_billable: tuple[NotBillable, ...]
    start_line: StartLine | None
    trailer: Trailer | None

    @property
    def positions(self) -> tuple[int, ...]:
        """The columns that mean something, in order: the only ones that reach the database as columns."""
        used = {self.line.at, *self.start.at, *self.identity}
        used.update(column.at for column in (self.called, self.duration, self.amount, self.pages) if column)
        used.update(at for at in (self.label_at, self.called.nature_at if self.called else None) if at)
        if isinstance(self.usage_type, UsageTypeColumn):
            used.add(self.usage_type.at)
        return tuple(sorted(used))


def source_named(file_name: str, sources: tuple[Source, ...]) -> Source | None:
    """Find the description of a file by its name (without folder); None when nobody described such a name.

    Raises:
        SourceError: two descriptions claim the name.
    """
    found = [source for source in sources if fnmatchcase(file_name, source.file_name)]
    if len(found) > 1:
        codes = " and ".join(source.source_code for source in found)
        raise SourceError(f"{file_name}: {codes} both match this name; narrow file_name in one of the descriptions")
    return found[0] if found else None


def source_coded(source_code: str, sources: tuple[Source, ...]) -> Source:
    """Find a description by its code.

    Raises:
        SourceError: there is none.
    """
    for source in sources:
        if source.source_code == source_code:
            return source
    known = ", ".join(source.source_code for source in sources)
    raise SourceError(f"no description has the source_code {source_code}; known are {known}")
