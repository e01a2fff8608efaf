"""The document of descriptions names every key that the readers know, and no other."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from invoicing.usage import column_reader, layout_reader, roads, source_reader

DOCUMENT = (Path(__file__).parents[4] / "docs" / "how-to" / "source-description.md").read_text(encoding="utf-8")
ROWS = [
    (row[0].strip("` "), row[-1].strip("` "))
    for line in DOCUMENT.splitlines()
    if line.startswith("| `") and (row := line.strip("| ").split(" | "))
]
READERS = (source_reader, layout_reader, column_reader, roads)


def keys_of(reader: ModuleType) -> set[str]:
    """Every key that a reader requires or allows, from the tuples that it gives to `Keys`."""
    keys: set[str] = set()
    for function in [
        node for node in ast.walk(ast.parse(inspect.getsource(reader))) if isinstance(node, ast.FunctionDef)
    ]:
        local = {
            target.id: node.value
            for node in ast.walk(function) if isinstance(node, ast.Assign)
            for target in node.targets if isinstance(target, ast.Name)
        }  # fmt: skip
        for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
            for argument in call.keywords:
                if argument.arg in ("required", "optional"):
                    keys |= {*texts_in(argument.value, local, reader)}
    return keys


def texts_in(value: ast.expr, local: dict[str, ast.expr], reader: ModuleType) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Tuple):
        for each in value.elts:
            yield from texts_in(each, local, reader)
    elif isinstance(value, ast.Starred):
        yield from texts_in(value.value, local, reader)
    elif isinstance(value, ast.IfExp):
        yield from texts_in(value.body, local, reader)
        yield from texts_in(value.orelse, local, reader)
    elif isinstance(value, ast.Name) and isinstance(local.get(value.id), ast.Tuple | ast.IfExp):
        yield from texts_in(local[value.id], local, reader)
    elif isinstance(value, ast.Name):
        yield from texts_of(getattr(reader, value.id, ()))


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_of(each)


KINDS = (*layout_reader.LAYOUT_KEYS.values(), *roads.PAGING_KEYS.values())  # each kind has keys of its own
KNOWN = set().union(*map(keys_of, READERS)) | {*texts_of(KINDS)}


def test_the_keys_are_found_in_the_readers():
    """One of each way in which they are written there."""
    some = {"source_code", "currency_code", "separator", "records", "nature_at", "until", "lateness_hours", "length"}

    assert some | {"batch_header", "max_mib", "folder", "stop", "total_amount_at", "ignore"} <= KNOWN


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_every_key_that_a_reader_knows_is_in_the_document(key: str):
    assert key in {path.rpartition(".")[2] for path, _ in ROWS}


@pytest.mark.parametrize(("path", "example"), ROWS)
def test_the_document_names_no_other_key_and_its_examples_can_be_read(path: str, example: str):
    key = path.rpartition(".")[2]

    assert key in KNOWN
    assert list(yaml.safe_load(example)) == [key]


def test_no_key_stands_twice():
    paths = [path for path, _ in ROWS]

    assert len(paths) == len({*paths}) and not re.search(
        r"^\| `[^`]+` \|[^|]*\|[^|]*\|[^|]*\|$", DOCUMENT, re.MULTILINE
    )
