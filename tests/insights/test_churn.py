"""Leaving customers: how many, how well foreseen, what goes with it; and what is withheld or cannot be said."""

from __future__ import annotations

import datetime as dt
import json
import re
from functools import cache
from typing import Any

import numpy as np
import pytest

from kundig.answer import Answer, Chart
from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.churn import Churn
from tests.rows import RowsLake

NEWEST = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
Row = dict[str, Any]


def event(person: str, before: float, kind: str, **more: Any) -> Row:
    when = NEWEST - dt.timedelta(days=before)
    return {"person_id": person, "case_id": f"case of {person}", "occurred_at": when, "kind": kind, "source": "desk", **more}


@cache
def firm(persons: int = 360) -> tuple[Row, ...]:
    """Half of the customers have a promise that was never kept; these leave several times as often."""
    dice = np.random.default_rng(2)
    rows: list[Row] = []
    for n in range(persons):
        name, unlucky = f"person {n}", n % 2 == 0
        gone = float(dice.uniform(0, 300)) if dice.random() < (0.7 if unlucky else 0.1) else -1.0
        times = [before + n / 500 for before in (400, 310, 220, 130, 40) if before > gone]
        rows += [event(name, before, "contact", channel="phone" if n % 3 else "email") for before in times]
        if unlucky:
            rows.append(event(name, 380, "promise_made", promise_id=f"p{n}", due_at=NEWEST - dt.timedelta(days=360)))
        if gone >= 0:
            rows.append(event(name, gone, "contact", activity="Kündigung eingegangen"))
    return tuple(rows)


@cache
def told(listed: bool = False, share: bool = False) -> Answer:
    return ask(RowsLake(firm()), Churn(list=listed), share=share)


def by(answer: Answer, dimension: str) -> dict[str, Row]:
    return {row["value"]: row for row in answer.table.to_pylist() if row["dimension"] == dimension}


def said(answer: Answer, lang: str = "en") -> str:
    return " ".join(message.say(lang) for message in answer.sentences)


def test_tells_how_many_leave_and_how_well_it_is_foreseen() -> None:
    figures: Any = told().figures
    left = sum("Kündigung" in str(row.get("activity")) for row in firm())
    assert figures["customers"] == told().n == 360 - left
    windows = by(told(), "window from").values()
    assert figures["left"] == sum(row["left"] for row in windows) > 0.8 * left
    assert figures["left_share_low"] < figures["left_share"] < figures["left_share_high"]
    assert figures["auc_low"] > 0.5
    assert figures["auc"] > figures["auc_without_service"]
    assert figures["service_gain"] == pytest.approx(figures["auc"] - figures["auc_without_service"])
    assert figures["lift_at_10"] > 1
    assert "In 30 days " in said(told())


def test_what_drives_leaving_is_told_beside_the_others_without_claiming_a_cause() -> None:
    driver = by(told(), "concerned by")["promises not kept in time"]
    first = min(by(told(), "window from"))
    gone = {
        row["person_id"] for row in firm() if "Kündigung" in str(row.get("activity")) and row["occurred_at"].isoformat() <= first
    }
    unlucky = {row["person_id"] for row in firm() if row["kind"] == "promise_made"}
    assert driver["persons"] == pytest.approx(len(unlucky - gone), abs=2)
    assert driver["left_share_low"] > driver["others_left_share"]
    assert driver["factor"] > 1.5
    text = said(told())
    assert "Concerned by promises not kept in time" in text
    assert "kundig ask promises --list overdue" in text
    assert "no proof of cause" in text
    assert isinstance(told().chart, Chart)
    assert {str(row["who"].text) for row in told().chart.rows} == {"concerned", "the others"}  # type: ignore[union-attr]


