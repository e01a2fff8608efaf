"""Every road of usage behind one door: bring what came, or look whether something has."""

from collections.abc import Sequence
from datetime import datetime

from billing.hooks.file_store import FileStoreHook
from billing.hooks.usage_days import collect_days, waiting_days
from billing.hooks.usage_drop import UsageDrop
from billing.hooks.usage_files import Brought, FolderShelf, Shelf, collect_files, waiting_files
from billing.hooks.usage_http import UsageHttpHook
from billing.hooks.usage_mailbox import UsageMailboxHook, collect_mails, waiting_mails
from billing.hooks.usage_sftp import SftpShelf
from invoicing.usage.arrivals import Arrival, markers_of_drop, names_of_others
from invoicing.usage.file_names import matches
from invoicing.usage.road import FileRoad, HttpsRoad, MailboxRoad, RoadKind
from invoicing.usage.windows import past_windows


def collect(arrival: Arrival, arrivals: Sequence[Arrival], asked_at: datetime) -> Brought:
    """Bring what a source's road has into the drop.

    Raises:
        RoadRefused: a person must act. RoadCut: the other side failed; what came whole is in the drop.
    """
    road, drop = arrival.road, _drop(arrival)
    if isinstance(road, HttpsRoad):
        hook = UsageHttpHook(road.connection)
        return collect_days(hook, road, arrival.source_code, drop, asked_at, arrival.lateness_hours)
    if isinstance(road, MailboxRoad):
        others = names_of_others(arrival, arrivals)
        return collect_mails(UsageMailboxHook(road.connection), road, arrival.names, drop, asked_at, others)
    return collect_files(_shelf(road), road, arrival.names, drop) if arrival.has_to_be_fetched else Brought()


def delivered(arrival: Arrival, arrivals: Sequence[Arrival], since: datetime) -> list[str]:
    """Name the deliveries since an instant: those that were brought, else those that wait on the road."""
    taken = [found.name for found in _drop(arrival).taken_since(since)]
    return taken or _waiting(arrival, arrivals, since)


def _waiting(arrival: Arrival, arrivals: Sequence[Arrival], since: datetime) -> list[str]:
    road = arrival.road
    if isinstance(road, HttpsRoad):
        return waiting_days(UsageHttpHook(road.connection), road, list(past_windows(since, 1)))
    if isinstance(road, MailboxRoad):
        return waiting_mails(UsageMailboxHook(road.connection), road, arrival.names, since)
    if arrival.has_to_be_fetched:
        return waiting_files(_shelf(road), road, arrival.names, since)
    store = FileStoreHook()
    return [
        name
        for name in store.list_usage(markers_of_drop(arrivals))
        if (came := store.delivery(name)).delivered_at >= since
        and (came.source_code == arrival.source_code or matches(came.source_file, arrival.names))
    ]


def _shelf(road: FileRoad) -> Shelf:
    return SftpShelf(road) if road.kind is RoadKind.SFTP else FolderShelf(road)


def _drop(arrival: Arrival) -> UsageDrop:
    return UsageDrop(FileStoreHook().root, arrival.source_code, arrival.road.kind)
