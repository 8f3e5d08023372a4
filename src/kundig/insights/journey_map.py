"""How journeys really run: what follows what, how often, in how many cases, and how long it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from kundig.answer import Edge, Figure, Graph, Node
from kundig.insight import Result, Telling, asked
from kundig.message import Duration, Message, Share, sentence, sentences

LEAST_CASES = 5
LEAST_SHARE = 0.01
"""A step is called slow only where at least so many cases, and this share of all, take it: a single case proves nothing."""


@dataclass(frozen=True)
class JourneyMap:
    """How the journeys run: what follows what, how often, and how long it takes."""

    activities: int = asked(30, sentence("How many activities are drawn apart."))
    edges: int = asked(40, sentence("How many steps between them are drawn apart."))

    title: ClassVar[str] = sentence("Journey map")
    definition: ClassVar[str] = sentence(
        "A step leads from one event of a case to the next event of the same case, in the order of time. For each pair of "
        "activities: how many such steps there are, in how many cases, and the mean, the median and the 90% mark of the time "
        "between the two events. The picture draws the most frequent activities and steps; everything else is collected under "
        "others, so that each box receives as much as it passes on. The table has all steps."
    )
    purpose: ClassVar[str] = "analysis"
    needs: ClassVar[tuple[str, ...]] = ("case_id",)
    sql: ClassVar[str] = """
select from_activity, to_activity,
  count(*) as n,
  count(*) filter (where first_of_edge) as cases,
  avg(gap_us) / 1e6 as mean_s,
  median(gap_us) / 1e6 as median_s,
  percentile(gap_us, 0.9) / 1e6 as p90_s
from steps
where to_activity is not null
group by from_activity, to_activity
order by n desc, from_activity, to_activity
"""
    persons: ClassVar[str] = """
select from_activity, to_activity, count(distinct person_id) as persons
from steps
where to_activity is not null
group by from_activity, to_activity
"""
    adds_up: ClassVar[tuple[str, ...]] = ("n",)
    details: ClassVar[Mapping[str, str]] = {
        "totals": """
select count(*) as cases, cast(sum(events) as bigint) as events, (select count(distinct from_activity) from steps) as activities
from cases
""",
        "starts": "select first_activity as activity, count(*) as cases from cases group by 1 order by 2 desc, 1",
        "ends": "select last_activity as activity, count(*) as cases from cases group by 1 order by 2 desc, 1",
    }
    columns: ClassVar[Mapping[str, str]] = {
        "from_activity": sentence("From"),
        "to_activity": sentence("To"),
        "n": sentence("Steps"),
        "cases": sentence("Cases"),
        "mean_s": sentence("Mean time"),
        "median_s": sentence("Median time"),
        "p90_s": sentence("90% done within"),
    }

    def tell(self, result: Result) -> Telling:
        log = _Log(result)
        graph = _Picture(log, self.activities, self.edges).graph()
        said = [_size(log), *_busiest(log), *_slowest(log), *_loops(log), *_not_drawn(log, graph)]
        return Telling(_figures(log), said, log.cases, graph)


class _Flow(NamedTuple):
    """So many steps from one box to another, half of which take at most ``median_s`` (None at start and end)."""

    source: str
    target: str
    n: int
    median_s: float | None


class _Log:
    """The answer's tables as Python rows, with what several figures share."""

    def __init__(self, result: Result) -> None:
        totals = result.row("totals")
        self.cases: int = totals.get("cases") or 0
        self.events: int = totals.get("events") or 0
        self.edges: list[dict[str, Any]] = result.table.to_pylist()
        self.starts: list[dict[str, Any]] = result.details["starts"].to_pylist()
        self.ends: list[dict[str, Any]] = result.details["ends"].to_pylist()
        self.hidden = result.suppressed
        self.whole = not self.hidden and all(sum(row["cases"] for row in rows) == self.cases for rows in (self.starts, self.ends))
        if not self.whole:
            # What begins, enters, leaves and ends at an activity balances: one hidden number would follow from the others.
            self.starts, self.ends = [], []
        self.steps: int = self.events - self.cases
        self.activities = self._events_per_activity()
        self.different_activities: int = totals.get("activities") or len(self.activities)

    def _events_per_activity(self) -> Counter[str]:
        """Each event either has a successor or ends its case."""
        found: Counter[str] = Counter()
        for edge in self.edges:
            found[edge["from_activity"]] += edge["n"]
            found[edge["to_activity"]] += 0
        for end in self.ends:
            found[end["activity"]] += end["cases"]
        return found

    @property
    def slowest(self) -> dict[str, Any] | None:
        """The frequent step with the longest median."""
        least = max(LEAST_CASES, LEAST_SHARE * self.cases)
        frequent = [e for e in self.edges if e["cases"] >= least]
        return max(frequent, key=lambda e: e["median_s"], default=None)

    @property
    def loops(self) -> list[dict[str, Any]]:
        """Steps that repeat the activity just done."""
        return [e for e in self.edges if e["from_activity"] == e["to_activity"]]


