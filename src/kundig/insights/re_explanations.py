"""How often a customer must tell again what he told before: the surest sign of a firm that does not remember."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

from kundig.answer import Chart
from kundig.answer.sharing import Rule, suppress
from kundig.insight import Result, Telling, asked
from kundig.insights._columns import share
from kundig.insights._retelling import is_re_explanation
from kundig.message import Message, Share, sentence, sentences

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ReExplanations", "is_re_explanation"]


@dataclass(frozen=True)
class ReExplanations:
    """How often a customer must tell again what he told before."""

    most_cases: int = asked(
        10_000, sentence("How many cases are read at most; where there are more, a fixed random sample of them.")
    )
    minutes: float = asked(4.0, sentence("How many minutes it takes to tell a thing again."))

    title: ClassVar[str] = sentence("Re-explanations")
    definition: ClassVar[str] = sentence(
        "A re-explanation is a contact in which a customer tells again what he told before in the same case, to another agent "
        '(team, where agents are unknown) or over another channel. It is recognised by his text: either he says so ("as I '
        'already told your colleague") or the text repeats his own earlier one, that is, they share at least three words or '
        "numbers with meaning and more than half of the shorter one's content. Quoted mails and signatures do not count. Where "
        "customer texts are absent, a narrower sign is counted and called so (level: contacts): the customer turned to the firm "
        "again after the case had gone to another agent or team, or over another channel; he then probably had to explain again. "
        "The share is that of the cases with at least one re-explanation among all cases with a customer text (a contact)."
    )
    purpose: ClassVar[str] = "service"
    needs: ClassVar[tuple[str, ...]] = ("case_id", "kind=contact", "agent_id | channel")
    sql: ClassVar[str] = """
with told as (
  select case_id, steps.event_id, texts.text
  from steps join texts on texts.event_id = steps.event_id
  where from_kind = 'contact' and coalesce(actor, 'customer') = 'customer' and coalesce(direction, 'inbound') = 'inbound'
),
named as (
  select case_id, event_id, position, person_id, from_channel as channel, team, agent_id
  from steps where case_id in (select case_id from told group by case_id having count(*) > 1)
),
handled as (
  select case_id, event_id, position, person_id, channel,
    last_known(agent_id) over from_here as agent_id,
    last_known(team) over from_here as team
  from named
  window from_here as (partition by case_id order by position desc rows between unbounded preceding and current row)
),
contacts as (
  select handled.*, substring(told.text, 1, 4000) as text
  from handled join told on told.event_id = handled.event_id
),
chosen as (
  select case_id, row_number() over (order by md5(case_id)) as place, count(*) over () as candidates
  from contacts group by case_id
  having count(distinct agent_id) > 1 or count(distinct team) > 1 or count(distinct channel) > 1
)
select contacts.case_id, contacts.position, contacts.person_id, cases.reason, contacts.channel, contacts.agent_id,
  contacts.team, contacts.text, chosen.candidates
from contacts
join chosen on chosen.case_id = contacts.case_id
join cases on cases.case_id = contacts.case_id
where chosen.place <= :most_cases
order by contacts.case_id, contacts.position
"""
    details: ClassVar[Mapping[str, str]] = {
        "texts": """
with told as (
  select case_id, event_id from steps
  where from_kind = 'contact' and coalesce(actor, 'customer') = 'customer' and coalesce(direction, 'inbound') = 'inbound'
)
select count(distinct case_id) as cases, count(*) as contacts from told where event_id in (select event_id from texts)
""",
        "contacts": """
select count(*) as cases, max(contacts) as most,
  count(*) filter (where contacts > 1 and channel_switches + agent_handovers + team_handovers > 0) as candidates
from cases where contacts > 0
""",
        "turns": """
