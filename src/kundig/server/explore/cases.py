"""The cases behind a row or a figure, for those who may see single cases; groups too small are not opened."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kundig import insight as questions
from kundig.answer.sharing import Rule
from kundig.message import Duration, say, sentence, show
from kundig.server.explore import doors

if TYPE_CHECKING:
    from kundig.workspace import Workspace

PAGE = 100
VISIT, LOOSE = sentence("a visit"), sentence("events without a case")
_COUNTED = """
select count(*) as cases, count(distinct person_id) as persons, count(*) filter (where person_id is null) as unknown
from cases where {condition}
"""
_LISTED = """
select case_id, person_id, started_at, ended_at, duration_us, contacts, events, reason, first_channel, closed_at,
  greatest(team_handovers, agent_handovers) as handovers, first_activity, last_activity
from cases where {condition} order by started_at desc, case_id limit {most} offset {skipped}
"""


@dataclasses.dataclass(frozen=True)
class Behind:
    """Which cases are meant: a row's keys or a figure of an insight, with its inputs."""

    name: str
    inputs: Mapping[str, Any]
    keys: Mapping[str, str]
    figure: str = ""

    def condition(self) -> tuple[str, dict[str, Any]]:
        """A condition on ``cases``, and its parameters."""
        defaults = {one.name: one.default for one in questions.inputs_of(questions.find(self.name))}
        return doors.condition(self.name, self.keys, {**defaults, **self.inputs}, self.figure)


def behind(
    workspace: Workspace, wanted: Behind, where: Mapping[str, str], lang: str, *, skip: int = 0, with_persons: bool = False
) -> dict[str, Any]:
    """``cases`` (a page of them, worded), ``n``, ``least`` where the group is too small, and ``lake_version``."""
    condition, params = wanted.condition()
    cls = questions.find(wanted.name)
    with workspace.lake.read(cls.purpose, workspace.where(**where)) as reading:
        if ":now" in condition:
            params["now"] = reading.now
        counted = reading.query(_COUNTED.format(condition=condition), params).to_pylist()[0]
        told = {"n": counted["cases"], "least": 0, "lake_version": reading.version, "cases": []}
        least = Rule.of(cls).least
        if 0 < (counted["persons"] or counted["cases"]) < least:
            return {**told, "n": 0, "least": least}
        sql = _LISTED.format(condition=condition, most=PAGE, skipped=max(0, int(skip)))
        rows = reading.query(sql, params).to_pylist()
    zone = ZoneInfo(workspace.settings.time_zone)
    return {**told, "cases": [_worded(row, lang, zone, with_persons) for row in rows]}


def _worded(row: Mapping[str, Any], lang: str, zone: ZoneInfo, with_persons: bool) -> dict[str, Any]:
    from kundig.answer.plain import closed_word

    return {
        "case_id": _case(row["case_id"], lang, with_persons),
        "named": with_persons or _own(row["case_id"]),
        "person_id": row["person_id"] if with_persons else "",
        "started": _time(row["started_at"], lang, zone),
        "duration": show(Duration((row["duration_us"] or 0) / 1e6), lang),
        "contacts": show(row["contacts"], lang),
        "handovers": show(row["handovers"], lang),
        "reason": row["reason"] or "–",
        "channel": closed_word(row["first_channel"], lang) if row["first_channel"] else "–",
        "closed": _time(row["closed_at"], lang, zone),
        "last": row["last_activity"] or "–",
    }


def _case(case_id: str, lang: str, with_persons: bool) -> str:
    """The case's own name; the names of cases kundig made of visits and persons hold the pseudonym."""
    if with_persons or _own(case_id):
        return case_id
    return say(VISIT if case_id.startswith("session:") else LOOSE, lang)


def _own(case_id: str) -> bool:
    return not case_id.startswith(("session:", "person:"))


def _time(value: dt.datetime | None, lang: str, zone: ZoneInfo) -> str:
    return show(value.astimezone(zone) if value else None, lang)