def _figures(log: _Log) -> dict[str, Figure]:
    busiest: Mapping[str, Any] = log.edges[0] if log.edges else {}
    slowest: Mapping[str, Any] = log.slowest or {}
    loops = sum(e["n"] for e in log.loops)
    return {
        "cases": log.cases,
        "events": log.events,
        "activities": log.different_activities,
        "edges": len(log.edges) + log.hidden,
        "steps": log.steps,
        "start_activities": len(log.starts) if log.whole else None,
        "end_activities": len(log.ends) if log.whole else None,
        "busiest_edge_n": busiest.get("n"),
        "busiest_edge_from": busiest.get("from_activity"),
        "busiest_edge_to": busiest.get("to_activity"),
        "slowest_edge_median_s": slowest.get("median_s"),
        "slowest_edge_n": slowest.get("n"),
        "slowest_edge_from": slowest.get("from_activity"),
        "slowest_edge_to": slowest.get("to_activity"),
        "loops": None if log.hidden else loops,
        "loops_share": loops / log.steps if log.steps and not log.hidden else None,
    }


def _size(log: _Log) -> Message:
    if log.hidden and not log.edges:
        return Message("All steps are withheld: each is taken by too few customers to be shown.")
    if not log.edges:
        return Message("No case has more than one event, so there are no steps to show.")
    return sentences(
        "{n} case with {events} events: {activities} activities, joined by {edges} different steps.",
        "{n} cases with {events} events: {activities} activities, joined by {edges} different steps.",
        log.cases, events=log.events, activities=log.different_activities, edges=len(log.edges) + log.hidden,
    )  # fmt: skip


def _busiest(log: _Log) -> Iterable[Message]:
    if log.edges:
        edge = log.edges[0]
        values = {"source": edge["from_activity"], "target": edge["to_activity"], "n": edge["n"]}
        share = Share(edge["cases"] / log.cases)
        text = sentence('The most frequent step leads from "{source}" to "{target}" ({n}×, in {share} of the cases).')
        yield Message(text, {**values, "share": share})


def _slowest(log: _Log) -> Iterable[Message]:
    if edge := log.slowest:
        yield Message(
            'The slowest of the frequent steps leads from "{source}" to "{target}" ({n}×): half of them take {median} '
            "or longer, one in ten more than {p90}.",
            {
                "source": edge["from_activity"], "target": edge["to_activity"], "n": edge["n"],
                "median": Duration(edge["median_s"]), "p90": Duration(edge["p90_s"]),
            },
        )  # fmt: skip


def _loops(log: _Log) -> Iterable[Message]:
    if log.loops and not log.hidden:
        most, n = log.loops[0], sum(e["n"] for e in log.loops)
        yield Message(
            'In {share} of the steps the activity just done is done again, most often "{activity}" ({n}×).',
            {"share": Share(n / log.steps), "activity": most["from_activity"], "n": most["n"]},
        )


