"""Habits: clockwork is told from chance, a broken habit by the person's own gaps, and persons only to the owner."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterable
from typing import Any

import pytest
from scipy import stats

from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights import habits
from kundig.insights.habits import Habits
from tests.rows import RowsLake

START = dt.datetime(2026, 1, 5, 9, 30, tzinfo=dt.UTC)
"""A Monday."""
END = 280


def comes(person: str, days: Iterable[float], kind: str = "purchase", hour: float = 0.0) -> list[dict[str, Any]]:
    return [
        {"person_id": person, "kind": kind, "activity": kind, "occurred_at": START + dt.timedelta(days=day, hours=hour)}
        for day in days
    ]


def newest() -> list[dict[str, Any]]:
    """The newest event of the data, of nobody."""
    return [{"kind": "other", "occurred_at": START + dt.timedelta(days=END)}]


def test_clockwork_is_a_habit_and_chance_is_none() -> None:
    chance = random.Random(1)
    rows = newest()
    for n in range(40):
        rows += comes(f"weekly {n}", range(0, END, 7))
        rows += comes(f"random {n}", sorted(chance.sample(range(END), 20)))
    figures = ask(RowsLake(rows), Habits()).figures
    assert figures["rhythmic"] == figures["persons"] == figures["habit_share_n"] == 80
    assert figures["habit_share"] == pytest.approx(0.5, abs=0.04)
    assert figures["habit_gap_s"] == pytest.approx(7 * 86_400)
    assert figures["habits_broken"] == 0


def test_a_habit_is_broken_when_the_silence_exceeds_the_persons_own_interval() -> None:
    """Gaps 6, 8, 6, 8 ... : mean 7, deviation 1.0954 (n 6), so the next is below 7 + 2.015 * 1.0954 * sqrt(7/6) = 9.38 days."""
    days = [0, 6, 14, 20, 28, 34, 42]
    for silence, broken in ((9, 0), (10, 1)):
        rows = [*comes("p", [day + END - 42 - silence for day in days]), *newest()]
        answer = ask(RowsLake(rows), Habits(list="broken"))
        assert answer.figures["habits_broken"] == broken
        assert answer.table.num_rows == broken
    row = answer.table.to_pylist()[0]
    assert row["longest_gap_s"] / 86_400 == pytest.approx(7 + stats.t.ppf(0.95, 5) * 1.09545 * (7 / 6) ** 0.5, abs=0.01)
    assert (row["person_id"], row["silence_s"] / 86_400, row["occasions"]) == ("p", 10, 7)


@pytest.mark.parametrize("freedom", [3, 4, 9, 29])
def test_the_expansion_of_students_quantile(freedom: int) -> None:
    text = habits._STUDENT.replace("{v}", str(freedom))
    value = eval(re.sub(r"power\(", "pow(", text), {"pow": pow})
    assert value == pytest.approx(stats.t.ppf(0.95, freedom), abs=0.0015)


def test_the_early_sign_is_tested_on_the_past() -> None:
    """90 days ago 40 had stopped after 100 days of weekly purchases, 40 go on."""
    rows = newest()
    for n in range(40):
        rows += comes(f"stopped {n}", range(0, 100, 7))
        rows += comes(f"goes on {n}", range(0, END, 7))
    answer = ask(RowsLake(rows), Habits())
    assert (answer.figures["broken_back_share"], answer.figures["broken_back_share_n"]) == (0.0, 40)
    assert (answer.figures["unbroken_back_share"], answer.figures["unbroken_back_share_n"]) == (1.0, 40)
    assert any("had broken 90 days ago 0.0% have come back since, of the others 100.0%" in str(said) for said in answer.sentences)
    assert not any("no clear difference" in str(said) for said in answer.sentences)


def test_where_broken_habits_come_back_as_often_it_is_no_sign() -> None:
    rows = newest()
    for n in range(40):
        rows += comes(f"paused {n}", [*range(0, 100, 7), *range(200, END, 7)])
        rows += comes(f"goes on {n}", range(0, END, 7))
    answer = ask(RowsLake(rows), Habits())
    assert answer.figures["broken_back_share"] == 1.0
    assert any("no clear difference" in str(said) for said in answer.sentences)


def test_the_heat_map_counts_weekday_and_hour_in_utc_or_a_fixed_offset() -> None:
    rows = [*comes("p", range(0, 70, 7)), *comes("q", [0, 1], "contact", 14.0)]
    table = ask(RowsLake(rows), Habits()).table.to_pylist()
    assert [(row["weekday"], row["hour"], row["acts"], row["persons"]) for row in table] == [
        ("Monday", 9, 10, 1), ("Monday", 23, 1, 1), ("Tuesday", 23, 1, 1),
    ]  # fmt: skip
    later = ask(RowsLake(rows), Habits(utc_offset=1))
    assert {(row["weekday"], row["hour"]) for row in later.table.to_pylist()} == {
        ("Monday", 10),
        ("Tuesday", 0),
        ("Wednesday", 0),
    }
    assert "around 10:00 (UTC+1)" in str(later.sentences[0])
    chart = later.chart
    assert chart is not None
    assert len(chart.rows) == 7 * 24
    assert sum(row["n"] for row in chart.rows) == 12


def test_only_one_kind_may_be_counted() -> None:
    rows = [*comes("p", range(5)), *comes("q", range(3), "contact"), *comes("q", range(2), "visit"), *comes("q", [9], "other")]
    assert ask(RowsLake(rows), Habits()).n == 10
    assert ask(RowsLake(rows), Habits(kind="contact")).n == 3


def test_persons_are_not_passed_on() -> None:
    rows = [*newest(), *(row for n in range(12) for row in comes(f"person {n}", range(0, 100, 7)))]
    assert ask(RowsLake(rows), Habits(list="broken")).table.num_rows == 12
    shared = ask(RowsLake(rows), Habits(list="broken"), share=True)
    assert "person 1" not in str(shared.to_json())
    assert "not for passing on" in str(shared.sentences[-1])
    assert all(row["persons"] >= 5 for row in shared.table.to_pylist())


def test_where_nobody_comes_often_no_rhythm_is_told() -> None:
    answer = ask(RowsLake(comes("p", [0, 1])), Habits())
    assert answer.figures["habit_share"] is None
    assert any("Nobody has come often enough" in str(said) for said in answer.sentences)


def test_several_on_one_day_are_one_occasion() -> None:
    rows = [*comes("p", [0.0, 0.1, 0.2, 0.3, 0.4]), *newest()]
    assert ask(RowsLake(rows), Habits()).figures["rhythmic"] == 0


@pytest.mark.parametrize("wrong", [{"list": "kept"}, {"kind": "mood"}, {"least": 3}, {"regular": 0.0}, {"back": 0}])
def test_wrong_inputs_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(QuestionError):
        Habits(**wrong)


def test_shared_hidden_hours_are_not_called_nobody() -> None:
    rows = [row for n in range(12) for row in comes(f"person {n}", range(n % 7, 70, 7), hour=n * 2.0)]
    said = " ".join(map(str, ask(RowsLake(rows), Habits(), share=True).sentences))
    assert "hours of the week are hidden" in said
    assert "Nobody is known" not in said
    assert "are hidden" not in " ".join(map(str, ask(RowsLake(rows), Habits()).sentences))
