"""The journey map: its edges equal pm4py's, and in the picture nothing gets lost."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kundig.answer import Graph
from kundig.answer.sharing import Rule, suppress
from kundig.insight import Result, ask
from kundig.insights.journey_map import JourneyMap
from tests.insights.logs import asked, log, reference
from tests.rows import RowsLake


def case(name: str, activities: str, minutes: int = 10) -> list[dict[str, Any]]:
    """One case doing one activity a letter, ``minutes`` apart."""
    return [
        {"case_id": name, "activity": letter, "occurred_at": f"2026-03-01T{n * minutes // 60:02}:{n * minutes % 60:02}:00"}
        for n, letter in enumerate(activities)
    ]


def test_edges_with_times_and_cases() -> None:
    answer = ask(RowsLake([*case("1", "ABAB"), *case("2", "AB", 30), *case("3", "C")]), JourneyMap())
    assert answer.table.column_names == ["from_activity", "to_activity", "n", "cases", "mean_s", "median_s", "p90_s"]
    first, second = answer.table.to_pylist()
    assert list(first.values()) == ["A", "B", 3, 2, pytest.approx(1000), 600.0, pytest.approx(600 + 0.8 * 1200)]
    assert list(second.values()) == ["B", "A", 1, 1, 600.0, 600.0, 600.0]
    figures = {
        name: answer.figures[name] for name in ("cases", "events", "activities", "edges", "steps", "busiest_edge_n", "loops")
    }
    assert figures == {"cases": 3, "events": 7, "activities": 3, "edges": 2, "steps": 4, "busiest_edge_n": 3, "loops": 0}
    assert (answer.figures["start_activities"], answer.figures["end_activities"]) == (2, 2)
    assert answer.figures["slowest_edge_n"] is None, "fewer than five cases prove nothing"


def test_slow_steps_and_loops_are_told() -> None:
    rows = [row for n in range(6) for row in case(str(n), "AAB", 60)]
    answer = ask(RowsLake(rows), JourneyMap())
    assert answer.figures["slowest_edge_median_s"] == 3600
    assert answer.figures["loops_share"] == 0.5
    assert 'from "A" to "A" (6×, in 100.0% of the cases)' in answer.sentences[1].say()
    assert "50.0% of the steps" in answer.sentences[3].say()


def many(times: dict[str, int]) -> list[dict[str, Any]]:
    """So many cases of each way, each of a person of its own."""
    return [
        {**row, "person_id": f"{way}{n}"} for way, count in times.items() for n in range(count) for row in case(f"{way}{n}", way)
    ]


def test_a_shared_answer_withholds_the_rare_steps_and_no_more() -> None:
    ways = {"AB": 60, "ABC": 40, "BC": 20, "CD": 9, "CDE": 7, "AE": 2, "EA": 1, "BD": 3}
    answer = ask(RowsLake(many(ways)), JourneyMap(), share=True)
    shown = {(row["from_activity"], row["to_activity"]) for row in answer.table.to_pylist()}
    assert shown == {("A", "B"), ("B", "C"), ("C", "D"), ("D", "E")}
    assert (answer.suppressed, answer.figures["edges"], answer.figures["steps"]) == (3, 7, 189)
    assert answer.figures["start_activities"] is None, "what enters and leaves an activity balances and would tell the rest"
    graph = answer.chart
    assert isinstance(graph, Graph)
    assert not [node for node in graph.nodes if node.role in ("start", "end") or node.label]


def test_a_shared_answer_that_shows_nothing_does_not_say_there_is_nothing() -> None:
    answer = ask(RowsLake(many({"AB": 4, "BA": 4})), JourneyMap(), share=True)
    assert answer.suppressed == 2
    assert "withheld" in answer.sentences[0].say()


@given(
    small=some.lists(some.integers(1, 4), min_size=9, max_size=9),
    rest=some.lists(some.integers(5, 900), min_size=62, max_size=62),
)
def test_few_rare_steps_leave_most_of_the_map(small: list[int], rest: list[int]) -> None:
    sizes = [*small, *rest]
    edges = pa.table({
        "from_activity": [f"{n % 22}" for n in range(71)], "to_activity": [f"{n * 7 % 19}" for n in range(71)],
        "n": sizes, "cases": sizes,
    })  # fmt: skip
    kept, hidden = suppress(edges, Rule.of(JourneyMap))
    assert kept.num_rows >= 2 / 3 * 71
    assert sum(sizes) - sum(kept["n"].to_pylist()) >= 5
    assert hidden >= 9


def test_single_events_make_no_steps() -> None:
    answer = ask(RowsLake(case("1", "A")), JourneyMap())
    assert answer.figures["busiest_edge_n"] is None
    assert "no steps" in answer.sentences[0].say()


def test_an_activity_called_start_is_not_the_start() -> None:
    graph = ask(RowsLake([{"case_id": "1", "activity": "start", "occurred_at": "2026-03-01"}]), JourneyMap()).chart
    assert isinstance(graph, Graph)
    assert {node.name: node.role for node in graph.nodes} == {"(start)": "start", "start": "", "(end)": "end"}


def test_others_is_drawn_and_said() -> None:
    answer = ask(RowsLake([*case("1", "ABAB"), *case("2", "AC")]), JourneyMap(activities=2, edges=9))
    assert isinstance(answer.chart, Graph)
    others = next(node for node in answer.chart.nodes if node.role == "others")
    assert others.size == 1
    assert "1 rarer step (25.0% of all)" in answer.sentences[-1].say()


def counted(cases: list[str]) -> Result:
    """What the SQL would bring for cases written as letters, counted by hand."""
    steps = Counter(pair for letters in cases for pair in pairwise(letters))
    edges = [
        {"from_activity": a, "to_activity": b, "n": n, "cases": 1, "mean_s": 1.0, "median_s": 1.0, "p90_s": 1.0}
        for (a, b), n in steps.most_common()
    ]
    details = {"totals": pa.table({"cases": [len(cases)], "events": [sum(map(len, cases))]})}
    for name, place in (("starts", 0), ("ends", -1)):
        found = Counter(letters[place] for letters in cases)
        details[name] = pa.table({"activity": list(found), "cases": list(found.values())})
    return Result(pa.Table.from_pylist(edges), details, None)


@given(
    cases=some.lists(some.text("ABCDEF", min_size=1, max_size=7), min_size=1, max_size=8),
    activities=some.integers(0, 6),
    edges=some.integers(0, 12),
)
def test_the_picture_reconciles_with_the_table(cases: list[str], activities: int, edges: int) -> None:
    told = JourneyMap(activities, edges).tell(counted(cases))
    graph = told.chart
    assert isinstance(graph, Graph)
    received: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for edge in graph.edges:
        received[edge.target] += edge.size
        passed[edge.source] += edge.size
    for node in graph.nodes:
        if node.role not in ("start", "end"):
            assert received[node.name] == passed[node.name]
        if node.role == "":
            assert received[node.name] == node.size == "".join(cases).count(node.name)
    ends = {node.name for node in graph.nodes if node.role}
    between = sum(edge.size for edge in graph.edges if not {edge.source, edge.target} & ends)
    others = sum(node.size for node in graph.nodes if node.role == "others")
    assert between + others == told.figures["steps"] == sum(len(letters) - 1 for letters in cases)
    assert passed["start"] == received["end"] == len(cases)


@pytest.mark.parametrize("name", ["helpdesk_italy/helpdesk.xes.gz", "bpic2013/BPI_Challenge_2013_closed_problems.xes.gz"])
def test_edges_equal_pm4py(shared_data: Path, name: str) -> None:
    rows = log(shared_data / name)
    edges, starts, ends = asked(reference().discover_dfg, rows)
    answer = ask(RowsLake(rows), JourneyMap())
    assert {(r["from_activity"], r["to_activity"]): r["n"] for r in answer.table.to_pylist()} == dict(edges)
    assert (answer.figures["start_activities"], answer.figures["end_activities"]) == (len(starts), len(ends))
    seconds = asked(lambda frame: reference().discover_performance_dfg(frame)[0], rows)
    for row in answer.table.to_pylist():
        known = seconds[row["from_activity"], row["to_activity"]]
        assert (row["mean_s"], row["median_s"]) == pytest.approx((known["mean"], known["median"]))
    assert answer.n == len({row["case_id"] for row in rows})
