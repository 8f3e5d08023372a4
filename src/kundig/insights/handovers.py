"""Who hands customers on, how often, and how often a case comes back to somebody who had already passed it on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart, Figure
from kundig.insight import Result, Telling
from kundig.insights._own_cases import OWN, OWN_CASES
from kundig.measures import mean, proportion
from kundig.message import Message, Number, Share, sentence

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_CASES = 30
"""A reason is named in a sentence only with at least so many cases."""

MOVES = f"""
with {OWN},
level as (
  select coalesce(max(teams), 0) > 0 as by_team from cases
),
moves as (
  select reason,
    case when by_team then team_handovers else agent_handovers end as handovers,
    case when by_team then team_returns else agent_returns end as returns
  from cases cross join level cross join own where {OWN_CASES}
)
"""


@dataclass(frozen=True)
class Handovers:
    """How often cases are handed on, and how often they come back to somebody who had passed them on."""

    title: ClassVar[str] = sentence("Handovers")
    definition: ClassVar[str] = sentence(
        "A handover is a change from one team to another within a case; where the data has no teams, from one agent to another. "
        "Events that name nobody change nothing. Cases that kundig itself made of visits or persons are left out where the data has "
        "cases of its own. A case returns if it is handed to a team (or agent) that has had it before: "
        "ping-pong. Shares and means are over all cases, also those never handed on. Intervals: 95%."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "team | agent_id")
    smallest: ClassVar[int] = 10
    sql: ClassVar[str] = (
        MOVES.strip()
        + """
select reason,
  count(*) as cases,
  cast(sum(handovers) as bigint) as handovers,
  avg(handovers) as handovers_per_case,
  stddev_samp(handovers) as spread,
  count(*) filter (where returns > 0) as returning_cases
from moves
group by reason
order by cases desc, reason nulls last
"""
    )
    persons: ClassVar[str] = (
        f"with {OWN} select reason, count(distinct person_id) as persons from cases cross join own where {OWN_CASES} group by reason"
    )
    details: ClassVar[Mapping[str, str]] = {
        "totals": f"""
with {OWN}
select count(*) as cases, cast(sum(events) as bigint) as events, max(teams) as most_teams,
  avg(teams) as teams, avg(agents) as agents, max(agents) as most_agents
from cases cross join own where {OWN_CASES}
""",
        # A team once named is carried along, so a step that knows one and has a successor makes two events.
        "named": """
select coalesce(max(case when from_team is null then 0 when to_activity is null then 1 else 2 end), 0) as teams,
  coalesce(max(case when from_agent_id is null then 0 when to_activity is null then 1 else 2 end), 0) as agents
from steps
""",
        "moves": MOVES
        + """
select avg(handovers) as mean, stddev_samp(handovers) as sd, cast(sum(handovers) as bigint) as handovers,
  count(*) filter (where handovers > 0) as moved, count(*) filter (where returns > 0) as returning_cases
from moves
""",
        "spread": MOVES
        + """
select least(handovers, 10) as handovers, count(*) as cases
from moves
group by 1
order by 1
""",
        "pairs": """
