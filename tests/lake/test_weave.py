"""Woven journeys equal the SQL that defines them, on any history: row by row, column by column."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundig import event
from kundig.engine import Session, find
from kundig.lake import columns, knit, weave
from tests.insights.logs import log

SCHEMA = pa.schema([event.EVENTS.arrow().field("position" if c == "source_position" else c).with_name(c) for c in knit.KNOTS])
START = dt.datetime(1969, 12, 31, 23, 58, tzinfo=dt.UTC)
CASES = ["", "k1", "k10", "k2", "K2", "Ä", "ß", "z 😀"]
ACTIVITIES = ["", "a", "b > c", "Rückruf", "ö" * 700 + "ü", "😀" * 900]

knot = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(CASES),
        "person_id": st.sampled_from([None, "p", "q", "r"]),
        "account_id": st.sampled_from([None, "", "Firma"]),
        "occurred_at": st.integers(0, 3).map(lambda n: START + dt.timedelta(minutes=n, microseconds=n)),
        "source_position": st.integers(-1, 1),
        "activity": st.sampled_from(ACTIVITIES),
        "kind": st.sampled_from(["contact", "answer", "closed", "reopened", "other"]),
        "channel": st.sampled_from([None, "phone", "Brief", ""]),
        "direction": st.sampled_from([None, "inbound"]),
        "actor": st.sampled_from([None, "human"]),
        "agent_id": st.sampled_from([None, "x", "y", "z"]),
        "team": st.sampled_from([None, "1", "2"]),
        "reason": st.sampled_from([None, "Störung", ""]),
        "score": st.none() | st.floats(-10, 10),
        "score_scale": st.sampled_from([None, "1-5", "0-10"]),
        "duration_s": st.none() | st.floats(0, 1e6),
        "cost": st.none() | st.decimals(-(10**12), 10**12, places=4),
        "source": st.sampled_from(["desk", "shop"]),
    }
)


def knots_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Knots with event ids that are in no order."""
    named = [{**row, "event_id": hashlib.md5(str(n).encode()).hexdigest()} for n, row in enumerate(rows)]
    return pa.Table.from_pylist(named, schema=SCHEMA)


@cache
def duckdb_session() -> Session:
    """One session for all examples: making one takes longer than asking it."""
    return find("duckdb", threads=1).session([])


def knitted(knots: pa.Table) -> tuple[pa.Table, pa.Table]:
    """What the SQL says."""
    session = duckdb_session()
    session.arrow("knots", knots)
    session.define("made", knit.STEPS, stored=True)
    steps = session.query(f"select {', '.join(event.STEPS.names)} from made order by case_id, position")
    cases = session.query(f"select {', '.join(event.CASES.names)} from ({knit.CASES.format(steps='made')}) order by case_id")
    return steps, cases


