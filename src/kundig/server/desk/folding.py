"""A timeline as a person can read it: the newest part in full, what is older folded by month and case, page visits as one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from django.utils import timezone

OPEN = 15
"""Entries of the newest part; what lies before is folded."""

Event = Mapping[str, Any]


def folded(timeline: Sequence[Event], promises: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """``recent`` entries and older ``months``, each with its cases, from events newest first.

    An entry is ``{"event": ...}`` or ``{"visits": [...]}``, a run of page visits of one session.
    """
    by_id = {promise["promise_id"]: promise for promise in promises if promise["promise_id"]}
    entries = list(_entries([{**event, "promise": by_id.get(event["promise_id"])} for event in timeline]))
    return {
        "recent": entries[:OPEN],
        "months": [_month(name, list(rows)) for name, rows in groupby(entries[OPEN:], key=_month_of)],
    }


def _entries(events: Iterable[Event]) -> Iterable[dict[str, Any]]:
    for (is_visit, _), run in groupby(events, key=lambda e: (e["kind"] == "visit", e["case_id"] if e["kind"] == "visit" else "")):
        rows = list(run)
        if is_visit and len(rows) > 1:
            yield {"visits": rows, "last": rows[0], "first": rows[-1], "newest": rows[0]}
        else:
            yield from ({"event": row, "newest": row} for row in rows)


def _month_of(entry: Mapping[str, Any]) -> str:
    return timezone.localtime(dt.datetime.fromisoformat(entry["newest"]["occurred_at"])).strftime("%Y-%m")


def _about(event: Event) -> str:
    """What a folded entry is about; "" for page visits."""
    return "" if event["kind"] == "visit" else str(event["reason"] or event["activity"])


def _month(name: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    cases: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        cases.setdefault(entry["newest"]["case_id"] or "", []).append(entry)
    return {
        "month": name,
        "events": sum(len(entry.get("visits", (1,))) for entry in entries),
        "about": list(dict.fromkeys(_about(entry["newest"]) for entry in entries)),
        "cases": [
            {
                "case_id": id,
                "entries": rows,
                "visits": all(row["newest"]["kind"] == "visit" for row in rows),
                "reason": next((r["newest"]["reason"] for r in rows if r["newest"]["reason"]), ""),
            }
            for id, rows in cases.items()
        ],
    }