def _not_drawn(log: _Log, graph: Graph) -> Iterable[Message]:
    others = next((node for node in graph.nodes if node.role == "others"), None)
    if others and others.size and not log.hidden:
        yield sentences(
            "The picture collects {n} rarer step ({share} of all) under others; the table has all.",
            "The picture collects {n} rarer steps ({share} of all) under others; the table has all.",
            int(others.size), share=Share(others.size / log.steps),
        )  # fmt: skip


class _Picture:
    """What is drawn: the most frequent activities, the most frequent flows between them, and the rest through one box."""

    def __init__(self, log: _Log, activities: int, edges: int) -> None:
        self.log = log
        self.start, self.end, self.others = _free_names(log.activities)
        ranked = sorted(log.activities.items(), key=lambda item: (-item[1], item[0]))
        self.kept = dict(ranked[: max(0, activities)])
        boxes = {*self.kept, self.start, self.end}
        inside = [flow for flow in self._flows() if flow.source in boxes and flow.target in boxes]
        self.drawn: Sequence[_Flow] = inside[: max(0, edges)]
        drawn = set(self.drawn)
        self.rest = [flow for flow in self._flows() if flow not in drawn]

    def graph(self) -> Graph:
        edges = [Edge(f.source, f.target, f.n, _flow_label(f)) for f in [*self.drawn, *self._through_others()]]
        return Graph(tuple(self._nodes()), tuple(edges))

    def _flows(self) -> list[_Flow]:
        """All flows, the largest first; a case flows from the start to its first and from its last event to the end."""
        flows = [_Flow(self.start, row["activity"], row["cases"], None) for row in self.log.starts]
        flows += [_Flow(e["from_activity"], e["to_activity"], e["n"], e["median_s"]) for e in self.log.edges]
        flows += [_Flow(row["activity"], self.end, row["cases"], None) for row in self.log.ends]
        return sorted(flows, key=lambda f: (-f.n, f.source, f.target))

    def _through_others(self) -> list[_Flow]:
        """What is not drawn goes into the others and out of them again, to and from the boxes that are drawn."""
        sums: Counter[tuple[str, str]] = Counter()
        for flow in self.rest:
            source = flow.source in self.kept or flow.source == self.start
            target = flow.target in self.kept or flow.target == self.end
            if source:
                sums[flow.source, self.others] += flow.n
            if target:
                sums[self.others, flow.target] += flow.n
            if not source and not target:
                sums[self.others, self.others] += flow.n
        return [_Flow(source, target, n, None) for (source, target), n in sorted(sums.items())]

    def _nodes(self) -> Iterable[Node]:
        if self.log.starts:
            yield Node(self.start, self.log.cases, sentences("{n} case", "{n} cases", self.log.cases), "start")
        for name, n in self.kept.items():
            yield Node(name, n, sentences("{n} event", "{n} events", n) if self.log.whole else None)
        if self.rest:
            yield self._others_node()
        if self.log.ends:
            yield Node(self.end, self.log.cases, sentences("{n} case", "{n} cases", self.log.cases), "end")

    def _others_node(self) -> Node:
        steps = sum(f.n for f in self.rest if f.source != self.start and f.target != self.end)
        left_out = len(self.log.activities) - len(self.kept)
        values = {"activities": left_out, "n": steps}
        return Node(self.others, steps, Message("activities: {activities}, steps: {n}", values), "others")


def _flow_label(flow: _Flow) -> Message:
    if flow.median_s is None:
        return Message("{n}", {"n": flow.n})
    return Message("{n} · {median}", {"n": flow.n, "median": Duration(flow.median_s)})


def _free_names(taken: Iterable[str]) -> list[str]:
    """Names for start, end and others that no activity of the source has."""
    names, used = ["start", "end", "others"], set(taken)
    while used & set(names):
        names = [f"({name})" for name in names]
    return names