with level as (
  select coalesce(max(teams), 0) > 0 as by_team from cases
),
moves as (
  select case_id, from_team as from_whom, to_team as to_whom
  from steps where to_team <> from_team and (select by_team from level)
  union all
  select case_id, from_agent_id as from_whom, to_agent_id as to_whom
  from steps where to_agent_id <> from_agent_id and not (select by_team from level)
)
select from_whom, to_whom, count(*) as n, count(distinct case_id) as cases
from moves
group by from_whom, to_whom
order by n desc, from_whom, to_whom
limit 200
""",
    }
    columns: ClassVar[Mapping[str, str]] = {
        "reason": sentence("Reason"),
        "cases": sentence("Cases"),
        "handovers": sentence("Handovers"),
        "handovers_per_case": sentence("Handovers per case"),
        "handovers_per_case_low": sentence("from"),
        "handovers_per_case_high": sentence("to"),
        "returning_cases": sentence("Cases that return"),
        "returning_share": sentence("Share that returns"),
        "returning_share_low": sentence("from"),
        "returning_share_high": sentence("to"),
    }

    def tell(self, result: Result) -> Telling:
        totals, moves = result.row("totals"), result.row("moves")
        figures = _figures(totals, moves)
        if _cannot_show(result, figures):
            figures = {**figures, **_UNKNOWN}
        rows = [_with_intervals(row) for row in result.table.to_pylist()]
        said = [
            *_unseen(figures),
            *_per_case(figures),
            *_returning(figures),
            *_worst_reason(rows),
            *_worst_pair(figures, result),
            *_hands(figures),
        ]
        return Telling(figures, said, totals.get("cases") or 0, _chart(figures, result.details["spread"]), _table(rows))


def _figures(totals: Mapping[str, Any], moves: Mapping[str, Any]) -> dict[str, Figure]:
    cases = totals.get("cases") or 0
    returning = moves.get("returning_cases") or 0
    return {
        "level": "team" if totals.get("most_teams") else "agent",
        "cases": cases,
        "events": totals.get("events") or 0,
        "handovers": moves.get("handovers") or 0,
        **mean.as_figures("handovers_per_case", moves.get("mean"), moves.get("sd"), cases),
        "handed_over_cases": moves.get("moved") or 0,
        "returning_cases": returning,
        **proportion.as_figures("returning_share", returning, cases),
        "teams_per_case": totals.get("teams") if totals.get("most_teams") else None,
        "agents_per_case": totals.get("agents") if totals.get("most_agents") else None,
    }


_UNKNOWN: Mapping[str, Figure] = dict.fromkeys(
    f"{name}{end}" for name in ("handovers_per_case", "returning_share") for end in ("", "_low", "_high")
)


def _cannot_show(result: Result, figures: Mapping[str, Any]) -> bool:
    """Where no case has two events that name somebody, no handover can be seen, and none is not good news."""
    return bool(figures["cases"]) and (result.row("named").get(f"{figures['level']}s") or 0) < 2


def _unseen(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["cases"] and figures["returning_share"] is None:
        by_team = sentence("Each case names a team only once: handovers cannot show in this data.")
        by_agent = sentence("Each case names an agent only once: handovers cannot show in this data.")
        yield Message(by_team if figures["level"] == "team" else by_agent)


def _with_intervals(row: dict[str, Any]) -> dict[str, Any]:
    moved = mean.as_figures("handovers_per_case", row["handovers_per_case"], row["spread"], row["cases"])
    return {**row, **moved, **proportion.as_figures("returning_share", row["returning_cases"], row["cases"])}


def _per_case(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["handovers_per_case"] is None:
        return
    ends = [figures[f"handovers_per_case_{end}"] for end in ("low", "high")]
    low, high = (None if end is None else Number(end) for end in ends)
    values = {"mean": Number(figures["handovers_per_case"]), "low": low, "high": high}
    if figures["level"] == "team":
        one = sentence("The only case changes team {mean} times.")
        many = sentence("The {n} cases change team {mean} times on average ({low} to {high}).")
    else:
        one = sentence("The only case changes agent {mean} times.")
        many = sentence("The {n} cases change agent {mean} times on average ({low} to {high}).")
    yield Message(one if figures["cases"] == 1 else many, {"n": figures["cases"], **values})


def _returning(figures: Mapping[str, Any]) -> Iterable[Message]:
    if figures["returning_share"] is None:
        return
    to_team = sentence("{share} of the cases ({low} to {high}) come back to a team that had already passed them on.")
    to_agent = sentence("{share} of the cases ({low} to {high}) come back to an agent who had already passed them on.")
    low, high = Share(figures["returning_share_low"]), Share(figures["returning_share_high"])
    values = {"share": Share(figures["returning_share"]), "low": low, "high": high}
    yield Message(to_team if figures["level"] == "team" else to_agent, values)


def _worst_reason(rows: Sequence[Mapping[str, Any]]) -> Iterable[Message]:
    known = [r for r in rows if r["reason"] and r["cases"] >= LEAST_CASES]
    if len(known) > 1:
        worst = max(known, key=lambda r: (r["handovers_per_case"], r["reason"]))
        if worst["handovers_per_case"] == min(r["handovers_per_case"] for r in known):
            return
        yield Message(
            'Cases about "{reason}" are handed on most, {mean} times on average ({n} cases).',
            {"reason": worst["reason"], "mean": Number(worst["handovers_per_case"]), "n": worst["cases"]},
        )


def _worst_pair(figures: Mapping[str, Any], result: Result) -> Iterable[Message]:
    """Only teams are named: who of the agents passes on most is nobody's business here."""
    pairs = result.details["pairs"].slice(0, 1).to_pylist()
    if pairs and figures["level"] == "team":
        values = {"source": pairs[0]["from_whom"], "target": pairs[0]["to_whom"], "n": pairs[0]["n"]}
        yield Message('The most frequent handover is from "{source}" to "{target}" ({n}×).', values)


def _hands(figures: Mapping[str, Any]) -> Iterable[Message]:
    teams, agents = figures["teams_per_case"], figures["agents_per_case"]
    if teams is not None and agents is not None:
        values = {"teams": Number(teams), "agents": Number(agents)}
        yield Message("On average {agents} agents in {teams} teams work on a case.", values)
    elif agents is not None:
        yield Message("On average {agents} agents work on a case.", {"agents": Number(agents)})


def _table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    import pyarrow as pa

    names = [*Handovers.columns]
    counts = ("cases", "handovers", "returning_cases")
    kinds: dict[str, pa.DataType] = {"reason": pa.string(), **dict.fromkeys(counts, pa.int64())}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in names])
    named = [{**rows[0], "reason": "all"}] if len(rows) == 1 and rows[0]["reason"] is None else rows
    return pa.Table.from_pylist([{name: row[name] for name in names} for row in named], schema=schema)


def _chart(figures: Mapping[str, Any], spread: pa.Table) -> Chart | None:
    if not spread.num_rows:
        return None
    by_team, by_agent = sentence("Changes of team (last bar: or more)"), sentence("Changes of agent (last bar: or more)")
    title = by_team if figures["level"] == "team" else by_agent
    spec = {
        "mark": {"type": "bar"},
        "encoding": {
            "x": {"field": "handovers", "type": "ordinal", "title": title},
            "y": {"field": "cases", "type": "quantitative", "title": sentence("Cases")},
        },
    }
    return Chart(spec, tuple({"handovers": row["handovers"], "cases": row["cases"]} for row in spread.to_pylist()))
