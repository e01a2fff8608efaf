"""What a file says of itself: header, start line, trailer, other lines that are no records, and what they promise."""

from collections.abc import Sequence
from decimal import Decimal

from invoicing.usage.durations import duration_reader
from invoicing.usage.layout import ControlWord, Place
from invoicing.usage.quantities import amount_reader
from invoicing.usage.source import Source

NOTHING = "nothing"


class ControlReader:
    """Recognises control lines as they pass; at the end, says in what they and the records disagree."""

    def __init__(self, source: Source) -> None:
        self.last_line = 0  # that is not blank
        self.sequence_number: int | None = None
        self.header_fault: str | None = None
        self._source = source
        self._control = source.control
        self._starts: list[int] = []
        self._trailer: tuple[int, list[str]] | None = None

    def may_speak(self, columns: Sequence[Sequence[str]], lines: Sequence[str]) -> bool:
        """Whether one of these lines may be a control line: asked of a whole block, before each line is."""
        for word in self._control.words:
            if isinstance(word.at, tuple):
                start, end = word.at
                if not word.words.isdisjoint({line[start:end].strip(" ") for line in lines}):
                    return True
            elif word.at <= len(columns) and not word.words.isdisjoint(columns[word.at - 1]):
                return True
        return False

    def takes(self, source_line: int, line: str, fields: Sequence[str]) -> bool:
        """Whether a line that is not blank is a control line; what it says is kept."""
        self.last_line = source_line
        start, trailer = self._control.start, self._control.trailer
        if start and _says(start.word, line, fields):
            self._starts.append(source_line)
            number = _at(start.sequence_at, line, fields) if start.sequence_at else ""
            self.sequence_number = int(number) if number.isdecimal() and len(number) < 19 else self.sequence_number
            return True
        if trailer and _says(trailer.word, line, fields):
            places = (trailer.record_count_at, trailer.total_seconds_at, trailer.total_amount_at)
            self._trailer = self._trailer or (
                source_line,
                [_at(place, line, fields) if place else "" for place in places],
            )
            return True
        return any(_says(word, line, fields) for word in self._control.others)

    def faults(self, record_count: int, seconds: int, amount: Decimal) -> list[str]:
        """Why the file is held; [] when it agrees with its own control lines."""
        faults = [self.header_fault] if self.header_fault else []
        start = self._control.start
        if start and self._starts != [1]:
            words = " or ".join(sorted(start.word.words))
            faults.append(f"start line: expected {words} on line 1 and nowhere else")
        return faults + self._trailer_faults(record_count, seconds, amount)

    def _trailer_faults(self, record_count: int, seconds: int, amount: Decimal) -> list[str]:
        trailer = self._control.trailer
        if trailer is None:
            return []
        if self._trailer is None:
            return ["trailer: missing, the file may be cut"]
        source_line, (count_text, seconds_text, amount_text) = self._trailer
        if source_line != self.last_line:
            return [f"trailer: line {source_line} is not the last line"]
        said, counted = [], []
        if trailer.record_count_at:
            said.append(f"{_number(count_text)} records")
            counted.append(f"{record_count} records")
        if trailer.total_seconds_at:
            read = duration_reader(trailer.total_seconds_writing)(seconds_text)
            said.append(f"{_number(seconds_text) if read is None else read} s")
            counted.append(f"{seconds} s")
        if trailer.total_amount_at and self._source.columns.amount:
            total = amount_reader(self._source.columns.amount)(amount_text)
            said.append(f"{(_number(amount_text) if total is None else _plain(Decimal(total)))} {self._currency}")
            counted.append(f"{_plain(amount)} {self._currency}")
        if said == counted:
            return []
        return [f"trailer: says {' and '.join(said)}, the file has {' and '.join(counted)}"]

    @property
    def _currency(self) -> str:
        return self._source.currency_code


def _says(word: ControlWord, line: str, fields: Sequence[str]) -> bool:
    return _at(word.at, line, fields) in word.words


def _at(place: Place, line: str, fields: Sequence[str]) -> str:
    if isinstance(place, tuple):
        return line[place[0] : place[1]].strip(" ")
    return fields[place - 1] if len(fields) >= place else ""


def _number(text: str) -> str:
    return text.lstrip("0") or ("0" if text else NOTHING)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
