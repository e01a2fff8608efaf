"""`make try-source FILE=… SOURCE=…`: what a description makes of a file. Loads nothing and needs no server.

Ends with 0 when every record can be read, 3 when some can't, 1 when the file or its description can't be used.
"""

import argparse
import sys
from pathlib import Path

from invoicing.usage.sealing import SealedFile, seal
from invoicing.usage.source import SourceError, source_coded
from invoicing.usage.source_reader import load_sources, read_source
from invoicing.usage.trial import Trial, copied_rows, report
from ops.home import REPOSITORY

SOURCES = REPOSITORY / "sources"
ALL_READABLE, UNUSABLE, SOME_REJECTED = 0, 1, 3


class Unusable(ValueError):
    """The file can't be tried; the message says why and what to type instead."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="try-source", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", help="the supplier's file, anywhere")
    parser.add_argument("source", nargs="?", default="", help="a source_code, or the path of a description (.yml)")
    parser.add_argument("--first", type=int, default=10, help="records to show")
    given = parser.parse_args(arguments)
    try:
        return try_source(given.file, given.source, given.first)
    except (Unusable, SourceError) as error:
        print(f"try-source: {error}", file=sys.stderr)
        return UNUSABLE


def try_source(file: str, source: str, first_count: int) -> int:
    """Print what the description makes of the file.

    Raises:
        Unusable, SourceError: one of them is absent or can't be used.
    """
    path = _existing(file, "FILE", "make try-source FILE=path/to/the/file.csv SOURCE=messidor")
    usage = _sealed(path, source)
    reading, trial = usage.read(), Trial(first_count)
    for row in copied_rows(reading.record_blocks(), reading.columns):
        trial.take(row)

    control = copied_rows(reading.control_blocks(), ("file_id", "source_line", "raw_text"))
    control_lines = [(int(line["source_line"] or 0), line["raw_text"] or "") for line in control]
    print(f"{path.name} as {usage.source_code}: {reading.line_count:,} lines", end=" = ")
    print(f"{len(control_lines):,} control lines + {trial.record_count:,} records")
    print("\n".join(report(trial, control_lines=control_lines)))
    print()
    if reading.hold_reason:
        print(f"HELD whole, nothing of it would be billed: {reading.hold_reason}")
        return UNUSABLE
    if trial.reject_count:
        print(f"{trial.reject_count:,} of {trial.record_count:,} records would be held; the others would land.")
        return SOME_REJECTED
    print(f"Every record can be read; the control lines agree. {trial.record_count:,} would land.")
    return ALL_READABLE


def _existing(given: str, name: str, example: str) -> Path:
    if not given:
        raise Unusable(f"{name} is missing: {example}")
    path = Path(given)
    if not path.is_file():
        raise Unusable(f"{name}={given}: no such file; type its path from {Path.cwd()}, or whole")
    return path


def _sealed(path: Path, given: str) -> SealedFile:
    """The file with its description, by path or by code; without either, the one that landing would take."""
    facts = {"sha256": "", "byte_count": 0, "source_file": path.name}
    if given.endswith((".yml", ".yaml")):
        description = _existing(given, "SOURCE", "SOURCE=sources/messidor.yml")
        source = read_source(description.read_text(encoding="utf-8"), description.name)
        return SealedFile(path, source=source, **facts)
    sources = load_sources(SOURCES)
    usage = seal(path, sources=sources, told=source_coded(given, sources).source_code if given else None, **facts)
    if usage.source is None:
        raise Unusable(f"{usage.why_unknown}, or say which: SOURCE=messidor or SOURCE=new.yml")
    return usage


if __name__ == "__main__":
    sys.exit(main())
