"""Land, its first part: what suppliers left on their servers, in their APIs and in our mailbox comes to the drop."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowFailException

from billing.operators.land import SOURCES_FOLDER


def fetched_sources() -> list[str]:
    """The codes of the sources whose files do not arrive in the drop by themselves."""
    from invoicing.usage.arrivals import load_arrivals

    return [arrival.source_code for arrival in load_arrivals(SOURCES_FOLDER) if arrival.has_to_be_fetched]


def files_to_land() -> list[str]:
    """Every whole usage file of the drop, as `LandUsageOperator` wants its path."""
    from billing.hooks.file_store import FileStoreHook
    from invoicing.usage.arrivals import load_arrivals, markers_of_drop

    return FileStoreHook().list_usage(markers_of_drop(load_arrivals(SOURCES_FOLDER)))


class LandRoadOperator(BaseOperator):
    """Bring a source's new files into the drop. Killed anywhere and run again, it brings the same files once.

    Args:
        source: code of a description with a `road`.
    """

    template_fields: Sequence[str] = ("source",)

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source

    def execute(self, context: Context) -> dict[str, Any]:
        from billing.hooks.usage_drop import RoadRefused
        from billing.hooks.usage_roads import collect
        from invoicing.usage.arrivals import arrival_coded, load_arrivals

        arrivals = load_arrivals(SOURCES_FOLDER)
        try:
            brought = collect(arrival_coded(self.source, arrivals), arrivals, datetime.now(UTC))
        except RoadRefused as error:
            raise AirflowFailException(str(error)) from None  # trying again changes nothing
        for name in brought.taken:
            self.log.info("Brought %s", name)
        for words in brought.left:
            self.log.warning("Left on the road of %s: %s", self.source, words)
        return {"source": self.source, "brought": len(brought.taken), "left": len(brought.left)}
