"""A timeline folded: the newest in full, the rest by month and case, visits as one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kundig.server.desk import folding

START = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def event(days_ago: int, kind: str = "answer", case_id: str | None = "t:1", **values: Any) -> dict[str, Any]:
    at = (START - dt.timedelta(days=days_ago)).isoformat()
    return {"occurred_at": at, "kind": kind, "case_id": case_id, "activity": kind, "reason": None, "promise_id": None, **values}


def test_the_newest_are_shown_and_older_ones_folded_by_month(site: Any) -> None:
    parts = folding.folded([event(n * 3) for n in range(40)], [])
    assert len(parts["recent"]) == folding.OPEN
    assert [part["month"] for part in parts["months"]] == ["2026-10", "2026-09", "2026-08", "2026-07"]
    assert sum(part["events"] for part in parts["months"]) + folding.OPEN == 40


def test_visits_of_one_session_are_one_entry(site: Any) -> None:
    parts = folding.folded([event(1, "visit", "s:1"), event(1, "visit", "s:1"), event(1, "visit", "s:2"), event(2)], [])
    assert [len(entry.get("visits", ())) for entry in parts["recent"]] == [2, 0, 0]


def test_a_month_keeps_the_events_of_a_case_together(site: Any) -> None:
    recent = [event(0) for _ in range(folding.OPEN)]
    older = [
        event(40, case_id="t:1", reason="Rechnung"),
        event(41, case_id="t:2"),
        event(42, case_id="t:1"),
        event(43, "visit", "s:1"),
    ]
    (month,) = folding.folded([*recent, *older], [])["months"]
    assert [(case["case_id"], len(case["entries"]), case["reason"]) for case in month["cases"]] == [
        ("t:1", 2, "Rechnung"),
        ("t:2", 1, ""),
        ("s:1", 1, ""),
    ]
    assert month["about"] == ["Rechnung", "answer", ""]


def test_an_event_of_a_promise_carries_what_became_of_it(site: Any) -> None:
    parts = folding.folded([event(1, "promise_made", promise_id="p")], [{"promise_id": "p", "state": "kept"}])
    assert parts["recent"][0]["event"]["promise"]["state"] == "kept"
