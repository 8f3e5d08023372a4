"""Durations, what is still open, and where the waiting lies."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from scipy import stats

from kundig.answer import Chart
from kundig.insight import ask
from kundig.insights.throughput_times import ThroughputTimes
from tests.insights.logs import asked, log, reference
from tests.rows import RowsLake, at

HOUR = 3600


def case(name: str, *hours: float, closed: bool = True, start: str = "2026-03-01") -> list[dict[str, Any]]:
    """A case with an event at each of ``hours`` after its start, the last one a closing."""
    times = [at(start) + dt.timedelta(hours=hour) for hour in (0, *hours)]
    rows = [{"case_id": name, "activity": f"step {n}", "occurred_at": time} for n, time in enumerate(times)]
    if closed:
        rows[-1]["kind"] = "closed"
    return rows


def test_durations_and_bottleneck() -> None:
    rows = [*case("a", 1, 2), *case("b", 1, 11), *case("c", 2, 3), *case("d", 2, 4)]
    answer = ask(RowsLake(rows), ThroughputTimes())
    figures = answer.figures
    assert (figures["cases"], figures["mean_s"], figures["median_s"]) == (4, 5 * HOUR, 3.5 * HOUR)
    assert figures["p90_s"] == pytest.approx(8.9 * HOUR)
    assert figures["median_s_low"] is None, "four cases are too few for an interval"
    known = stats.t.interval(0.95, 3, 5, stats.sem([2, 11, 3, 4]))
    assert (figures["mean_s_low"], figures["mean_s_high"]) == pytest.approx([end * HOUR for end in known])
    worst = answer.table.to_pylist()[0]
    assert (worst["from_activity"], worst["to_activity"], worst["total_s"], worst["n"]) == ("step 1", "step 2", 14 * HOUR, 4)
    assert worst["share"] == figures["worst_edge_share"] == pytest.approx(14 / 20)
    assert worst["excess_s"] == pytest.approx((14 - 4 * 1.5) * HOUR)
    assert sum(row["share"] for row in answer.table.to_pylist()) == pytest.approx(1)
    assert "The largest part of the waiting, 70.0%" in answer.sentences[1].say()


def test_open_cases_are_not_left_out() -> None:
    closed = [case(f"c{n}", n) for n in (1, 2, 3)]
    waiting = [case(f"o{n}", 0.5, closed=False) for n in range(3)]
    newest = case("last", 100)
    answer = ask(RowsLake([row for rows in (*closed, *waiting, newest) for row in rows]), ThroughputTimes())
    figures = answer.figures
    assert (figures["open"], figures["open_share"]) == (3, pytest.approx(3 / 7))
    assert figures["closed_median_s"] == 2.5 * HOUR
    assert figures["km_median_s"] == 100 * HOUR
    assert "3 cases (42.9%) are not closed. With them" in answer.sentences[-1].say()


def test_too_many_open_cases_to_tell() -> None:
    rows = [*case("a", 1), *case("b", 1.5, closed=False), *case("c", 1.5, closed=False)]
    answer = ask(RowsLake(rows), ThroughputTimes())
    assert answer.figures["km_median_s"] is None
    assert "too many to tell" in answer.sentences[-1].say()


def test_data_without_closings_says_so() -> None:
    answer = ask(RowsLake(case("a", 1, closed=False)), ThroughputTimes())
    assert answer.figures["open"] is None
    assert [m.say() for m in answer.sentences] == [
        "1 case, which lasts 1 h.",
        'The largest part of the waiting, 100.0%, lies between "step 0" and "step 1" (1×, 1 h on average). '
        "The three worst steps together hold 100.0%.",
        "The data has no closings, so it cannot be told which cases are still open.",
    ]


def test_a_case_of_one_event_lasts_no_time() -> None:
    answer = ask(RowsLake(case("a")), ThroughputTimes())
    assert (answer.figures["median_s"], answer.figures["worst_edge_share"], answer.figures["open"]) == (0, None, 0)


def test_interval_of_the_median_by_its_ranks() -> None:
    """Of 100 cases the 95 % interval runs from the 40th to the 61st."""
    rows = [row for n in range(1, 101) for row in case(f"{n}", n)]
    figures = ask(RowsLake(rows), ThroughputTimes()).figures
    assert (figures["median_s_low"], figures["median_s_high"]) == (40 * HOUR, 61 * HOUR)


def test_what_follows_a_closing_is_no_waiting() -> None:
    rows = case("a", 1)
    rows.append({"case_id": "a", "activity": "survey", "occurred_at": at("2026-04-01")})
    answer = ask(RowsLake(rows), ThroughputTimes())
    assert [(row["from_activity"], row["share"]) for row in answer.table.to_pylist()] == [("step 0", 1.0)]


def test_cases_of_visits_and_persons_count_only_where_there_are_no_others() -> None:
    visits = [*case("session:1", 1, closed=False), *case("person:2", 3, closed=False)]
    assert ask(RowsLake(visits), ThroughputTimes()).figures["cases"] == 2
    figures = ask(RowsLake([*visits, *case("own", 5)]), ThroughputTimes()).figures
    assert (figures["cases"], figures["median_s"], figures["worst_edge_n"], figures["open"]) == (1, 5 * HOUR, 1, 0)


def test_lengths_are_drawn_in_order() -> None:
    answer = ask(RowsLake([*case("a", 0.01), *case("b", 3), *case("c", 5000)]), ThroughputTimes())
    assert isinstance(answer.chart, Chart)
    assert [row["cases"] for row in answer.chart.rows] == [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]


def test_durations_equal_pm4py(shared_data: Path) -> None:
    rows = log(shared_data / "helpdesk_italy/helpdesk.xes.gz")
    known = asked(reference().get_all_case_durations, rows)
    figures = ask(RowsLake(rows), ThroughputTimes()).figures
    assert figures["cases"] == len(known)
    assert figures["mean_s"] == pytest.approx(sum(known) / len(known))
    assert figures["median_s"] == pytest.approx(sorted(known)[len(known) // 2 - 1] / 2 + sorted(known)[len(known) // 2] / 2)
