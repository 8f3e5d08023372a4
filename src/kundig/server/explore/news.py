"""The overview, computed in the asker: how fresh the data are, what is wrong and what to do, what changed last month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kundig import insight as questions
from kundig.message import Message, say, sentence, show
from kundig.server.explore import asked, periods

if TYPE_CHECKING:
    from kundig.answer import Answer
    from kundig.workspace import Workspace

ENOUGH = 30
"""Observations in each period below which a change is not told."""


@dataclass(frozen=True)
class Watched:
    """A figure whose change is news: which, and whether more of it is better (1), worse (-1) or neither (0)."""

    insight: str
    figure: str
    better: int


WATCHED = (
    Watched("contacts-per-case", "contacts", 0),
    Watched("contacts-per-case", "mean_contacts", -1),
    Watched("repeat-contacts", "first_contact_resolution", 1),
    Watched("promises", "kept_share", 1),
    Watched("handovers", "returning_share", -1),
)
TOLD = ("promises", "repeat-contacts", "handovers", "re-explanations", "contacts-per-case", "contact-reasons", "throughput-times",
        "data-quality")  # fmt: skip
"""The insights the story rests on."""
MEND = sentence("Data lists each of them with its reason: mend them there and play them again.")
GRADES = {"high": sentence("Grave"), "medium": sentence("Notable"), "low": sentence("Minor")}
_STATE = """
select count(*) as events, count(distinct person_id) as persons, max(occurred_at) filter (where occurred_at <= :now) as newest,
  max(received_at) as stored
from events
"""


def state(workspace: Workspace, lang: str) -> dict[str, Any]:
    """How much is there and how fresh it is."""
    with workspace.lake.read("analysis") as reading:
        row = reading.query(_STATE, {"now": workspace.lake.clock()}).to_pylist()[0]
        version = reading.version
    zone = ZoneInfo(workspace.settings.time_zone)
    return {
        "events": show(row["events"], lang), "persons": show(row["persons"], lang), "empty": not row["events"],
        "newest": _day(row["newest"], zone, lang), "stored": _day(row["stored"], zone, lang), "lake_version": version,
    }  # fmt: skip


def today(workspace: Workspace, purposes: Sequence[str], lang: str) -> dict[str, Any]:
    """The morning page: each line with the insight that shows more of it, the greatest effect first."""
    if questions.find("today").purpose not in purposes:
        return {"lines": []}
    answer = asked.put(workspace, "today")
    rows = [] if answer.untold else answer.table.to_pylist()
    said = answer.sentences if rows else ()
    return {
        "lines": [
            {"said": message.say(lang), "insight": row["insight"], "title": say(questions.find(row["insight"]).title, lang)}
            for message, row in zip(said, rows, strict=False)
        ],
        "none": "" if rows else answer.sentences[0].say(lang), "lake_version": answer.lake_version,
    }  # fmt: skip


def story(workspace: Workspace, purposes: Sequence[str], lang: str) -> dict[str, Any]:
    """What is wrong and what to do, the heaviest first; what works; promises to keep."""
    from kundig import report

    answers = asked.put_all(workspace, [name for name in TOLD if questions.find(name).purpose in purposes])
    found = [_worded(finding, answers, lang) for finding in report.story(answers)]
    promises = next((answer for answer in answers if answer.name == "promises"), None)
    return {
        "wrong": [one for one in found if one["severity"] in GRADES],
        "good": [one for one in found if one["severity"] == "good"],
        "unknown": [one for one in found if one["severity"] == "unknown"],
        "promises": _promises(promises, lang), "lake_version": answers[0].lake_version if answers else 0,
    }  # fmt: skip


def _worded(finding: Any, answers: Sequence[Answer], lang: str) -> dict[str, Any]:
    title = next(answer.title for answer in answers if answer.name == finding.insight)
    return {
        "insight": finding.insight, "title": say(title, lang), "severity": finding.severity,
        "grade": say(GRADES.get(finding.severity, ""), lang), "message": finding.message.say(lang),
        "evidence": " ".join(message.say(lang) for message in finding.evidence),
        "action": _action(finding.action).say(lang) if finding.action else "",
    }  # fmt: skip


def _action(action: Message) -> Message:
    """What to do; where that is a command of the terminal, the way over the page instead."""
    return Message(MEND) if "`kundig" in action.text else action


def _promises(answer: Answer | None, lang: str) -> dict[str, str] | None:
    if answer is None or answer.untold or not answer.figures.get("made"):
        return None
    return {name: show(answer.figures.get(name), lang) for name in ("made", "open", "overdue")}


def changes(workspace: Workspace, purposes: Sequence[str], lang: str) -> dict[str, Any]:
    """The last full month of the data beside the one before; weeks where there are not two full months."""
    span = periods.last_full(workspace)
    if span is None:
        return {"rows": []}
    since, until = span
    start, end = periods.before(since, until)
    names = list(dict.fromkeys(one.insight for one in WATCHED if questions.find(one.insight).purpose in purposes))
    new, old = (
        dict(zip(names, asked.put_all(workspace, names, {"since": first.isoformat(), "until": last.isoformat()}), strict=True))
        for first, last in ((since, until), (start, end))
    )
    rows = [row for one in WATCHED if one.insight in new and (row := _change(one, new[one.insight], old[one.insight], lang))]
    day = dt.timedelta(days=1)
    return {
        "rows": sorted(rows, key=lambda row: {"bad": 0, "good": 1}.get(row["tone"], 2)),
        "now": Message("{since} to {until}", {"since": since, "until": until - day}).say(lang),
        "then": Message("{since} to {until}", {"since": start, "until": end - day}).say(lang),
        "since": since.isoformat(), "until": until.isoformat(),
    }  # fmt: skip


def _change(one: Watched, new: Answer, old: Answer, lang: str) -> dict[str, Any] | None:
    if min(new.n, old.n) < ENOUGH or new.figures.get(one.figure) is None or old.figures.get(one.figure) is None:
        return None
    told = periods.difference(new, old, one.figure, lang)
    return {**told, "insight": one.insight, "tone": _tone(one, new.figures, old.figures)} if told else None


def _tone(one: Watched, now: Mapping[str, Any], then: Mapping[str, Any]) -> str:
    """good or bad only where the change is more than chance."""
    if not one.better or not periods.clear(now, then, one.figure):
        return ""
    return "good" if (now[one.figure] - then[one.figure]) * one.better > 0 else "bad"


def _day(value: dt.datetime | None, zone: ZoneInfo, lang: str) -> str:
    return show(value.astimezone(zone) if value else None, lang)
