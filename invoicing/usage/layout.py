"""How a usage file is written before any column means something: lines or elements, titles, its own control lines."""

from dataclasses import dataclass
from enum import StrEnum

from invoicing.usage.columns import DurationWriting

# Where a control line says something: a column (position or slot, from 1), or signs from a start (from 1), so many.
Place = int | tuple[int, int]


class LayoutKind(StrEnum):
    DELIMITED = "delimited"
    FIXED_WIDTH = "fixed_width"
    JSON = "json"
    XML = "xml"


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the four kinds; what belongs to another kind keeps its default.

    `names` are the columns that mean something, by title, path or field name, in the order of their slots; without
    them, columns are positions.
    """

    kind: LayoutKind
    encoding: str
    names: tuple[str, ...] = ()
    # delimited
    separator: str = ""
    quote: str | None = None
    escape: str | None = None  # stands before a separator that belongs to the value: '\,'
    header: str | None = None  # the first column's title
    has_titles: bool = False  # line 1 names the columns
    other_titles: frozenset[str] | None = frozenset()  # that may stand there too; None: any
    column_counts: tuple[int, ...] = ()
    trailing_separator: bool = False
    # fixed width
    record_begins: str = ""
    line_length: int = 0
    slices: tuple[tuple[int, int], ...] = ()  # of each name: first sign from 0, sign after the last
    # delimited and fixed width
    padding: str = ""  # signs to take off both ends of a value
    # json: the dotted path of the array; xml: the record's element
    records: str = ""


@dataclass(frozen=True, slots=True)
class ControlWord:
    """A line that says one of these words there is no record."""

    at: Place
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class StartLine:
    word: ControlWord
    sequence_at: Place | None = None


@dataclass(frozen=True, slots=True)
class Trailer:
    word: ControlWord
    record_count_at: Place | None
    total_seconds_at: Place | None
    total_seconds_writing: DurationWriting
    total_amount_at: Place | None


@dataclass(frozen=True, slots=True)
class ControlLines:
    start: StartLine | None = None
    trailer: Trailer | None = None
    others: tuple[ControlWord, ...] = ()

    @property
    def words(self) -> tuple[ControlWord, ...]:
        ends = [end.word for end in (self.start, self.trailer) if end]
        return (*ends, *self.others)


@dataclass(frozen=True, slots=True)
class NameParts:
    """What a file's name says of it: a regular expression with the groups day and sequence, or one of them."""

    pattern: str
    day_writing: str | None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When files are expected; `every` None: the supplier promises nothing."""

    every: str | None = None
    lateness_hours: int | None = None
    is_sequence_continuous: bool = False
    is_empty_day_a_file: bool = False
