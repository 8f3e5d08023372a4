"""What the desk asks the lake: one person's memory, one case, one firm, searches; and what it writes: links.

Each function takes a workspace and plain arguments and returns what JSON can say. Names beginning with ``do_`` write, and
are never answered from what was kept. ``now`` is a time in ISO 8601, so that kept answers grow old with it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kundig.errors import QuestionError
from kundig.lake.reading import Reading
from kundig.server.desk import finding, merging, remembered, story
from kundig.workspace import Workspace

MOST_PERSONS = 50
"""Persons of a firm, or of a case, whose events are read for one page."""


def version(workspace: Workspace) -> int:
    """The lake's version; what the desk shows is true for one."""
    return workspace.lake.version


def memory(
    workspace: Workspace, key: str, purpose: str, kind: str = "", now: str = "",
    filters: Mapping[str, str] | None = None, limit: int = 100, cursor: str = "",
) -> dict[str, Any]:  # fmt: skip
    """One person's memory, the timeline newest first; QuestionError where nobody or several are known by ``key``.

    A person who restricted the use of his data is answered by ``{"person": {"restricted": true}, ...}`` alone.
    """
    at = remembered.moment(now, workspace.lake.clock())
    with workspace.lake.read(purpose) as reading:
        ids = remembered.pseudonyms(reading, workspace.key, key, kind)
        if remembered.hidden(reading, ids):
            return {"person": {"person_id": ids[0], "restricted": True}, "lake_version": reading.version}
        person = remembered.identity(reading, ids)
        events = remembered.events_of(reading, ids)
    if not events and not person["keys"]:
        raise _nobody(key)
    return _sealed({"person": person, **_story(events, at, filters or {}, limit, cursor)}, reading)


def case(workspace: Workspace, case_id: str, purpose: str, now: str = "") -> dict[str, Any]:
    """One case with everybody who took part; QuestionError where there is none the purpose may see."""
    at = remembered.moment(now, workspace.lake.clock())
    with workspace.lake.read(purpose) as reading:
        persons = finding.persons_of_case(reading, case_id)
        found = remembered.linked(reading, persons)
        events = _of_case(reading, case_id, found.values())
        people = [remembered.identity(reading, ids) for ids in found.values() if not remembered.hidden(reading, ids)]
    if not events:
        raise QuestionError("There is no case {case}.", "Search for it by its number.", case=case_id)
    told = _story(events, at, {}, len(events), "")
    return _sealed({"case": story.cases_of(events, at)[:1], "persons": people[:MOST_PERSONS], **told}, reading)


def account(workspace: Workspace, account_id: str, purpose: str, now: str = "") -> dict[str, Any]:
    """The persons of one firm, whoever has something open first; QuestionError where the purpose sees nobody of it."""
    at = remembered.moment(now, workspace.lake.clock())
    with workspace.lake.read(purpose) as reading:
        persons = finding.persons_of_account(reading, account_id)
        found = remembered.linked(reading, persons[:MOST_PERSONS])
        people = finding.summaries(reading, found, at)
    if not people:
        raise QuestionError("There is no firm {account}.", "Search for it by its key.", account=account_id)
    people.sort(key=lambda p: (-p["open_cases"], -p["owed"], p["name"] or ""))
    return _sealed({"account_id": account_id, "persons": people, "more": max(0, len(persons) - MOST_PERSONS)}, reading)


def search(workspace: Workspace, words: str, purpose: str, now: str = "") -> dict[str, Any]:
    """Persons, cases and firms that may be meant by ``words``, the best first."""
    at = remembered.moment(now, workspace.lake.clock())
    with workspace.lake.read(purpose) as reading:
        found = finding.search(reading, workspace.key, words, at)
    return _sealed(found, reading)


def same(workspace: Workspace, key: str, purpose: str, now: str = "") -> dict[str, Any]:
    """The links of a person that hold, and others who share a mail address or phone number with him."""
    at = remembered.moment(now, workspace.lake.clock())
    with workspace.lake.read(purpose) as reading:
        ids = remembered.pseudonyms(reading, workspace.key, key)
        _must_be_seen(reading, ids, key)
        found = merging.proposals(reading, ids, at)
        if not finding.summaries(reading, {ids[0]: ids}, at):
            raise _nobody(key)
    links = [row for row in workspace.lake.links_of(ids[0]) if row["live"]]
    return _sealed({"person_id": ids[0], "links": links, "proposals": found}, reading)


