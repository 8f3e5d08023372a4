"""Handovers: the known figures of two real logs, and cases small enough to count by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from kundig.answer import Chart
from kundig.insight import ask
from kundig.insights.handovers import Handovers
from tests.insights.logs import log
from tests.rows import RowsLake


def case(name: str, hands: str, field: str = "team", **more: Any) -> list[dict[str, Any]]:
    """A case in the hands of one letter after the other; a blank names nobody."""
    return [
        {"case_id": name, field: letter.strip() or None, "occurred_at": f"2026-03-01T{hour:02}:00:00", **more}
        for hour, letter in enumerate(hands)
    ]


ROWS = [*case("stays", "AA A"), *case("moves", "AB B"), *case("returns", "ABA"), *case("nobody", " ")]


def test_counted_by_hand() -> None:
    answer = ask(RowsLake(ROWS), Handovers())
    figures = answer.figures
    assert (figures["level"], figures["cases"], figures["events"], figures["handovers"]) == ("team", 4, 12, 3)
    assert (figures["handovers_per_case"], figures["handed_over_cases"], figures["returning_cases"]) == (0.75, 2, 1)
    assert (figures["returning_share"], figures["returning_share_n"]) == (0.25, 4)
    known = stats.binomtest(1, 4).proportion_ci(method="wilson")
    assert (figures["returning_share_low"], figures["returning_share_high"]) == pytest.approx((known.low, known.high))
    assert (figures["teams_per_case"], figures["agents_per_case"]) == (1.25, None)
    assert [m.say() for m in answer.sentences] == [
        "The 4 cases change team 0.75 times on average (-0.77 to 2.27).",
        "25.0% of the cases (4.6% to 69.9%) come back to a team that had already passed them on.",
        'The most frequent handover is from "A" to "B" (2×).',
    ]


def test_one_row_where_there_are_no_reasons() -> None:
    [row] = ask(RowsLake(ROWS), Handovers()).table.to_pylist()
    assert (row["reason"], row["cases"], row["handovers"], row["returning_cases"]) == ("all", 4, 3, 1)


def test_without_teams_agents_count_and_none_is_named() -> None:
    answer = ask(RowsLake([*case("moves", "AB", "agent_id"), *case("returns", "XYX", "agent_id")]), Handovers())
    assert (answer.figures["level"], answer.figures["handovers_per_case"], answer.figures["agents_per_case"]) == ("agent", 1.5, 2)
    said = [m.say() for m in answer.sentences]
    assert "50.0% of the cases (9.5% to 90.5%) come back to an agent who had already passed them on." in said
    assert said[-1] == "On average 2.00 agents work on a case."
    assert not any('"' in text for text in said)


def test_one_case() -> None:
    answer = ask(RowsLake(case("moves", "AB")), Handovers())
    assert answer.sentences[0].say() == "The only case changes team 1.00 times."
    assert answer.figures["handovers_per_case_low"] is None
    assert ask(RowsLake(case("a", "AA", "agent_id")), Handovers()).sentences[0].say() == "The only case changes agent 0.00 times."


def test_no_good_news_where_each_case_names_somebody_once() -> None:
    for field in ("agent_id", "team"):
        answer = ask(RowsLake([row for name in "abc" for row in case(name, "A", field)]), Handovers())
        assert "handovers cannot show" in answer.sentences[0].say()
        assert (answer.figures["returning_share"], answer.figures["handovers_per_case"]) == (None, None)


def test_no_reason_is_worst_where_none_is_handed_on() -> None:
    rows = [{**row, "reason": reason} for reason in ("x", "y") for n in range(30) for row in case(f"{reason}{n}", "AA")]
    assert not [said for said in ask(RowsLake(rows), Handovers()).sentences if "handed on most" in said.say()]


def test_reasons_are_compared_where_there_are_enough_cases() -> None:
    rows = [row for n in range(30) for row in case(f"b{n}", "AB", reason="bill")]
    rows += [row for n in range(30) for row in case(f"m{n}", "ABAB", reason="moving", agent_id=f"agent {n}")]
    rows += case("rare", "ABABABAB", reason="rare")
    answer = ask(RowsLake(rows), Handovers())
    assert [(row["reason"], row["handovers_per_case"]) for row in answer.table.to_pylist()] == [
        ("bill", 1),
        ("moving", 3),
        ("rare", 7),
    ]
    said = [m.say() for m in answer.sentences]
    assert 'Cases about "moving" are handed on most, 3.00 times on average (30 cases).' in said
    assert said[-1] == "On average 0.49 agents in 2.00 teams work on a case."
    assert isinstance(answer.chart, Chart)
    assert answer.chart.rows == ({"handovers": 1, "cases": 30}, {"handovers": 3, "cases": 30}, {"handovers": 7, "cases": 1})


def test_nobody_named_cannot_be_told() -> None:
    assert ask(RowsLake(case("a", "  ")), Handovers()).untold == "team | agent_id"


def test_ping_pong_in_the_incidents_of_volvo_it(shared_data: Path) -> None:
    """BPI Challenge 2013: 1.252 handovers per case between support groups, 16.65 % of cases return to an earlier one."""
    rows = log(shared_data / "bpic2013/bpi_challenge_2013_incidents.xes.gz")
    figures = ask(RowsLake(rows), Handovers()).figures
    assert (figures["cases"], figures["events"], figures["level"]) == (7554, 65533, "team")
    assert round(float(figures["handovers_per_case"] or 0), 3) == 1.252
    assert round(float(figures["returning_share"] or 0) * 100, 2) == 16.65


def test_agents_of_the_italian_help_desk(shared_data: Path) -> None:
    """2.816 agents per case."""
    figures = ask(RowsLake(log(shared_data / "helpdesk_italy/helpdesk.xes.gz")), Handovers()).figures
    assert (figures["cases"], figures["events"], figures["level"]) == (4580, 21348, "agent")
    assert round(float(figures["agents_per_case"] or 0), 3) == 2.816