def plain(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with plain texts, which must make it fit the schema exactly."""
    fields = [pa.field(f.name, schema.field(f.name).type, f.nullable) for f in table.schema]
    assert pa.schema(fields) == schema
    assert all(f.type == schema.field(f.name).type or pa.types.is_dictionary(f.type) for f in table.schema)
    made: pa.Table = table.cast(schema)
    made.validate(full=True)
    return made


def same(knots: pa.Table) -> None:
    steps, cases = weave.weave(knots)
    told_steps, told_cases = knitted(knots)
    equal(plain(steps, event.STEPS.arrow()), told_steps)
    woven = plain(cases, event.CASES.arrow())
    equal(woven.drop_columns("handling_s"), told_cases.drop_columns("handling_s"))
    sums, told = woven["handling_s"], told_cases["handling_s"]
    assert sums.is_null().equals(told.is_null())
    assert sums.drop_null().to_pylist() == pytest.approx(told.drop_null().to_pylist(), rel=1e-9)


def equal(one: pa.Table, other: pa.Table) -> None:
    """Lists of rows are only made to show what differs: they are slow."""
    if not one.equals(other.cast(one.schema)):
        assert one.to_pylist() == other.to_pylist()


@given(st.lists(knot, max_size=25))
@settings(max_examples=50)
def test_equals_the_sql_on_random_histories(rows: list[dict[str, Any]]) -> None:
    same(knots_of(rows))


@given(st.lists(knot, min_size=1, max_size=20), st.integers(0, 5))
@settings(max_examples=15)
def test_many_texts_and_large_numbers_take_the_other_way_to_the_same_rows(rows: list[dict[str, Any]], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MOST_WORDS", most)
        patch.setattr(weave, "_TOO_LARGE", 0)
        same(knots_of(rows))


@given(st.lists(knot, min_size=1, max_size=15), st.randoms(use_true_random=False))
@settings(max_examples=15)
def test_chunks_dictionaries_and_order_of_the_knots_do_not_matter(rows: list[dict[str, Any]], chance: random.Random) -> None:
    knots = knots_of(rows)
    encoded = pa.table(
        [c.dictionary_encode() if n in columns.REPEATING else c for n, c in zip(knots.column_names, knots.columns, strict=True)],
        list(knit.KNOTS),
    )
    order = list(range(len(rows)))
    chance.shuffle(order)
    pieces = pa.concat_tables([encoded.take(pa.array(order[n::3], pa.int64())) for n in range(3)])
    assert [t.to_pylist() for t in weave.weave(pieces)] == [t.to_pylist() for t in weave.weave(knots)]


def test_no_knots_make_no_journeys() -> None:
    steps, cases = weave.weave(SCHEMA.empty_table())
    assert (steps.schema, cases.schema) == (event.STEPS.arrow(), event.CASES.arrow())
    assert steps.num_rows == cases.num_rows == 0


def test_one_case_by_hand() -> None:
    at = [START + dt.timedelta(hours=n) for n in range(4)]
    rest = {"source": "desk", "source_position": 0}
    rows = [
        {"case_id": "1", "occurred_at": at[0], "activity": "Anruf", "kind": "contact", "team": "a", "person_id": "p", **rest},
        {"case_id": "1", "occurred_at": at[2], "activity": "Schluss", "kind": "closed", "cost": Decimal("1.5"), **rest},
        {
            "case_id": "1",
            "occurred_at": at[1],
            "activity": "Antwort",
            "kind": "answer",
            "team": "b",
            "cost": Decimal("0.0001"),
            **rest,
        },
        {"case_id": "1", "occurred_at": at[3], "activity": "Anruf", "kind": "contact", "team": "a", "person_id": "q", **rest},
    ]
    steps, cases = weave.weave(knots_of([{**dict.fromkeys(knit.KNOTS), **row} for row in rows]))
    assert steps["from_activity"].to_pylist() == ["Anruf", "Antwort", "Schluss", "Anruf"]
    assert steps["from_team"].to_pylist() == ["a", "b", "b", "a"]
    assert steps["gap_us"].to_pylist() == [3_600_000_000] * 3 + [None]
    case = cases.to_pylist()[0]
    assert (case["persons"], case["person_id"], case["contacts"], case["closed_at"]) == (2, "p", 2, at[2])
    assert (case["teams"], case["team_handovers"], case["team_returns"]) == (2, 2, 1)
    assert (case["cost"], case["handling_s"]) == (Decimal("1.5001"), None)
    assert case["variant"] == "Anruf > Antwort > Schluss > Anruf"
    assert case["variant_hash"] == hashlib.md5(case["variant"].encode()).hexdigest()


def test_costs_that_do_not_fit_are_refused() -> None:
    row = {
        "case_id": "1",
        "occurred_at": START,
        "activity": "a",
        "kind": "other",
        "source": "s",
        "source_position": 0,
        "cost": Decimal(10**13 * 9),
    }
    with pytest.raises(pa.ArrowInvalid):
        weave.weave(knots_of([{**dict.fromkeys(knit.KNOTS), **row}] * 2))


def test_equals_the_sql_on_a_real_log(shared_data: Path) -> None:
    """Times in it are equal thousands of times; positions are made to be, so that the event id decides."""
    kinds = {"Accepted": "contact", "Queued": "wait", "Completed": "closed"}
    named = {**dict.fromkeys(knit.KNOTS), "source": "vinst"}
    rows = log(shared_data / "bpic2013" / "bpi_challenge_2013_incidents.xes.gz")
    knots = knots_of(
        [{**named, **row, "source_position": n // 3, "kind": kinds.get(row["activity"], "other")} for n, row in enumerate(rows)]
    )
    assert (knots.num_rows, len(knots["case_id"].unique())) == (65_533, 7_554)
    same(knots)
