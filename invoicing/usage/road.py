"""By which road a source's files come. A road names an Airflow connection and never holds a secret."""

from dataclasses import dataclass
from enum import StrEnum

DROP = "usage_drop"  # the connection of the drop folder, where every road ends


class RoadKind(StrEnum):
    FOLDER = "folder"
    SFTP = "sftp"
    HTTPS = "https"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class FileRoad:
    """A folder that the supplier writes into: on our disk, or on an SFTP server."""

    kind: RoadKind = RoadKind.FOLDER
    connection: str = DROP
    folder: str = "usage"
    names: tuple[str, ...] = ()  # shell patterns; none: the source's file_name
    markers: tuple[str, ...] = ()  # '{name}.FIN', '{stem}.ok': one of them says that a file is whole
    settle_seconds: int = 2  # between the two looks that must agree
    done_folder: str | None = None  # where a taken file moves; None leaves it where it is

    @property
    def is_drop(self) -> bool:
        """Whether files arrive in the drop itself: there is nothing to fetch."""
        return self.kind is RoadKind.FOLDER and self.connection == DROP


@dataclass(frozen=True, slots=True)
class MailboxRoad:
    connection: str
    folder: str
    names: tuple[str, ...]
    senders: tuple[str, ...]  # 'cdr@supplier.example', or '@supplier.example' for a whole domain
    done_folder: str | None  # where a taken message moves; None marks it as seen
    max_mib: int  # of one message
    keeps_days: int  # older messages are not looked at
    kind: RoadKind = RoadKind.MAILBOX


class Paging(StrEnum):
    NONE = "none"
    LINK_HEADER = "link_header"  # RFC 8288, rel="next"
    NEXT_FIELD = "next_field"  # a field holds the next address
    PAGE = "page"  # page numbers, until an empty page
    OFFSET = "offset"  # how many records to pass over, until an empty page
    CURSOR = "cursor"  # a field holds what the next question repeats
    IDENTIFIERS = "identifiers"  # a list of identifiers, then each record by itself or in batches (OVHcloud)


@dataclass(frozen=True, slots=True)
class Pages:
    kind: Paging
    parameter: str = ""
    field: tuple[str, ...] = ()
    first: int = 1
    record_path: str = ""  # '/voice/{account}/records/{id}'
    batch_size: int = 1
    batch_header: str = ""  # a header that says which sign parts identifiers: 'X-OVH-Batch'


@dataclass(frozen=True, slots=True)
class HttpsRoad:
    """An API that is asked for one Paris day after the other."""

    connection: str
    path: str
    query: tuple[tuple[str, str], ...]
    accounts: tuple[str, ...]  # one question for each; ('',) when the path names none
    instants: str  # how {from} and {until} are written
    is_until_included: bool  # {until} is then the last day, or second, itself
    records: tuple[str, ...]  # where the array of records stands in a page
    total: tuple[str, ...]  # where a page says how many records there are in all
    pages: Pages
    max_mib: int  # of one day
    keeps_days: int  # how far back the supplier answers
    kind: RoadKind = RoadKind.HTTPS


Road = FileRoad | MailboxRoad | HttpsRoad
