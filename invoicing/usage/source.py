"""What a supplier's usage file looks like: the answers of one description under `sources/`.

A reader knows a layout only through these values; a new layout is a new description.
"""

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from invoicing.usage.columns import AmountColumn as AmountColumn
from invoicing.usage.columns import ByteUnit as ByteUnit
from invoicing.usage.columns import Columns
from invoicing.usage.columns import DurationColumn as DurationColumn
from invoicing.usage.columns import DurationWriting as DurationWriting
from invoicing.usage.columns import HourRule as HourRule
from invoicing.usage.columns import NumberColumn as NumberColumn
from invoicing.usage.columns import NumberWriting as NumberWriting
from invoicing.usage.columns import PagesColumn as PagesColumn
from invoicing.usage.columns import Rounding as Rounding
from invoicing.usage.columns import SignPlace as SignPlace
from invoicing.usage.columns import StartColumns as StartColumns
from invoicing.usage.layout import ControlLines, Layout, NameParts, Rhythm
from invoicing.usage.road import FileRoad, Road

UNKNOWN = "unknown"  # the source_code of a file that no description claims


class SourceError(ValueError):
    """A description cannot be used; the message names the file, the key and the way out."""


class IdentityScope(StrEnum):
    EVER = "ever"  # unique for ever at this supplier
    FILE = "file"  # unique within one file
    CALLER = "caller"  # unique for ever together with the line
    DAY = "day"  # unique together with the Paris day of the start


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a record from every other. Without columns all of them do, and equal lines are counted."""

    at: tuple[int, ...]
    scope: IdentityScope = IdentityScope.EVER


@dataclass(frozen=True, slots=True)
class NotBillable:
    """Records that say so are kept, and billed to nobody."""

    reason: str
    of: str | int  # a value as it was understood (`duration`, `direction`…), or the slot of a column as written
    words: frozenset[str]
    is_negated: bool = False  # all other words


class CorrectionKind(StrEnum):
    NONE = "none"  # the same identity with another content is a conflict
    REPLACE = "replace"  # the highest version stands
    CANCEL = "cancel"  # a record takes its identity back
    CREDIT = "credit"  # a record of its own, with an amount below zero


@dataclass(frozen=True, slots=True)
class Correction:
    kind: CorrectionKind = CorrectionKind.NONE
    at: int = 0
    writing: str = ""  # of a version
    time_zone: str = "UTC"
    words: frozenset[str] = frozenset()  # that cancel


@dataclass(frozen=True, slots=True)
class OneCall:
    """What records of one call have in common: its legs, or its start and its stop."""

    by: tuple[int, ...]
    any_order: tuple[int, ...] = ()  # columns that may change places between the two
    half_at: int | None = None  # None: legs
    starts: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    wait_hours: int | None = None


NO_CORRECTION, NO_CONTROL_LINES, NO_RHYTHM, DROP_FOLDER = Correction(), ControlLines(), Rhythm(), FileRoad()


@dataclass(frozen=True, slots=True)
class Source:
    source_code: str
    description_digest: str  # SHA-256 of the description's text
    file_names: tuple[str, ...]  # shell patterns
    layout: Layout
    columns: Columns
    identity: Identity
    name_parts: NameParts | None = None
    not_billable: tuple[NotBillable, ...] = ()
    correction: Correction = NO_CORRECTION
    one_call: OneCall | None = None
    control: ControlLines = NO_CONTROL_LINES
    currency_code: str = "EUR"
    rhythm: Rhythm = NO_RHYTHM
    road: Road = DROP_FOLDER

    @property
    def has_identity(self) -> bool:
        return bool(self.identity.at)

    def claims(self, file_name: str) -> bool:
        return any(fnmatchcase(file_name, pattern) for pattern in self.file_names)


def sources_named(file_name: str, sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """The descriptions that claim a file by its name (without folder)."""
    return tuple(source for source in sources if source.claims(file_name))


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