def test_the_bands_hold_all_customers_and_their_expected_leavers_add_up() -> None:
    bands = by(told(), "risk now")
    assert sum(row["persons"] for row in bands.values()) == told().n == by(told(), "customers now")["all"]["persons"]
    expected = sum(row["persons"] * row["chance_share"] for row in bands.values())
    assert told().figures["expected_to_leave"] == pytest.approx(expected)


def test_a_list_of_single_customers_is_for_the_owner_only() -> None:
    listed = told(listed=True)
    assert listed.table.column_names == ["person_id", "chance_share", "band", "reason_1", "reason_2", "reason_3"]
    chances = listed.table["chance_share"].to_pylist()
    assert chances == sorted(chances, reverse=True)
    assert set(listed.table["band"].to_pylist()) <= {"high", "elevated"}
    passed_on = told(listed=True, share=True)
    assert "person " not in json.dumps(passed_on.to_json())
    assert "not for passing on" in said(passed_on)
    assert all(row["persons"] >= 5 for row in passed_on.table.to_pylist())


def test_a_sample_stands_for_all() -> None:
    sampled = ask(RowsLake(firm()), Churn(most_persons=300))
    assert sampled.n == pytest.approx(told().n, rel=0.15)
    assert sampled.figures["left"] == told().figures["left"]


def test_where_the_data_cannot_teach_it_says_why_and_what_to_do() -> None:
    rows = [event(f"person {n}", before, "contact") for n in range(40) for before in (300, 2)]
    answer = ask(RowsLake(rows), Churn(leaving=""))
    assert answer.figures["auc"] is None
    assert answer.figures["high_risk"] is None
    assert answer.n == 40
    assert "cannot be foreseen from this data" in said(answer)
    assert "lässt sich aus diesen Daten nicht voraussagen" in said(answer, "de") or "cannot" in said(answer, "de")
    assert answer.table.num_rows > 0


def test_silence_is_called_silence() -> None:
    rows = [event(f"person {n}", before, "purchase") for n in range(60) for before in range(n % 7 * 40, 420, 20)]
    answer = ask(RowsLake(rows), Churn(silence=60))
    assert "fall silent" in said(answer)
    assert "In 60 days" not in said(answer) and "in 60 days" in said(answer)
    assert isinstance(answer.chart, Chart)


def test_settings_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(QuestionError, match="compared by"):
        Churn(compare="agent")
    with pytest.raises(QuestionError, match="at least 1"):
        Churn(days=0)


def test_where_hardly_anybody_returns_silence_is_no_leaving() -> None:
    rows = [event(f"person {n}", n % 400 + 1, "purchase") for n in range(800)]
    answer = ask(RowsLake([*rows, event("person 0", 250, "purchase")]), Churn(silence=60))
    assert "hardly anybody comes twice" in said(answer)
    assert answer.figures["customers"] == answer.n > 0
    assert {value for name, value in answer.figures.items() if name != "customers"} == {None}
    assert not by(answer, "window from") and answer.chart is None


def test_a_part_is_never_told_above_its_whole() -> None:
    rows = [event(f"person {n}", before, "purchase") for n in range(61) for before in range(n * 6, 420, 40)]
    sentence = said(ask(RowsLake(rows), Churn(silence=60)))
    left, whole = (float(value) for value in re.findall(r"([0-9.]+) of ([0-9.]+) active", sentence)[0])
    assert left <= whole


def test_few_leavers_are_told_as_too_few() -> None:
    rows = [event(f"person {n}", before, "purchase") for n in range(20) for before in range(n % 5 * 40, 420, 20)]
    assert "too few to rely on the share" in said(ask(RowsLake(rows), Churn(silence=60)))
    assert "too few to rely on the share" not in said(told())


def test_persons_without_a_contact_are_not_called_unknown() -> None:
    rows = [event(f"person {n}", before, "other") for n in range(40) for before in (300, 2)]
    assert [message.say("en") for message in ask(RowsLake(rows), Churn()).sentences] == [
        "Persons are known, but no contact, purchase or visit of theirs is among the events: it cannot be seen who leaves."
    ]
