"""From a row or a figure of an answer down to its cases: which cases stand behind it, as one condition on ``cases``.

A row of an insight that is not named here opens where its columns are those of a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kundig.errors import QuestionError

_OWN = (
    "(case_id not like 'session:%' and case_id not like 'person:%' or not exists "
    "(select 1 from cases c where c.case_id not like 'session:%' and c.case_id not like 'person:%'))"
)
"""Insights on work leave out the cases kundig made of visits and persons, where the data has its own."""
_PROMISES = """case_id in (
  select case_id from (
    select promise_id, min(case_id) as case_id,
      coalesce(min(due_at) filter (where kind = 'promise_made'), min(due_at)) as due_at,
      count(*) filter (where kind in ('promise_kept', 'promise_broken', 'promise_withdrawn')) as ended
    from events
    where promise_id is not null and kind in ('promise_made', 'promise_kept', 'promise_broken', 'promise_withdrawn')
    group by promise_id
  ) promises where {which})"""
_MADE = "case_id in (select case_id from steps where from_kind = 'promise_made' and {which})"


@dataclass(frozen=True)
class Door:
    """What leads through: the row's columns and the insight's inputs that ``sql``, a condition on ``cases``, reads."""

    keys: tuple[str, ...]
    sql: str
    inputs: tuple[str, ...] = ()


_STEP = Door(
    ("from_activity", "to_activity"),
    "case_id in (select case_id from steps where from_activity = :from_activity and to_activity = :to_activity)",
)
_REASON = Door(("reason",), "reason is not distinct from :reason")
_VARIANT = Door(("variant_hash",), "variant_hash = :variant_hash")
GENERAL = (
    _STEP,
    _VARIANT,
    Door(("reason", "first_channel"), "reason is not distinct from :reason and first_channel = :first_channel"),
    _REASON,
    Door(("first_channel",), "first_channel = :first_channel"),
)
DOORS: Mapping[str, tuple[Door, ...]] = {
    "channels": (Door(("channel",), "first_channel = :channel"),),
    "consistency": (Door(("reason", "channel"), "reason = :reason and first_channel = :channel"),),
    "contact-reasons": (Door(("reason",), "contacts > 0 and reason is not distinct from :reason"),),
    "contacts-per-case": (Door(("contacts",), "least(contacts, :most) = cast(:contacts as bigint)", ("most",)),),
    "data-quality": (),
    "handovers": (Door(("reason",), f"reason is not distinct from :reason and {_OWN}"),),
    "journey-map": (
        _STEP,
        Door(("from_activity",), "case_id in (select case_id from steps where from_activity = :from_activity)"),
        Door(("first_activity",), "first_activity = :first_activity"),
        Door(("last_activity",), "last_activity = :last_activity"),
        _VARIANT,
    ),
    "promises": (
        Door(("promise",), _MADE.format(which="from_activity = :promise")),
        Door(("channel",), _MADE.format(which="channel = :channel")),
        Door(("month",), _MADE.format(which="substring(cast(date_trunc('month', occurred_at) as string), 1, 7) = :month")),
    ),
    "re-explanations": (),
    "repeat-contacts": (
        Door(("reason",), "contacts > 0 and person_id is not null and reason is not distinct from :reason"),
    ),
    "throughput-times": (
        Door(
            ("from_activity", "to_activity"),
            "case_id in (select case_id from steps where from_activity = :from_activity and to_activity = :to_activity "
            f"and from_kind is distinct from 'closed') and {_OWN}",
        ),
    ),
    "variants": (_VARIANT,),
}  # fmt: skip
FIGURES: Mapping[str, str] = {
    "contacts-per-case/cases": "true",
    "contacts-per-case/cases_without_contact": "contacts = 0",
    "journey-map/cases": "true",
    "variants/cases": "true",
    "handovers/cases": _OWN,
    "handovers/handed_over_cases": f"coalesce(nullif(team_handovers, 0), agent_handovers) > 0 and {_OWN}",
    "handovers/returning_cases": f"case when teams > 0 then team_returns else agent_returns end > 0 and {_OWN}",
    "promises/overdue": _PROMISES.format(which="ended = 0 and due_at < :now"),
    "promises/open": _PROMISES.format(which="ended = 0 and due_at >= :now"),
    "throughput-times/open": f"closed_at is null and {_OWN}",
}
"""By insight/figure."""


def keys_of(name: str, row: Mapping[str, Any]) -> dict[str, str] | None:
    """What names the row's cases in a URL ("" for an empty cell); None where there is no way from it to cases."""
    if name == "promises":
        row = {str(row.get("dimension")): row.get("value")} if row.get("value") else {}
    for door in DOORS.get(name, GENERAL):
        if all(key in row for key in door.keys):
            return {key: "" if row[key] is None else str(row[key]) for key in door.keys}
    return None


def figure(name: str, figure: str) -> str:
    """The condition behind a figure; "" where there is none."""
    return FIGURES.get(f"{name}/{figure}", "")


def condition(name: str, keys: Mapping[str, str], inputs: Mapping[str, Any], figure_name: str = "") -> tuple[str, dict[str, Any]]:
    """The condition on ``cases`` and its parameters; QuestionError where the keys lead nowhere."""
    if figure_name:
        found = figure(name, figure_name)
        if not found:
            raise QuestionError("There is no way from {figure} to cases.", figure=figure_name)
        return found, {}
    if not keys:
        return "true", {}
    for door in DOORS.get(name, GENERAL):
        if set(door.keys) == set(keys):
            return door.sql, {**{key: value or None for key, value in keys.items()}, **{key: inputs[key] for key in door.inputs}}
    raise QuestionError("There is no way from {figure} to cases.", figure=", ".join(keys))
