"""Starts as COPY takes them: instant, Paris day and, where a clock had to be asked, whether it guessed."""

from collections.abc import Sequence
from itertools import groupby

from invoicing.usage.clock import Start, StartReader, names_instants
from invoicing.usage.memo import Memo
from invoicing.usage.source import StartColumns


class StartRows:
    """Reads the starts of one file, in its order, a block at a time."""

    def __init__(self, column: StartColumns) -> None:
        self._reader = StartReader(column)
        self.is_guess_told = not names_instants(column)
        self._length = self._reader.hour_length
        self._hours: Memo[tuple[str, str] | None] = Memo(self._ends)
        self._rests = Memo(self._reader.minutes_and_seconds)

    def read(self, texts: Sequence[str]) -> Sequence[str | None]:
        """One text for each start; None for one that cannot be."""
        if self._length is None:
            return list(map(self.row, map(self._reader.read, texts)))
        hours = [text[: self._length] for text in texts]
        ends = {hour: found for hour in set(hours) if (found := self._hours[hour])}
        rests = [rest for text in texts if (rest := self._rests[text[self._length :]])]
        if len(rests) < len(texts) or not all(hour in ends for hour in set(hours)):
            return list(map(self.row, map(self._reader.read, texts)))
        if 4 * len(ends) > len(texts):
            return [f"{ends[hour][0]}{rest}{ends[hour][1]}" for hour, rest in zip(hours, rests, strict=True)]
        rows: list[str] = []
        for hour, run in groupby(hours):  # files are written in the order of time: there are few
            before, after = ends[hour]
            first = len(rows)
            middle = f"{after}\n{before}"
            told = middle.join(rests[first : first + len(list(run))])
            rows += f"{before}{told}{after}".split("\n")
        return rows

    def row(self, start: Start | None) -> str | None:
        if start is None or start[0] is None:
            return None
        return f"{start[0]}\t{start[1]}{self._mark(start[3])}"

    def readings(self, texts: Sequence[str]) -> list[Start | None]:
        """The starts themselves."""
        return list(map(self._reader.read, texts))

    def _ends(self, hour: str) -> tuple[str, str] | None:
        ends = self._reader.steady_hour(hour)
        return ends and (ends[0], f"{ends[1]}{self._mark(False)}")

    def _mark(self, is_guessed: bool) -> str:
        return f"\t{'t' if is_guessed else 'f'}" if self.is_guess_told else ""
