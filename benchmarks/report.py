"""The table that `make bench` prints, one line as soon as it is known."""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

WIDTHS = (34, 9, 13, 13)


class Report:
    """Seconds and rates, each beside the plain COPY of the same bytes."""

    def __init__(self, raw_seconds: float) -> None:
        self._raw_seconds = raw_seconds
        self._print("", "seconds", "per second", "× raw COPY")

    def line(self, step: str, seconds: float, count: int, unit: str = "rows", *, says: str = "") -> None:
        """One step that treated `count` of something; `says` stands behind it."""
        rate = f"{count / seconds:,.0f}" if count / seconds >= 20 else f"{count / seconds:,.1f}"
        ratio = f"{seconds / self._raw_seconds:,.1f}" if unit == "rows" else ""
        self._print(step, f"{seconds:,.2f}", rate, ratio, f"{count:,} {unit}{', ' + says if says else ''}")

    def seconds(self, step: str, seconds: float, says: str = "") -> None:
        """One step that has nothing to count."""
        self._print(step, f"{seconds:,.2f}", "", "", says)

    def _print(self, step: str, *texts: str) -> None:
        cells = [step.ljust(WIDTHS[0]), *(text.rjust(width) for text, width in zip(texts, WIDTHS[1:], strict=False))]
        print("".join(cells) + "".join(f"  {text}" for text in texts[len(WIDTHS) - 1 :]), flush=True)


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Gives a function that says the seconds since it began; after the block, how long the block took."""
    began, ended = perf_counter(), None
    yield lambda: (perf_counter() if ended is None else ended) - began
    ended = perf_counter()


def peak_megabytes() -> int:
    """The most memory that this process ever held, in MB; of what started it, Linux would count the peak too."""
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(peak) >> 10
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_bytes // (1 << 20 if sys.platform == "darwin" else 1 << 10)