with turns as (
  select case_id, position, from_team as team, from_agent_id as agent_id, from_channel as channel,
    lag(from_team) over in_case as team_before,
    lag(from_agent_id) over in_case as agent_before,
    lag(from_channel) over in_case as channel_before
  from steps
  where from_kind = 'contact' and case_id in (
    select case_id from cases where contacts > 1 and channel_switches + agent_handovers + team_handovers > 0
  )
  window in_case as (partition by case_id order by position)
),
again as (
  select *, row_number() over (partition by case_id order by position) as nth
  from turns where channel_before <> channel or agent_before <> agent_id or team_before <> team
)
select reason, team_before as from_team, team as to_team, count(*) as re_explanations,
  count(distinct again.case_id) as cases, count(distinct cases.person_id) as persons,
  count(*) filter (where nth = 1) as first_in_case,
  cast(sum(count(*)) over () as bigint) as all_re_explanations,
  cast(sum(count(*) filter (where nth = 1)) over () as bigint) as all_first,
  count(*) over () as groups,
  cast(sum(count(*)) over (partition by reason) as bigint) as of_reason,
  cast(sum(count(*)) over (partition by team_before, team) as bigint) as of_teams
from again join cases on cases.case_id = again.case_id
group by reason, team_before, team
order by re_explanations desc, reason nulls last, from_team nulls last, to_team nulls last
""",
    }
    smallest: ClassVar[int] = 10
    adds_up: ClassVar[tuple[str, ...]] = ("re_explanations", "cases", "first_in_case")
    columns: ClassVar[Mapping[str, str]] = {"re_explanations": sentence("Re-explanations")}

    def tell(self, result: Result) -> Telling:
        known = result.row("texts").get("cases")
        told = _by_text(self, result, known) if known else _by_contacts(self, result)
        return _unseen(told) if told.n and (result.row("contacts").get("most") or 0) < 2 else told


def _unseen(told: Telling) -> Telling:
    """No case has two contacts: that nobody explained twice is then no good news."""
    figures = {**told.figures, **share("share", None, told.n), "per_case": None}
    text = sentence("No case has two contacts, so it cannot be seen in this data whether customers had to explain again.")
    return Telling(figures, [Message(text)], told.n, None, told.table, told.suppressed)


@dataclass
class _Found:
    """What reading the texts brought: re-explanations by reason and teams, and the cases and persons behind each."""

    read: int = 0
    candidates: int = 0
    again: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    cases: dict[tuple[Any, ...], set[str]] = field(default_factory=dict)
    persons: dict[tuple[Any, ...], set[str]] = field(default_factory=dict)
    why: Counter[str] = field(default_factory=Counter)

    @property
    def with_any(self) -> int:
        """Cases with at least one."""
        return len(set().union(*self.cases.values())) if self.cases else 0

    def add(self, row: Mapping[str, Any], before: Mapping[str, Any], why: str) -> None:
        key = (row["reason"], before["team"], row["team"])
        self.again[key] += 1
        self.cases.setdefault(key, set()).add(row["case_id"])
        self.persons.setdefault(key, set()).add(row["person_id"] or row["case_id"])
        self.why[why] += 1


def _read(table: pa.Table) -> _Found:
    """Judge case by case, so that no more than one batch of texts is in Python's memory at a time."""
    found = _Found()
    for _, rows in groupby(_rows(table), key=lambda row: row["case_id"]):
        found.read += 1
        earlier: list[Mapping[str, Any]] = []
        for row in rows:
            found.candidates = row["candidates"]
            elsewhere = [other for other in earlier if _elsewhere(other, row)]
            yes, why = is_re_explanation([other["text"] for other in elsewhere], row["text"]) if elsewhere else (False, "")
            if yes:
                found.add(row, elsewhere[-1], why)
            earlier.append(row)
    return found


def _rows(table: pa.Table) -> Iterator[Mapping[str, Any]]:
    for batch in table.to_batches(max_chunksize=1000):
        yield from batch.to_pylist()


