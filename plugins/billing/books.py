"""The books as files: written aside, checked, then put in place, the manifest last."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from billing.hooks.ledger import EXPORTS, Column, LedgerStore, Snapshot
from invoicing.ledger.fec import fec_file
from invoicing.ledger.fec_check import check
from invoicing.ledger.tables import csv_block

MANIFEST = "manifest.json"
PARTIAL = ".partial-"
EXAMPLES = 5
ARROW_TYPES = {
    "text": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("us", tz="UTC"),
}


class BooksRefused(RuntimeError):
    """A file of the books does not pass its checks; no file was replaced."""


def export_books(store: LedgerStore, folder: Path) -> dict[str, Any]:
    """Write every file of the books from one snapshot, and return the manifest.

    Each file is replaced whole; the manifest comes last, with rows, totals and SHA-256 of each: a reader that finds
    another digest came in the middle, and reads again.

    Raises:
        BooksDisagree: register, ledger and export do not add up to the same.
        BooksRefused: a FEC has a finding.
        FecRefused: a text cannot be written.
    """
    with _aside(folder) as aside:
        with store.snapshot() as books:
            totals = books.agreed_totals()
            files = [*_write_fecs(books, aside), *_write_exports(books, aside)]
        manifest = {"totals": _as_text(asdict(totals)), "files": files}
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        for path in [*(file["path"] for file in files), MANIFEST]:
            _put_in_place(aside / path, folder / path)
    return manifest


def _write_fecs(books: Snapshot, aside: Path) -> Iterator[dict[str, Any]]:
    accounts = books.accounts()
    for journal in books.journals():
        rows = books.postings(journal)
        fec = fec_file(rows, journal.siren, journal.closing_date)
        if findings := check(fec.name, fec.content, accounts=accounts):
            said = "; ".join(f"line {each.line}, {each.field}: {each.text}" for each in findings[:EXAMPLES])
            raise BooksRefused(f"{fec.name}: {len(findings)} findings, no file was replaced. {said}")
        year = aside / str(journal.fiscal_year)
        year.mkdir(exist_ok=True)
        if (year / fec.name).exists():
            raise BooksRefused(f"{fec.name}: two sellers share this SIREN; give them one seller code")
        (year / fec.name).write_bytes(fec.content)
        (year / fec.description_name).write_bytes(fec.description)
        totals = {"debit": sum(row.debit for row in rows), "credit": sum(row.credit for row in rows)}
        yield _entry(aside, year / fec.name, len(rows), totals)
        yield _entry(aside, year / fec.description_name, 0, {})


def _write_exports(books: Snapshot, aside: Path) -> Iterator[dict[str, Any]]:
    exports = aside / "exports"
    exports.mkdir()
    for model in EXPORTS:
        columns = books.export_columns(model)
        schema = pa.schema([(column.name, _arrow_type(model, column)) for column in columns])
        summed = {place: column.name for place, column in enumerate(columns) if _is_amount(column)}
        totals = {name: Decimal(0) for name in summed.values()}
        row_count = 0
        as_csv, as_parquet = exports / f"{model}.csv", exports / f"{model}.parquet"
        with as_csv.open("wb") as text, pq.ParquetWriter(as_parquet, schema) as parquet:
            text.write(csv_block([[column.name for column in columns]]))
            for batch in books.export_batches(model):
                text.write(csv_block(batch))
                parquet.write_batch(_arrow_batch(batch, schema))
                row_count += len(batch)
                for place, name in summed.items():
                    totals[name] += sum((row[place] for row in batch if row[place] is not None), Decimal(0))
        yield _entry(aside, as_csv, row_count, totals)
        yield _entry(aside, as_parquet, row_count, totals)


def _arrow_batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(values, type=field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _arrow_type(model: str, column: Column) -> pa.DataType:
    """Money stays decimal: a numeric keeps its precision and scale."""
    if column.data_type == "numeric" and column.precision is not None and column.scale is not None:
        return pa.decimal128(column.precision, column.scale)
    if column.data_type in ARROW_TYPES:
        return ARROW_TYPES[column.data_type]
    raise BooksRefused(f"export.{model}.{column.name} is {column.data_type}; its contract needs a type of ARROW_TYPES")


def _is_amount(column: Column) -> bool:
    return column.name.endswith("_amount") or column.name in ("debit", "credit")


def _entry(aside: Path, path: Path, row_count: int, totals: dict[str, Any]) -> dict[str, Any]:
    with path.open("rb") as handle:
        sha256 = file_digest(handle, "sha256").hexdigest()
    return {
        "path": path.relative_to(aside).as_posix(),
        "row_count": row_count,
        "byte_count": path.stat().st_size,
        "sha256": sha256,
        "totals": _as_text(totals),
    }


def _as_text(values: dict[str, Any]) -> dict[str, Any]:
    return {name: format(value, "f") if isinstance(value, Decimal) else value for name, value in values.items()}


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder of our own on the same disk; what a killed export left beside is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{PARTIAL}*"):
        shutil.rmtree(left, ignore_errors=True)
    aside = Path(mkdtemp(dir=folder, prefix=PARTIAL))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _put_in_place(made: Path, target: Path) -> None:
    """Give a whole file its name, once it is on the disk."""
    with made.open("rb") as handle:
        os.fsync(handle.fileno())
    target.parent.mkdir(exist_ok=True)
    os.replace(made, target)
