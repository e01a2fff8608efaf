"""The same files in any order, any number of times, over any number of runs: the same records are billed.

The models that settle records are compiled once by dbt, then run as they stand for each example.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops import embedded_postgres
from ops.embedded_postgres import ServerInfo
from ops.migrate import migrate
from tests.integration import dbt_build
from tests.integration.rate_rows import LANDED_AT, Row, a_call, at, insert_file

STEPS = (
    "int_usage__identities", "int_usage__repeated", "int_usage__calls", "int_usage__elsewhere", "int_usage__deduplicated",
)  # fmt: skip
LINE, CALLED = "+33199001001", "+33639980012"
TO_RATE = """
select usage_id, usage_type, line_id, called_number, started_at, local_day, duration_seconds, supplier_amount
from rate.int_usage__deduplicated where outcome is null
"""
SETTLED = "select usage_id, outcome, reason from rate.int_usage__deduplicated where outcome is not null"


@dataclass(frozen=True)
class UsageFile:
    """A file of one source, before it lands."""

    file_id: str
    source_code: str
    records: tuple[Row, ...]
    facts: dict[str, Any] = field(default_factory=dict)

    def again(self, times: int) -> "UsageFile":
        """The same records in a file of other bytes."""
        return UsageFile(f"{self.file_id} again {times}", self.source_code, self.records, self.facts)


@dataclass(frozen=True)
class Settled:
    """What the models say once every file has landed."""

    to_rate: list[tuple[Any, ...]]
    outcomes: Counter[tuple[str, str, str]]


@dataclass(frozen=True)
class Records:
    """A database whose models can be filled again in a moment."""

    conn: psycopg.Connection[Any]
    statements: dict[str, str]

    def settle(self, files: Sequence[UsageFile], runs_after: frozenset[int] = frozenset()) -> Settled:
        """Land the files in this order, an hour apart, and settle their records at the end, and after some of them."""
        self.conn.execute("truncate landing.usage_records")
        self.conn.execute("truncate landing.usage_files cascade")
        for number, file in enumerate(files):
            insert_file(
                self.conn,
                file.file_id,
                file.records,
                source_code=file.source_code,
                landed_at=LANDED_AT + timedelta(hours=number),
                **file.facts,
            )
            if number in runs_after:
                self._run()
        self._run()
        to_rate = sorted(self.conn.execute(TO_RATE).fetchall())
        return Settled(to_rate, Counter(self.conn.execute(SETTLED).fetchall()))

    def _run(self) -> None:
        for model, statement in self.statements.items():
            self.conn.execute(f"truncate rate.{model}")
            self.conn.execute(f"insert into rate.{model} {statement}")


@pytest.fixture(scope="module")
def records(postgres_server: ServerInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    dsn = embedded_postgres.create_database(postgres_server, "any_order")
    migrate(dsn)
    folder = tmp_path_factory.mktemp("dbt")
    built = dbt_build.run(dsn, folder, "run", "--select", f"+{STEPS[-1]}", as_of="2026-12-31 00:00:00+00")
    assert built.success, built.exception or built.result
    compiled = folder / "target" / "compiled" / "releve" / "models" / "intermediate" / "rate"
    statements = {model: Path(compiled, f"{model}.sql").read_text() for model in STEPS}
    with psycopg.connect(dsn, autocommit=True) as conn:
        yield Records(conn, statements)
    embedded_postgres.drop_database(postgres_server, "any_order")


# Small worlds, so that identities meet. A letter's case or a number more makes another content.
IDENTIFIED = st.builds(
    lambda name, seconds, cancels: a_call(
        f"id {name}", LINE, CALLED, at(name), duration_seconds=seconds, is_cancellation=cancels
    ),
    st.integers(1, 3),
    st.sampled_from([60, 60, 60, 61]),
    st.sampled_from([False, False, False, True]),
)
VERSIONED = st.builds(
    lambda name, version, seconds, cancels: a_call(
        f"version {name}", LINE, CALLED, at(10), duration_seconds=seconds, version_key=version, is_cancellation=cancels
    ),
    st.integers(1, 2),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from([60, 60, 61]),
    st.sampled_from([False, False, False, True]),
)
COUNTED = st.builds(lambda name: a_call(f"all columns {name}", LINE, CALLED, at(11, name)), st.integers(1, 2))
HALVES = st.builds(
    lambda name, half, minute: a_call(
        f"half {name} {half} {minute}", LINE, CALLED, at(12, 10, minute), duration_seconds=None,
        call_key=f"pair {name}", call_half=half,
    ),
    st.integers(1, 2),
    st.sampled_from(["start", "stop"]),
    st.sampled_from([1, 1, 2, 3]),
)  # fmt: skip
LEGS = st.builds(
    lambda name, leg, seconds: a_call(
        f"leg {name} {leg}", LINE, CALLED, at(13, 10, leg), duration_seconds=seconds * leg,
        call_key=f"call {name}", not_billable_reason=None if leg else "internal",
    ),
    st.integers(1, 2),
    st.integers(0, 2),
    st.sampled_from([30, 30, 30, 31]),
)  # fmt: skip
ELSEWHERE = st.builds(lambda hour: a_call(f"elsewhere {hour}", LINE, CALLED, at(hour)), st.integers(1, 3))
SOURCES: list[tuple[str, st.SearchStrategy[Row], dict[str, Any]]] = [
    ("identified", IDENTIFIED, {}),
    ("versioned", VERSIONED, {"correction": "replace"}),
    ("counted", COUNTED, {"has_identity": False}),
    ("halves", HALVES, {"pair_limit_hours": 24}),
    ("legs", LEGS, {}),
    ("elsewhere", ELSEWHERE, {}),
]


@st.composite
def deliveries(draw: st.DrawFn) -> list[UsageFile]:
    """Two to seven files; some sources send several."""
    files = []
    for number in range(draw(st.integers(2, 7))):
        code, strategy, facts = draw(st.sampled_from(SOURCES))
        rows = draw(st.lists(strategy, min_size=1, max_size=4))
        # the digest of a file says nothing of when it came
        files.append(UsageFile(f"{draw(st.integers(0, 9))}{number}", code, tuple(rows), facts))
    return files


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_files_in_any_order_over_any_runs_settle_the_same(records: Records, data: st.DataObject) -> None:
    files = data.draw(deliveries())
    expected = records.settle(files)

    shuffled = data.draw(st.permutations(files))
    runs_after = data.draw(st.frozensets(st.integers(0, len(files) - 1)))

    assert expected == records.settle(shuffled, runs_after)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_files_that_come_again_in_other_bytes_bill_nothing_more(records: Records, data: st.DataObject) -> None:
    files = data.draw(deliveries())
    expected = records.settle(files)

    repeated = data.draw(st.lists(st.sampled_from(files), max_size=4))
    again = [file.again(number) for number, file in enumerate(repeated)]
    found = records.settle(data.draw(st.permutations([*files, *again])))

    assert expected.to_rate == found.to_rate
    more = found.outcomes - expected.outcomes
    kept = {(usage_id, outcome, reason) for usage_id, outcome, reason in expected.outcomes if outcome != "duplicate"}
    assert {key for key in more if key[1] != "duplicate"} <= kept


def test_the_examples_meet_every_outcome(records: Records) -> None:
    """The worlds above are small enough for every rule to speak, or the two properties would prove little."""
    call, half = a_call("u", LINE, CALLED, at(1)), {"duration_seconds": None, "call_key": "k"}
    files = [
        UsageFile("1", "identified", (call, {**call, "usage_id": "v"}, a_call("w", LINE, CALLED, at(2)))),
        UsageFile("2", "identified", (call, {**call, "usage_id": "v", "duration_seconds": 61})),
        UsageFile("3", "identified", ({**call, "usage_id": "w", "is_cancellation": True},)),
        UsageFile("4", "identified", ({**call, "usage_id": "x", "is_cancellation": True},)),
        UsageFile("5", "versioned", tuple(a_call("y", LINE, CALLED, at(9), version_key=v) for v in "12"), {"correction": "replace"}),
        UsageFile("6", "halves", (a_call("z1", LINE, CALLED, at(3), call_half="start", **half),)),
        UsageFile("7", "halves", (a_call("z2", LINE, CALLED, at(3, 11), call_half="stop", **half),)),
        UsageFile("8", "legs", tuple(a_call(f"l{n}", LINE, CALLED, at(4), call_key="c") for n in (1, 2))),
        UsageFile("9", "elsewhere", (call,)),
    ]  # fmt: skip

    settled = records.settle(files)

    assert {("duplicate", "delivered_again"), ("held", "conflict"), ("not_billable", "cancelled")} <= {
        (outcome, reason) for _, outcome, reason in settled.outcomes
    }
    assert {("waiting", "waiting_for_cancelled"), ("duplicate", "replaced"), ("merged", "other_half")} <= {
        (outcome, reason) for _, outcome, reason in settled.outcomes
    }
    assert ("merged", "leg_of_call") in {(outcome, reason) for _, outcome, reason in settled.outcomes}