def _elsewhere(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two texts went to different agents (teams, where an agent is unknown) or over different channels."""
    hands = "agent_id" if one["agent_id"] and other["agent_id"] else "team"
    return any(one[name] and other[name] and one[name] != other[name] for name in (hands, "channel"))


def _by_text(asked: ReExplanations, result: Result, known: int) -> Telling:
    found = _read(result.table)
    table, hidden = _table(found, result.least)
    factor = found.candidates / found.read if found.read else 1.0
    total = round(sum(found.again.values()) * factor)
    figures = {
        "level": "text",
        "cases_with_text": known,
        "cases_read": found.read,
        **_share_of_all(found, known),
        "re_explanations": total,
        "per_case": total / known,
        "hours": total * asked.minutes / 60,
        "said_so": round((sum(found.again.values()) - found.why["repeats"]) * factor),
        "repeated": round(found.why["repeats"] * factor),
    }
    told = [*_sentences(figures, asked), *_where(_tops_of_texts(found, result.least), figures, hidden)]
    if factor > 1:
        values = {"n": found.read, "all": found.candidates}
        told.append(
            Message("Estimated from a random sample: {n} of the {all} cases with several texts to different places.", values)
        )
    return Telling(figures, told, known, _chart(table), table, hidden)


def _share_of_all(found: _Found, known: int) -> dict[str, Any]:
    """The share among all cases with a text; where only a sample was read, its share carried over to all candidates."""
    if found.read == found.candidates:
        return share("share", found.with_any, known)
    sampled = share("share", found.with_any, found.read)
    carried = {name: value * found.candidates / known for name, value in sampled.items() if name != "share_n"}
    return {**carried, "share_n": known}


_SHOWN = ["reason", "from_team", "to_team", "re_explanations", "cases"]

Tops = tuple[Counter[str], Counter[tuple[str, str]]]
"""Re-explanations by reason and by pair of teams, of all groups, also of those the table withholds."""


def _tops_of_texts(found: _Found, least: int) -> Tops:
    by_reason: Counter[str] = Counter()
    by_teams: Counter[tuple[str, str]] = Counter()
    people: dict[Any, set[str]] = {}
    for (reason, source, target), n in found.again.items():
        persons = found.persons[reason, source, target]
        if reason:
            by_reason[reason] += n
            people.setdefault(reason, set()).update(persons)
        if source and target and source != target:
            by_teams[source, target] += n
            people.setdefault((source, target), set()).update(persons)
    for counted in (by_reason, by_teams):
        for key in [key for key in counted if len(people[key]) < least]:
            del counted[key]
    return by_reason, by_teams


def _tops_of_contacts(rows: list[dict[str, Any]]) -> Tops:
    apart = [row for row in rows if row["from_team"] and row["to_team"] and row["from_team"] != row["to_team"]]
    by_teams = Counter({(row["from_team"], row["to_team"]): row["of_teams"] for row in apart})
    return Counter({row["reason"]: row["of_reason"] for row in rows if row["reason"]}), by_teams


def _by_contacts(asked: ReExplanations, result: Result) -> Telling:
    cases, found = result.row("contacts").get("cases") or 0, result.details["turns"]
    rows = [row for row in found.to_pylist() if row["cases"]]
    if not rows and result.least and result.row("contacts").get("candidates"):
        return Telling(
            {}, [Message("Withheld: each group has too few customers to be shown.")], 0, None, found.select(_SHOWN).slice(0, 0), 1
        )
    total, again_cases = (rows[0][name] if rows else 0 for name in ("all_re_explanations", "all_first"))
    hidden = rows[0]["groups"] - len(rows) if rows else 0
    table = found.select(_SHOWN)
    figures = {
        "level": "contacts",
        "cases_with_text": 0,
        "cases_read": cases,
        **share("share", again_cases, cases),
        "re_explanations": total,
        "per_case": total / cases if cases else None,
        "hours": total * asked.minutes / 60,
        "said_so": None,
        "repeated": None,
    }
    said = [*_sentences(figures, asked), *_where(_tops_of_contacts(rows), figures, hidden)]
    return Telling(figures, said, cases, _chart(table), table, hidden)


def _table(found: _Found, least: int) -> tuple[pa.Table, int]:
    """One row per reason and pair of teams; groups below ``least`` persons are left out and counted."""
    import pyarrow as pa

    ordered = sorted(found.again.items(), key=lambda item: (-item[1], [str(part or "") for part in item[0]]))
    rows = [
        {
            "reason": key[0], "from_team": key[1], "to_team": key[2], "re_explanations": n,
            "cases": len(found.cases[key]), "persons": len(found.persons[key]),
        }
        for key, n in ordered
    ]  # fmt: skip
    fields: Any = [(name, pa.string()) for name in ("reason", "from_team", "to_team")]
    fields += [(name, pa.int64()) for name in ("re_explanations", "cases", "persons")]
    table = pa.Table.from_pylist(rows, schema=pa.schema(fields))
    kept, hidden = suppress(table, Rule(least=least)) if least else (table, 0)
    return kept.drop_columns(["persons"]), hidden


def _sentences(figures: Mapping[str, Any], asked: ReExplanations) -> Iterable[Message]:
    if figures["share"] is None:
        yield Message("There is no case with a contact, so nothing can be told.")
        return
    values = {name: Share(figures[name]) for name in ("share", "share_low", "share_high")} | {"n": figures["share_n"]}
    if figures["level"] == "text":
        yield Message(
            "In {share} of {n} cases with a text the customer had to explain again ({share_low} to {share_high}).", values
        )
    else:
        yield Message(
            "No customer texts are known. In {share} of {n} cases the customer turned to the firm again after a handover or over "
            "another channel, and probably had to explain again ({share_low} to {share_high}).",
            values,
        )
    if figures["re_explanations"]:
        yield sentences(
            "That is {n} re-explanation, or {hours} of customers' and agents' time at {minutes} minutes each.",
            "These are {n} re-explanations, or {hours} of customers' and agents' time at {minutes} minutes each.",
            figures["re_explanations"],
            hours=Message("{n} h", {"n": round(figures["hours"], 1)}), minutes=asked.minutes,
        )  # fmt: skip


def _where(tops: Tops, figures: Mapping[str, Any], hidden: int) -> Iterable[Message]:
    """Where it happens most; without a number where rows are withheld, since their sum would follow from it."""
    by_reason, by_teams = tops
    for reason, n in by_reason.most_common(1):
        text = sentence('Most often with the reason "{reason}": {n} times.')
        yield Message(sentence('Most often with the reason "{reason}".') if hidden else text, {"reason": reason, "n": n})
    for (source, target), n in by_teams.most_common(1):
        text = sentence("Most often between the teams {source} and {target}: {n} times.")
        without = sentence("Most often between the teams {source} and {target}.")
        yield Message(without if hidden else text, {"source": source, "target": target, "n": n})
    if figures["said_so"] is not None and figures["re_explanations"]:
        yield Message(
            "{said} times the customer said so himself, {repeated} times he repeated his own words.",
            {"said": figures["said_so"], "repeated": figures["repeated"]},
        )


def _chart(table: pa.Table) -> Chart | None:
    by_reason: Counter[str] = Counter()
    for row in table.to_pylist():
        by_reason[row["reason"] or ""] += row["re_explanations"]
    spec = {
        "description": sentence("Re-explanations by reason."),
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "reason", "type": "nominal", "sort": None, "title": sentence("Reason")},
            "x": {"field": "n", "type": "quantitative", "title": sentence("Re-explanations")},
        },
    }
    rows = tuple({"reason": reason or Message("no reason"), "n": n} for reason, n in by_reason.most_common(12))
    return Chart(spec, rows) if rows else None
