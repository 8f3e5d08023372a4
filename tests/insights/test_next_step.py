"""What comes next for the running cases: told by where they stand, with how well it is foreseen, and nothing of single cases."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights.next_step import NextStep
from tests.models.journeys import START, firm
from tests.rows import RowsLake


@pytest.fixture(scope="module")
def lake() -> RowsLake:
    return RowsLake(firm())


def test_it_tells_what_comes_next_where_the_running_cases_stand(lake: RowsLake) -> None:
    answer = ask(lake, NextStep())
    rows = answer.table.to_pylist()
    assert sum({row["activity"]: row["cases"] for row in rows}.values()) == answer.figures["running"] == answer.n
    asked = next(row for row in rows if row["activity"] == "asked bill")
    assert (asked["next_activity"], asked["share"]) == ("checked", pytest.approx(1, abs=0.05))
    assert {row["next_activity"] for row in rows if row["activity"] == "checked"} == {"paid", "repaired"}
    assert answer.figures["accuracy_share"] > answer.figures["usual_accuracy_share"]
    assert any("Because: of " in str(said) and "went on so" in str(said) for said in answer.sentences)
    assert answer.chart is not None
    assert answer.chart.rows[0]["step"].say().count("→") == 1


def test_cases_that_wait_too_long_are_stuck_and_told_first(lake: RowsLake) -> None:
    late = [{"case_id": f"late {n}", "person_id": f"late {n}", "activity": "asked bill", "occurred_at": START} for n in range(9)]
    before, after = ask(lake, NextStep()), ask(RowsLake([*late, *firm()]), NextStep())
    assert after.figures["stuck"] >= before.figures["stuck"] + 9
    row = next(row for row in after.table.to_pylist() if row["activity"] == "asked bill")
    assert row["stuck"] >= 9
    assert 'Most of them stand at "asked bill"' in str(after.sentences[1])


def test_too_few_cases_are_told_as_a_sentence_not_as_an_error() -> None:
    answer = ask(RowsLake(firm(12)), NextStep())
    assert answer.figures["accuracy_share"] is None
    assert answer.figures["running"] == answer.n > 0
    said = [str(text) for text in answer.sentences]
    assert said[0].startswith("Too few cases to learn from")
    assert said[1].startswith("It takes ")


def test_shared_it_leaves_out_where_few_customers_stand(lake: RowsLake) -> None:
    own, shared = ask(lake, NextStep()), ask(lake, NextStep(), share=True)
    assert {row["cases"] for row in own.table.to_pylist()} - {
        row["cases"] for row in shared.table.to_pylist()
    } or not shared.suppressed
    few = [
        {"case_id": f"rare {n}", "person_id": f"rare {n}", "activity": "rare thing", "occurred_at": START + dt.timedelta(days=99)}
        for n in range(3)
    ]
    answer = ask(RowsLake([*few, *firm()]), NextStep(), share=True)
    assert "rare thing" not in str(answer.to_json())
    assert "rare thing" in str(ask(RowsLake([*few, *firm()]), NextStep()).table.to_pylist())


def test_where_no_case_is_running_it_says_so() -> None:
    answer = ask(RowsLake(firm(open_share=0)), NextStep())
    assert answer.figures["running"] == 0
    assert str(answer.sentences[0]) == "No case is running."
    assert answer.chart is None


def routine(certain: bool) -> list[dict[str, Any]]:
    """Cases whose next step depends on nothing but the last one; every wait is as long as chance wants it."""
    chance, rows = random.Random(3), []
    for n in range(280):
        at = START + dt.timedelta(days=n)
        steps = ["asked", "checked", "paid"] if certain or chance.random() < 0.7 else ["asked", "repaired", "paid"]
        for activity in steps:
            rows.append({"case_id": f"case {n}", "person_id": f"p{n}", "activity": activity, "kind": "other", "occurred_at": at})
            at += dt.timedelta(hours=chance.expovariate(1 / 24))
    return rows


def test_a_model_no_better_than_the_last_activity_is_not_used_and_that_is_said() -> None:
    answer = ask(RowsLake(routine(certain=False)), NextStep())
    figures: Any = answer.figures
    assert figures["accuracy_gain_share_low"] <= 0 <= figures["accuracy_gain_share_high"]
    assert figures["accuracy_share"] == pytest.approx(figures["usual_accuracy_share"])
    assert figures["wait_error_s"] <= figures["same_wait_error_s"]
    assert any("so the simplest rule is used" in str(said) for said in answer.sentences)


def test_a_model_that_is_better_is_used(lake: RowsLake) -> None:
    answer = ask(lake, NextStep())
    assert answer.figures["accuracy_gain_share_low"] > 0  # type: ignore[operator]
    assert not any("simplest rule" in str(said) for said in answer.sentences)


def test_what_was_always_right_is_not_certain() -> None:
    """Wilson (1927): all right n times has the lower end n / (n + 1.96^2)."""
    figures: Any = ask(RowsLake(routine(certain=True)), NextStep()).figures
    n = figures["accuracy_share_n"]
    assert figures["accuracy_share"] == 1
    assert figures["accuracy_share_high"] == pytest.approx(1)
    assert figures["accuracy_share_low"] == pytest.approx(n / (n + 1.959964**2))
