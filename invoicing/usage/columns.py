"""The columns that mean something in a supplier's file, and how the supplier writes them.

`at` is a slot, from 1: the position of the column, or the place of its name among the names of the layout.
"""

from dataclasses import dataclass
from enum import StrEnum


class NumberWriting(StrEnum):
    NATIONAL = "national"  # '0199001008', '0044…' abroad
    NATIONAL_WITHOUT_ZERO = "national_without_zero"  # '199001008'
    BY_NATURE = "by_nature"  # without prefix; another column says 1 short, 3 national, 4 international (ISUP, Q.763)
    E164 = "e164"  # '+33199001008'
    E164_WITHOUT_PLUS = "e164_without_plus"  # '33199001008'
    INTERNATIONAL_PREFIX = "international_prefix"  # '0033199001008'
    ANY = "any"  # told by '+', '00' or '0'; without one of them only where nothing else is possible
    OUTSIDE_DIGIT = "outside_digit"  # a PBX: '00199001008', the first digit asks for an outside line
    SIP = "sip"  # 'sip:+33199001008@host', 'tel:', 'iax:'; what stands before the @ is read as `any`
    EXTENSION = "extension"  # '1001', inside the customer's own telephone system
    SERIAL = "serial"  # a machine's serial number, kept as written
    ICCID = "iccid"  # a SIM: 18 to 20 digits that begin with 89


class DurationWriting(StrEnum):
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    DECIMAL_SECONDS = "decimal_seconds"  # '13.483', '13,483'
    DECIMAL_MINUTES = "decimal_minutes"  # '1,5' is 90 s
    COLON_MINUTES = "mm:ss"  # '125:03' above one hour
    COLON_HOURS = "hh:mm:ss"
    DIGIT_HOURS = "hhmmss"  # '012345'; hours may have more digits, as in a file's total
    DIGIT_HUNDREDTHS = "hhmmsscc"  # '01234550', hundredths of a second last
    HOURS_MINUTES_SECONDS = "1 h 02mn05"  # '01mn14' below one hour


class Rounding(StrEnum):
    """To the whole second or byte, once, for a supplier that writes parts of it."""

    UP = "up"
    HALF_UP = "half_up"
    DOWN = "down"


class HourRule(StrEnum):
    """What a local time without offset means in the hour that comes twice."""

    FIRST_PASS_UNTIL_STEP_BACK = "first_pass_until_step_back"
    OFFSET = "offset"  # the writing has an offset, or counts from 1970: nothing to tell
    REFUSE = "refuse"


class ByteUnit(StrEnum):
    BYTE = "o"
    KILOBYTE = "Ko"  # of 1000 or 1024 bytes: the description says
    MEGABYTE = "Mo"
    GIGABYTE = "Go"
    WRITTEN = "written"  # each text has its own: '12,5 Mo', '3 KiB'


class SignPlace(StrEnum):
    """Where an amount below zero says so."""

    LEADING = "leading"
    TRAILING = "trailing"
    PARENTHESES = "parentheses"


class Empty(StrEnum):
    """What a column without a text says."""

    UNREADABLE = "unreadable"  # nothing that may be billed: the record is refused
    ABSENT = "absent"  # this record has none: an SMS has no duration
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class NumberColumn:
    at: int
    writing: NumberWriting
    nature_at: int | None = None
    extensions: int | None = None  # up to so many digits are the customer's own, before any short number
    are_names_internal: bool = False  # 's', '*60', 'user1' are the customer's own, not unreadable
    is_lost_zero_restored: bool = False  # a spreadsheet took leading zeros away; nine digits are national
    outside_digit: str = "0"
    ignored_signs: str = ""  # between groups of digits: ' .'


@dataclass(frozen=True, slots=True)
class StartColumns:
    at: tuple[int, ...]  # date and time of day may stand apart
    writing: str  # 'DD/MM/YYYY hh:mm:ss'
    time_zone: str
    hour_rule: HourRule = HourRule.FIRST_PASS_UNTIL_STEP_BACK
    is_end: bool = False  # the supplier writes when it ended: the start is that less the duration


@dataclass(frozen=True, slots=True)
class DurationColumn:
    at: int
    writing: DurationWriting
    rounding: Rounding | None = None  # None: a part of a second is unreadable
    empty: Empty = Empty.UNREADABLE


@dataclass(frozen=True, slots=True)
class AmountColumn:
    at: int
    decimal_signs: str
    thousands_sign: str | None = None  # one or more signs between groups of three digits
    implied_decimals: int | None = None  # '0000000217' with 4 is 0.0217
    sign: SignPlace = SignPlace.LEADING
    currency: str | None = None  # a suffix to take off: '€', 'EUR'
    empty: Empty = Empty.UNREADABLE


@dataclass(frozen=True, slots=True)
class PagesColumn:
    """Pages, or messages: anything counted one by one."""

    at: int
    thousands_sign: str | None
    empty: Empty = Empty.UNREADABLE


@dataclass(frozen=True, slots=True)
class ValuesColumn:
    """A column of words, each with our own; every other word is refused."""

    at: int
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class UsageTypeColumn:
    at: int
    values: tuple[tuple[str, str], ...]  # the supplier's word, our usage type
    ignored: tuple[tuple[str, str], ...] = ()  # the supplier's word, why nobody pays for it


@dataclass(frozen=True, slots=True)
class InstantsColumn:
    """A duration between two instants. Two local times never make one."""

    from_at: int
    until_at: int
    writing: str
    time_zone: str
    rounding: Rounding | None
    empty: Empty  # when the first of them is empty: nobody answered


@dataclass(frozen=True, slots=True)
class BytesColumn:
    at: tuple[int, ...]  # up and down apart are added
    unit: ByteUnit = ByteUnit.BYTE
    base: int = 1000
    decimal_signs: str = ",."
    thousands_sign: str | None = None
    rounding: Rounding | None = None
    empty: Empty = Empty.UNREADABLE


@dataclass(frozen=True, slots=True)
class UnitsColumn:
    at: int
    decimal_signs: str
    thousands_sign: str | None
    empty: Empty


@dataclass(frozen=True, slots=True)
class CountersColumn:
    """A meter's readings, each in a column of its own."""

    at: tuple[int, ...]
    usage_types: tuple[str, ...]
    thousands_sign: str | None


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything that a record may say. What a source has no column for is None."""

    line: NumberColumn
    start: StartColumns
    usage_type: str | UsageTypeColumn
    called: NumberColumn | None = None
    direction: str | ValuesColumn | None = None
    zone_at: int | None = None
    label_at: int | None = None
    duration: DurationColumn | InstantsColumn | None = None
    pages: PagesColumn | None = None
    events: PagesColumn | None = None
    volume: BytesColumn | None = None
    units: UnitsColumn | None = None
    counters: CountersColumn | None = None
    reading_kind: ValuesColumn | None = None
    amount: AmountColumn | None = None
    currency_at: int | None = None  # must say the currency of the source