def pair(workspace: Workspace, one: str, other: str, purpose: str, now: str = "") -> dict[str, Any]:
    """Two persons side by side, with their decisions and what would hold for both together."""
    at = remembered.moment(now, workspace.lake.clock())
    with workspace.lake.read(purpose) as reading:
        groups = [remembered.pseudonyms(reading, workspace.key, key) for key in (one, other)]
        for ids in groups:
            _must_be_seen(reading, ids, one)
        people = finding.summaries(reading, {ids[0]: ids for ids in groups}, at)
        decided = merging.decisions(reading, groups)
    clash = merging.clash(people) if len(people) == 2 else []
    return _sealed({"persons": people, "decisions": decided, "clash": clash}, reading)


def do_link(
    workspace: Workspace, person: str, same_as: str, purpose: str, evidence: str, author: str, sure: bool = False
) -> int:  # fmt: skip
    """Read ``person`` as ``same_as`` from now on; the lake's new version."""
    with workspace.lake.read(purpose) as reading:
        for key in (person, same_as):
            _must_be_seen(reading, remembered.pseudonyms(reading, workspace.key, key), key)
    return workspace.lake.link(person, same_as, evidence=evidence, author=author, sure=sure)


def do_unlink(workspace: Workspace, person: str, same_as: str, evidence: str, author: str) -> int:
    """Take a link back; the lake's new version."""
    return workspace.lake.unlink(person, same_as, evidence=evidence, author=author)


def _must_be_seen(reading: Reading, ids: Sequence[str], key: str) -> None:
    if remembered.hidden(reading, ids):
        raise _nobody(key)


def _nobody(key: str) -> QuestionError:
    return QuestionError(
        "Nobody is known by {key}.",
        "Give a customer number, mail address or phone number as the source writes it.",
        key=key,
    )


def _of_case(reading: Reading, case_id: str, groups: Iterable[Sequence[str]]) -> list[dict[str, Any]]:
    """The case's events in order, each with the person it happened to."""
    found = [
        {**event, "person_id": ids[0]}
        for ids in list(groups)[:MOST_PERSONS]
        for event in remembered.events_of(reading, ids)
        if event["case_id"] == case_id
    ]
    found += [{**event, "person_id": None} for event in finding.events_of_nobody(reading, case_id)]
    return sorted(found, key=lambda event: event["occurred_at"])


def _story(
    events: Sequence[dict[str, Any]], now: dt.datetime, filters: Mapping[str, str], limit: int, cursor: str
) -> dict[str, Any]:
    """The glance, open cases, promises, and the part of the timeline that was asked for."""
    cases, promises = story.cases_of(events, now), story.promises_of(events, now)
    chosen = [event for event in reversed(events) if _fits(event, filters)]
    start = _after(chosen, cursor)
    part = chosen[start : start + limit]
    more = start + limit < len(chosen)
    return {
        "glance": story.glance(events, cases, promises, now),
        "open_cases": [case for case in cases if case["state"] == "open"],
        "promises": promises,
        "timeline": [{**event, "mood": story.mood_of(event)} for event in part],
        "events": len(events),
        "chosen": len(chosen),
        "next": part[-1]["event_id"] if more and part else None,
        "words": {name: sorted({e[name] for e in events if e[name]}) for name in ("channel", "kind")},
        "cases": [{"case_id": case["case_id"], "reason": case["reason"]} for case in cases],
    }


def _fits(event: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    for name in ("channel", "kind", "case_id"):
        if filters.get(name) and event[name] != filters[name]:
            return False
    if filters.get("since") and event["occurred_at"] < remembered.moment(filters["since"], event["occurred_at"]):
        return False
    wanted = filters.get("text", "").casefold()
    if not wanted:
        return True
    return any(wanted in (event[name] or "").casefold() for name in ("text", "activity", "reason", "case_id", "promise_id"))


def _after(chosen: Sequence[Mapping[str, Any]], cursor: str) -> int:
    """Where the part behind the event ``cursor`` begins; QuestionError where there is no such event."""
    if not cursor:
        return 0
    place = next((n for n, event in enumerate(chosen) if event["event_id"] == cursor), None)
    if place is None:
        raise QuestionError("The timeline has changed since.", "Begin again from its newest event.")
    return place + 1


def _sealed(answer: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The answer as JSON says it, with a mark that changes with its content, and the version it is true for."""
    plain: dict[str, Any] = remembered.told(answer)
    mark = hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return {**plain, "mark": mark, "lake_version": reading.version}
