"""Journeys laid down once are exact after any history: late events, duplicates, erasures, foldings, crashes."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kundig import event
from kundig.engine import find
from kundig.lake import Lake, knit
from kundig.lake.erase import erase
from kundig.lake.store import Store
from kundig.lake.traces import Traces
from tests.lake.staging import lake_in, put, rows_of
from tests.rows import NOW, events_table

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def recomputed(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Steps and cases computed from scratch, without any lake."""
    session = find("duckdb").session([])
    session.arrow("all_events", events_table(rows))
    session.define("knots", knit.KNOTS_OF_EVENTS.format(relation="all_events") + " where case_id is not null")
    session.define("made", knit.STEPS, stored=True)
    steps = session.query(f"select {', '.join(event.STEPS.names)} from made order by case_id, position").to_pylist()
    cases = session.query(f"select * from ({knit.CASES.format(steps='made')}) order by case_id").to_pylist()
    session.close()
    return steps, cases


def stored(lake: Lake) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    return (
        rows_of(lake, "select * from steps order by case_id, position"),
        rows_of(lake, "select * from cases order by case_id"),
    )


class Histories(RuleBasedStateMachine):
    """Random histories of a lake beside the plain list of events that should be in it."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kundig-history-"))
        self.lake = lake_in(self.folder)
        self.rows: dict[str, dict[str, Any]] = {}
        self.buried: set[str] = set()

    @rule(
        events=st.lists(
            st.tuples(
                st.integers(0, 30), st.integers(0, 5), st.sampled_from("pqr"), st.integers(0, 50),
                st.sampled_from(["contact", "answer", "closed", "reopened", "other"]), st.sampled_from([None, "x", "y", "z"]),
            ),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    def append(self, events: list[tuple[int, int, str, int, str, str | None]]) -> None:
        made = [_row(*values) for values in events]
        put(self.lake, made)
        for row in made:
            if row["person_id"] not in self.buried:
                self.rows.setdefault(row["event_id"], row)

    @rule()
    def fold(self) -> None:
        self.lake.fold(always=True)

    @rule()
    def compact(self) -> None:
        self.lake.compact()

    @rule(person=st.sampled_from("pqr"))
    def erase(self, person: str) -> None:
        erase(self.lake.store, self.lake.engine, Traces((person * 32,), ()), NOW)
        self.buried.add(person * 32)
        self.rows = {k: r for k, r in self.rows.items() if r["person_id"] != person * 32}

    @rule()
    def crash_before_it_counts(self) -> None:
        """Delta was committed, the state was not: the next writer takes it back."""
        store = Store(self.folder)
        counted = store.state.commit
        store.state.commit = _die  # type: ignore[method-assign]
        try:
            self.lake.store = store
            put(self.lake, [_row(99, 9, "r", 0, "other", None)])
        except KeyboardInterrupt:
            pass
        finally:
            store.state.commit = counted  # type: ignore[method-assign]

    @invariant()
    def journeys_are_exact(self) -> None:
        if hasattr(self, "lake"):
            assert stored(self.lake) == recomputed(list(self.rows.values()))

    def teardown(self) -> None:
        if hasattr(self, "lake"):
            with self.lake.store.writing():
                pass
            assert not self.lake.verify().problems
            shutil.rmtree(self.folder)


def _die(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def _row(minute: int, number: int, person: str, case: int, kind: str, team: str | None) -> dict[str, Any]:
    """The id leaves out kind and team: the same id met again with others is the same event again (the first counts)."""
    return {
        "event_id": f"{minute:08x}{number:08x}{ord(person):08x}{case % 6:08x}", "content_hash": 1, "position": number,
        "occurred_at": START + dt.timedelta(minutes=minute), "person_id": person * 32, "case_id": f"k{case % 6}" if case < 45 else None,
        "kind": kind, "activity": f"{kind} {number % 3}", "team": team,
    }  # fmt: skip


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=6, stateful_step_count=7, deadline=None, suppress_health_check=list(HealthCheck))
