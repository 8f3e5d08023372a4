"""What costs most must come first, what only comes along must not, and what comes after the rating does not count."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from kundig.answer import Answer
from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.drivers import Drivers
from tests.rows import RowsLake

Row = dict[str, Any]
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def firm(cases: int = 400, *, seed: int = 1, persons: bool = True, scores: bool = True) -> list[Row]:
    """Each handover costs a point, a late promise half a point; further contacts come with handovers and cost nothing."""
    chance, rows = random.Random(seed), []
    for n in range(cases):
        at, moves, late = START + 12 * HOUR * n, chance.choice([0, 0, 1, 2]), chance.random() < 0.3
        case: Row = {"case_id": f"c{n}", "person_id": f"p{n % 150}" if persons else None}
        promise: Row = {"promise_id": f"z{n}", "due_at": at + 40 * HOUR}
        rows += [{**case, "occurred_at": at, "kind": "contact", "channel": "phone"},
                 {**case, "occurred_at": at + HOUR * chance.uniform(1, 9), "kind": "answer", "team": "t0"},
                 {**case, **promise, "occurred_at": at + 10 * HOUR, "kind": "promise_made", "team": "t0"}]  # fmt: skip
        for move in range(moves):
            rows.append({**case, "occurred_at": at + HOUR * (11 + 3 * move), "kind": "handover", "team": f"t{move + 1}"})
            if chance.random() < 0.6:
                rows.append({**case, "occurred_at": at + HOUR * (12 + 3 * move), "kind": "contact", "channel": "phone"})
        rows.append({**case, **promise, "occurred_at": at + (50 if late else 30) * HOUR, "kind": "promise_kept"})
        score = 8 - 2 * moves - late + chance.gauss(0, 0.5) if scores else 5.0
        rows.append({**case, "occurred_at": at + 60 * HOUR, "kind": "survey_answer", "score": score, "score_scale": "0-10"})
        rows.append({**case, "occurred_at": at + 70 * HOUR, "kind": "contact", "channel": "email"})
    return rows


def said(answer: Answer) -> str:
    return "\n".join(message.say() for message in answer.sentences)


def test_what_costs_most_comes_first_and_what_only_comes_along_does_not() -> None:
    answer = ask(RowsLake(firm()), Drivers())
    rows = {row["driver"]: row for row in answer.table.to_pylist()}
    first = answer.table.to_pylist()[0]
    assert first["driver"] == "handovers"
    assert first["rank_low"] == first["rank_high"] == 1
    assert first["direction"] < 0
    assert rows["handovers"]["share_low"] > rows["further contacts"]["share_high"]
    assert sum(row["share"] for row in rows.values()) == pytest.approx(1)
    assert sum(row["weight"] for row in rows.values()) == pytest.approx(answer.figures["explained_share"])
    assert 'The largest part goes with "handovers"' in said(answer)
    assert "The more of it, the lower the rating." in said(answer)
    assert "It is surely first" in said(answer)
    assert "Importance is not causation" in said(answer)
    assert answer.n == 400


def test_what_comes_after_the_rating_is_not_counted() -> None:
    """Every case changes the channel and is asked about again, but only after its rating."""
    answer = ask(RowsLake(firm()), Drivers())
    assert "changes of channel" not in answer.table["driver"].to_pylist()
    assert "possible drivers are left out" in said(answer)


def test_where_first_is_not_sure_it_is_said() -> None:
    answer = ask(RowsLake(firm(120, seed=5)), Drivers())
    assert answer.figures["explained_share_low"] <= answer.figures["explained_share"] <= answer.figures["explained_share_high"]
    rows = [{**row, "score": random.Random(n).uniform(0, 10)} if row.get("score") else row for n, row in enumerate(firm(200))]
    assert "could as well be first" in said(ask(RowsLake(rows), Drivers()))


@pytest.mark.parametrize("lake", [firm(60), firm(150, scores=False)])
def test_too_little_is_said_without_figures(lake: list[Row]) -> None:
    answer = ask(RowsLake(lake), Drivers())
    assert answer.figures["explained_share"] is None
    assert answer.figures["handovers_share"] is None
    assert "Too little to rank drivers" in said(answer)
    assert answer.table.num_rows == 0


def test_a_driver_that_follows_from_others_is_left_out() -> None:
    """A wait is noted at each handover and at no other time."""
    waits = [{**row, "kind": "wait", "occurred_at": row["occurred_at"] + HOUR / 2} for row in firm() if row["kind"] == "handover"]
    answer = ask(RowsLake(sorted([*firm(), *waits], key=lambda row: row["occurred_at"])), Drivers())
    assert "times put on hold" not in answer.table["driver"].to_pylist()
    assert "follow from the others" in said(answer)


def test_persons_may_be_unknown_and_cases_sampled() -> None:
    answer = ask(RowsLake(firm(persons=False)), Drivers(most_cases=300))
    assert answer.n == 300
    assert answer.table.to_pylist()[0]["driver"] == "handovers"


def test_the_picture_is_drawn() -> None:
    answer = ask(RowsLake(firm()), Drivers())
    assert answer.chart is not None
    assert answer.to_svg("de").startswith("<svg")


@pytest.mark.parametrize("given", [{"most_cases": 0}, {"seed": -1}])
def test_inputs_that_cannot_be_used_are_refused(given: dict[str, int]) -> None:
    with pytest.raises(QuestionError):
        Drivers(**given)
