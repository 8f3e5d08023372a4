"""What a person's events tell whoever serves him: what he wants, what was promised, what he said already and was tried.

Pure functions over events, oldest first, with the columns of the lake's ``events`` and a ``text``; times are datetimes in
UTC. The states of promises are those of the insight ``promises``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Event = Mapping[str, Any]

DORMANT = dt.timedelta(days=90)
"""A case that nobody ever closed counts as open for so long after its last event."""
RECENT = dt.timedelta(days=90)
"""A broken or late promise is told at a glance for so long."""
MOST_TOLD = 8
MOST_TRIED = 12
MOST_MOODS = 5
_SERVICE = {"contact", "answer", "wait", "handover", "opened", "reopened", "promise_made"}
_TRIED = {"answer", "handover", "wait", "promise_made", "promise_kept", "promise_broken", "promise_withdrawn", "reopened"}
_ENDS = {"promise_kept": "fulfilled_at", "promise_broken": "broken_at", "promise_withdrawn": "withdrawn_at"}
_SCALE = re.compile(r"(-?[\d.]+)-(-?[\d.]+)")
_HIS = ("customer", None)


def by_case(events: Iterable[Event]) -> dict[str, list[Event]]:
    """The events of each case, in order."""
    found: dict[str, list[Event]] = {}
    for event in events:
        if event["case_id"]:
            found.setdefault(event["case_id"], []).append(event)
    return found


def cases_of(events: Iterable[Event], now: dt.datetime) -> list[dict[str, Any]]:
    """Each case in which the customer was served, the one touched last first; ``state`` is open, dormant or closed."""
    found = [_case(id, rows, now) for id, rows in by_case(events).items() if any(row["kind"] in _SERVICE for row in rows)]
    return sorted(found, key=lambda case: case["last_at"], reverse=True)


def _case(case_id: str, rows: Sequence[Event], now: dt.datetime) -> dict[str, Any]:
    contacts = [row for row in rows if is_his(row)]
    return {
        "case_id": case_id,
        "state": _state(rows, now),
        "turn": _turn(rows),
        "reason": next((row["reason"] for row in rows if row["reason"]), None),
        "started_at": rows[0]["occurred_at"],
        "last_at": rows[-1]["occurred_at"],
        "events": len(rows),
        "contacts": len(contacts),
        "last_contact_at": contacts[-1]["occurred_at"] if contacts else None,
        "channels": _distinct(rows, "channel"),
        "teams": _distinct(rows, "team"),
    }


def is_his(event: Event) -> bool:
    """Whether the customer turned to the firm here."""
    return bool(event["kind"] == "contact" and event["direction"] in ("inbound", None) and event["actor"] in _HIS)


def _state(rows: Sequence[Event], now: dt.datetime) -> str:
    """A closed case is open again when it was opened again, or when the customer came back to it."""
    closed = False
    for row in rows:
        if row["kind"] == "closed":
            closed = True
        elif row["kind"] in ("opened", "reopened") or is_his(row):
            closed = False
    if closed:
        return "closed"
    return "open" if now - rows[-1]["occurred_at"] <= DORMANT else "dormant"


def _turn(rows: Sequence[Event]) -> str:
    """Who has to act next: the firm, unless its answer was the last word."""
    last = next((row for row in reversed(rows) if is_his(row) or row["kind"] in ("answer", "reopened", "handover")), None)
    return "customer" if last and last["kind"] == "answer" else "firm"


def _distinct(rows: Iterable[Event], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows if row[column]))


def promises_of(events: Iterable[Event], now: dt.datetime) -> list[dict[str, Any]]:
    """Each promise with its state: open, overdue, broken, late, kept, withdrawn or undated; what is owed first, by its date."""
    told: dict[str, dict[str, Any]] = {}
    for number, event in enumerate(events):
        if event["kind"] == "promise_made" or (event["kind"] in _ENDS and event["promise_id"]):
            _tell(told.setdefault(event["promise_id"] or f"#{number}", _blank(event)), event)
    for promise in told.values():
        promise["state"] = _became(promise, now)
    order = ("overdue", "open", "broken", "late", "withdrawn", "undated", "kept")
    return sorted(told.values(), key=lambda p: (order.index(p["state"]), p["due_at"] or p["made_at"]))


def _blank(event: Event) -> dict[str, Any]:
    return {
        "promise_id": event["promise_id"],
        "promise": event["activity"],
        "text": None,
        "case_id": event["case_id"],
        "channel": event["channel"],
        "team": event["team"],
        "made_at": event["occurred_at"],
        "due_at": event["due_at"],
        "fulfilled_at": None,
        "broken_at": None,
        "withdrawn_at": None,
        "state": "open",
    }


def _tell(promise: dict[str, Any], event: Event) -> None:
    """The first date counts, where a promise was put off."""
    if event["kind"] == "promise_made":
        promise["due_at"] = promise["due_at"] or event["due_at"]
        promise["text"] = promise["text"] or event["text"]
        return
    promise[_ENDS[event["kind"]]] = promise[_ENDS[event["kind"]]] or event["occurred_at"]


def _became(promise: Mapping[str, Any], now: dt.datetime) -> str:
    due = promise["due_at"]
    if promise["fulfilled_at"]:
        return "undated" if due is None else "kept" if promise["fulfilled_at"] <= due else "late"
    if promise["withdrawn_at"]:
        return "withdrawn"
    if promise["broken_at"]:
        return "broken"
    return "overdue" if due and due < now else "open"


def glance(
    events: Sequence[Event], cases: Sequence[Mapping[str, Any]], promises: Sequence[Mapping[str, Any]], now: dt.datetime
) -> dict[str, Any]:
    """What an agent must know in one look; lists are cut, the newest first, and ``..._in_all`` says how many there are."""
    open_ids = {case["case_id"] for case in cases if case["state"] == "open"}
    open_rows = by_case(event for event in events if event["case_id"] in open_ids)
    told, tried = _told(open_rows), _tried(open_rows)
    owed = [p for p in promises if p["state"] in ("open", "overdue")]
    return {
        "latest_contact": _latest(events),
        "told": told[:MOST_TOLD],
        "told_in_all": len(told),
        "tried": tried[:MOST_TRIED],
        "tried_in_all": len(tried),
        "owed": owed,
        "broken": [p for p in promises if p["state"] in ("broken", "late") and now - _ended(p) <= RECENT],
        "overdue": sum(p["state"] == "overdue" for p in owed),
        "next_due": min((p["due_at"] for p in owed if p["due_at"] and p["due_at"] >= now), default=None),
        "moods": _moods(events),
        "dormant_cases": sum(case["state"] == "dormant" for case in cases),
    }


def _ended(promise: Mapping[str, Any]) -> dt.datetime:
    ended: dt.datetime = promise["broken_at"] or promise["fulfilled_at"] or promise["made_at"]
    return ended


def _latest(events: Sequence[Event]) -> dict[str, Any] | None:
    contact = next((event for event in reversed(events) if is_his(event)), None)
    return {**brief(contact), "reason": contact["reason"]} if contact else None


def brief(event: Event) -> dict[str, Any]:
    """What is shown of an event outside the timeline."""
    return {
        name: event[name]
        for name in ("event_id", "occurred_at", "activity", "kind", "channel", "case_id", "actor", "team", "text", "due_at")
    }


def _told(cases: Mapping[str, Sequence[Event]]) -> list[dict[str, Any]]:
    """What he has explained in open cases, and to which team; newest first."""
    found = [
        {**brief(row), **_listener(rows, place), "reason": row["reason"]}
        for rows in cases.values()
        for place, row in enumerate(rows)
        if is_his(row)
    ]
    return sorted(found, key=lambda row: row["occurred_at"], reverse=True)


def _listener(rows: Sequence[Event], place: int) -> dict[str, Any]:
    """Who heard it: the event's own team, else whoever acted next in the case."""
    own = rows[place]["team"]
    after = next((row for row in rows[place + 1 :] if row["actor"] in ("human", "machine") and row["kind"] != "closed"), None)
    return {"to_team": own or (after["team"] if after else None), "to": after["actor"] if after else None}


def _tried(cases: Mapping[str, Sequence[Event]]) -> list[dict[str, Any]]:
    found = [brief(row) for rows in cases.values() for row in rows if row["kind"] in _TRIED]
    return sorted(found, key=lambda row: row["occurred_at"], reverse=True)


def _moods(events: Sequence[Event]) -> list[dict[str, Any]]:
    scored = [event for event in reversed(events) if event["score"] is not None][:MOST_MOODS]
    return [{**brief(e), "score": e["score"], "score_scale": e["score_scale"], "mood": mood_of(e)} for e in scored]


def mood_of(event: Event) -> str | None:
    """unhappy, neutral or happy by where the score lies on its scale; None without a scale."""
    found = _SCALE.fullmatch(event["score_scale"] or "")
    if event["score"] is None or not found or float(found[1]) >= float(found[2]):
        return None
    low, high = float(found[1]), float(found[2])
    share = (event["score"] - low) / (high - low)
    return "unhappy" if share < 0.4 else "neutral" if share < 0.7 else "happy"
