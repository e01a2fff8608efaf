"""Runs a suite on PostgreSQL: one context and one connection for all of its tables, verdicts first, rows on failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import great_expectations as gx

from expectations.masking import shown

ERROR_LENGTH = 400  # of a message: what follows is the whole query again


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one expectation said. A count is None when the rows could not be counted; examples hold no whole number."""

    table: str
    expectation: str  # its kind: 'unexpected_rows_expectation'
    description: str
    description_fr: str
    success: bool
    row_count: int | None
    unexpected_count: int | None
    examples: tuple[Any, ...]


def run_suite(
    checks: Mapping[str, Sequence[gx.expectations.Expectation]], url: str, batches: Mapping[str, str] | None = None
) -> list[Outcome]:
    """Run every expectation of every table.

    Args:
        checks: `schema.table` → expectations.
        url: SQLAlchemy address of the warehouse.
        batches: `schema.table` → the select of the rows to look at; whole tables by default.

    Returns:
        One outcome per expectation, in order. An expectation that can't be evaluated counts as failed, and so do all
        of a table that can't be reached: a gate that can't look must not open.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # a bar per metric would drown the log
    source = context.data_sources.add_postgres("warehouse", connection_string=url)
    outcomes: list[Outcome] = []
    for name, expectations in checks.items():
        try:
            batch = _batch(source, name, (batches or {}).get(name))
        except Exception as error:  # whatever it is, nothing of this table was looked at
            outcomes += [_blind(name, expectation, str(error)) for expectation in expectations]
            continue
        outcomes += _outcomes(batch, name, expectations)
    return outcomes


def _batch(source: Any, name: str, query: str | None) -> Any:
    if query is not None:
        return source.add_query_asset(name, query=query).add_batch_definition_whole_table("run").get_batch()
    schema, table = name.split(".")
    asset = source.add_table_asset(name, table_name=table, schema_name=schema)
    return asset.add_batch_definition_whole_table("all").get_batch()


def _outcomes(batch: Any, name: str, expectations: Sequence[gx.expectations.Expectation]) -> list[Outcome]:
    suite = gx.ExpectationSuite(name=name, expectations=[one.copy() for one in expectations])
    verdicts = batch.validate(suite, result_format="BOOLEAN_ONLY").results
    counted = batch.validate(gx.expectations.ExpectTableRowCountToBeBetween(min_value=0), result_format="BASIC")
    row_count = (counted.result or {}).get("observed_value")
    outcomes = []
    for expectation in suite.expectations:
        verdict = next(one for one in verdicts if one.expectation_config.description == expectation.description)
        if not verdict.success:
            # Rows are fetched only for what failed: counting them costs as much again. A query of rows shows
            # them in COMPLETE (200 at most), a column expectation in SUMMARY (20).
            shows_rows = isinstance(expectation, gx.expectations.UnexpectedRowsExpectation)
            verdict = batch.validate(expectation, result_format="COMPLETE" if shows_rows else "SUMMARY")
        outcomes.append(_outcome(name, expectation, verdict, row_count if isinstance(row_count, int) else None))
    return outcomes


def _outcome(table: str, expectation: gx.expectations.Expectation, verdict: Any, row_count: int | None) -> Outcome:
    result = verdict.result or {}
    examples = (
        (result.get("details") or {}).get("unexpected_rows")
        or result.get("partial_unexpected_list")
        or _errors(verdict.exception_info)
    )
    count = result.get("unexpected_count", result.get("observed_value"))
    return Outcome(
        table=table,
        expectation=expectation.expectation_type,
        description=expectation.description or expectation.expectation_type,
        description_fr=_in_french(expectation),
        success=bool(verdict.success),
        row_count=row_count,
        unexpected_count=count if isinstance(count, int) else None,
        examples=() if verdict.success else tuple(shown(example) for example in examples),
    )


def _blind(table: str, expectation: gx.expectations.Expectation, error: str) -> Outcome:
    return Outcome(
        table=table,
        expectation=expectation.expectation_type,
        description=expectation.description or expectation.expectation_type,
        description_fr=_in_french(expectation),
        success=False,
        row_count=None,
        unexpected_count=None,
        examples=(shown(error[:ERROR_LENGTH]),),
    )


def _in_french(expectation: gx.expectations.Expectation) -> str:
    """What the page says: `meta={"fr": …}` of the expectation."""
    return str((expectation.meta or {}).get("fr") or expectation.description or expectation.expectation_type)


def _errors(exception_info: Mapping[str, Any]) -> list[str]:
    """The messages of what could not be evaluated, without their tracebacks: one exception, or one per metric."""
    found = [exception_info, *(each for each in exception_info.values() if isinstance(each, dict))]
    return [str(each["exception_message"])[:ERROR_LENGTH] for each in found if each.get("exception_message")]
