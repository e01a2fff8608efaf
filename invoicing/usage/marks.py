"""What a source's rules say of a record beside its values: nobody pays, one call, a version, a cancellation."""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

from invoicing.usage.copy_text import NULL, escaped
from invoicing.usage.digests import UNIT_SEPARATOR, digests
from invoicing.usage.memo import Memo
from invoicing.usage.source import CorrectionKind, NotBillable, Source
from invoicing.usage.typed import Split
from invoicing.usage.versions import version_reader


class Marks:
    """What rules say of a record beside its values: nobody pays, one call, a version, a cancellation."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.fills: list[str] = []
        self.why: list[Callable[[Split, int], str] | None] = []
        self._rules: list[tuple[NotBillable, Callable[[Any], str | None]]] = [
            (rule, Memo(_verdict(rule)).__getitem__) for rule in reversed(source.not_billable)
        ]
        columns = source.columns
        self._ignored: dict[str, str] = dict(getattr(columns.usage_type, "ignored", ()))
        self._usage_type_at = getattr(columns.usage_type, "at", 0)
        call, correction = source.one_call, source.correction
        self.slots = {rule.of for rule in source.not_billable if isinstance(rule.of, int)}
        if self._rules or self._ignored:
            self._add("not_billable_reason")
        if call:
            self._add("call_key")
            self.slots |= {*call.by, *call.any_order}
        if call and call.half_at:
            half_at = call.half_at
            self._add("call_half", lambda split, index: f"unknown_half: {split[half_at - 1][index]}")
            self.slots.add(half_at)
            self._halves = {**dict.fromkeys(call.starts, "start"), **dict.fromkeys(call.stops, "stop")}
        if correction.kind is CorrectionKind.REPLACE:
            self._add("version_key", lambda split, index: f"unreadable_version: {split[correction.at - 1][index]}")
            self._read_version = Memo(version_reader(correction.writing, correction.time_zone))
        elif correction.kind is CorrectionKind.CANCEL:
            self._add("is_cancellation")
        if correction.at:
            self.slots.add(correction.at)

    def _add(self, fill: str, why: Callable[[Split, int], str] | None = None) -> None:
        self.fills.append(fill)
        self.why.append(why)

    def read(self, split: Split, by_name: dict[str, Sequence[Any]], ids: list[str]) -> list[Any]:
        """A column for each of `fills`."""
        found: list[Any] = []
        free: list[Any] = [None] * len(ids)
        if "not_billable_reason" in self.fills:
            free = self._free(split, by_name, free)
            found.append([reason or NULL for reason in free] if any(free) else [NULL] * len(ids))
        call, correction = self._source.one_call, self._source.correction
        if call:
            columns = [split[slot - 1] for slot in call.by]
            if call.any_order:
                ends = zip(*(split[slot - 1] for slot in call.any_order), strict=True)
                columns.append([UNIT_SEPARATOR.join(sorted(texts)) for texts in ends])
            keys = digests(f"{self._source.source_code}{UNIT_SEPARATOR}call{UNIT_SEPARATOR}", columns, is_plain=False)
            is_half = call.half_at is not None
            told = [any(texts) for texts in zip(*(split[slot - 1] for slot in call.by), strict=True)]
            found.append(
                [
                    key if is_told and not (is_half and reason) else NULL
                    for key, is_told, reason in zip(keys, told, free, strict=True)
                ]
            )
            if call.half_at:
                halves = map(self._halves.get, split[call.half_at - 1])
                found.append([NULL if reason else half for half, reason in zip(halves, free, strict=True)])
        if correction.kind is CorrectionKind.REPLACE:
            found.append(list(map(self._read_version.__getitem__, split[correction.at - 1])))
        elif correction.kind is CorrectionKind.CANCEL:
            found.append(["t" if text in correction.words else "f" for text in split[correction.at - 1]])
        return found

    def _free(self, split: Split, by_name: dict[str, Sequence[Any]], free: list[Any]) -> list[Any]:
        """Why nobody pays: of several rules, the first says."""
        for rule, verdict in self._rules:
            reasons = list(map(verdict, self._looked_at(rule.of, split, by_name)))
            if not any(free):
                free = reasons
            elif any(reasons):
                free = [reason or other for reason, other in zip(reasons, free, strict=True)]
        if self._ignored:
            reasons = list(map(self._ignored.get, split[self._usage_type_at - 1]))
            free = [reason or other for reason, other in zip(reasons, free, strict=True)]
        return free

    def _looked_at(self, of: str | int, split: Split, by_name: dict[str, Sequence[Any]]) -> Iterable[str | None]:
        if isinstance(of, int):
            return split[of - 1]
        if of == "number_category":
            return [called and called.split("\t")[1] for called in by_name["called"]]
        if of in by_name:
            return by_name[of]
        same: str = getattr(self._source.columns, of)
        return repeat(same, len(by_name["line"]))


def _verdict(rule: NotBillable) -> Callable[[Any], str | None]:
    return lambda text: escaped(rule.reason) if (text in rule.words) != rule.is_negated else None
