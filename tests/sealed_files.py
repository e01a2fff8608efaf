"""Files sealed and read where they lie, without an archive or a database."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from invoicing.usage.reading import Reading
from invoicing.usage.sealing import SealedFile, seal
from invoicing.usage.source import Source
from invoicing.usage.trial import Row, copied_rows


def sealed(path: Path, sources: tuple[Source, ...]) -> SealedFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return seal(path, sha256=digest, byte_count=len(content), source_file=path.name, sources=sources)


def read_whole(usage: SealedFile) -> tuple[Reading, list[Row]]:
    """The finished reading, with its counts and its hold, and its rows by column."""
    reading = usage.read()
    return reading, list(rows_of(reading))


def rows_of(reading: Reading) -> Iterator[Row]:
    return copied_rows(reading.record_blocks(), reading.columns)
