"""Runs a suite on PostgreSQL: one context and one connection for all of its tables, verdicts first, rows on failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import great_expectations as gx


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one expectation said. `unexpected_count` is None when it did not count rows."""

    table: str
    description: str
    success: bool
    unexpected_count: int | None
    examples: tuple[Any, ...]


def run_suite(checks: Mapping[str, Sequence[gx.expectations.Expectation]], url: str) -> list[Outcome]:
    """Run every expectation of every table.

    Args:
        checks: `schema.table` → expectations.
        url: SQLAlchemy address of the warehouse.

    Returns:
        One outcome per expectation, in order. An expectation that can't be evaluated counts as failed: a gate that
        can't look must not open.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # a bar per metric would drown the log
    source = context.data_sources.add_postgres("warehouse", connection_string=url)
    outcomes: list[Outcome] = []
    for name, expectations in checks.items():
        schema, table = name.split(".")
        asset = source.add_table_asset(name, table_name=table, schema_name=schema)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        suite = gx.ExpectationSuite(name=name, expectations=[one.copy() for one in expectations])
        verdicts = batch.validate(suite, result_format="BOOLEAN_ONLY").results
        for expectation in suite.expectations:
            verdict = next(one for one in verdicts if one.expectation_config.description == expectation.description)
            if not verdict.success:
                # Rows are fetched only for what failed: counting them costs as much again. A query of rows shows
                # them in COMPLETE (200 at most), a column expectation in SUMMARY (20).
                shows_rows = isinstance(expectation, gx.expectations.UnexpectedRowsExpectation)
                verdict = batch.validate(expectation, result_format="COMPLETE" if shows_rows else "SUMMARY")
            outcomes.append(_outcome(name, verdict))
    return outcomes


def _outcome(table: str, verdict: Any) -> Outcome:
    result = verdict.result or {}
    examples = (
        (result.get("details") or {}).get("unexpected_rows")
        or result.get("partial_unexpected_list")
        or [verdict.exception_info]
    )
    count = result.get("unexpected_count", result.get("observed_value"))
    return Outcome(
        table=table,
        description=verdict.expectation_config.description or verdict.expectation_config.type,
        success=bool(verdict.success),
        unexpected_count=count if isinstance(count, int) else None,
        examples=() if verdict.success else tuple(examples),
    )
