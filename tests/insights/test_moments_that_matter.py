"""A planted effect must be found, none invented, and nothing that comes after the landmark taken for a cause."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest

from kundig.answer import Answer
from kundig.errors import QuestionError
from kundig.insight import ask
from kundig.insights.moments_that_matter import TOUCHPOINTS, MomentsThatMatter
from tests.rows import NOW, RowsLake

Row = dict[str, Any]
START = dt.datetime(2025, 9, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WHO = {"contact": "customer", "purchase": "customer", "visit": "customer", "survey_answer": "customer"}


def _row(person: int, time: dt.datetime, kind: str, **more: Any) -> Row:
    base = {"person_id": f"p{person}", "occurred_at": time, "kind": kind, "activity": kind, "actor": WHO.get(kind, "human")}
    return base | {"direction": "inbound" if kind in WHO else "outbound"} | more


def _case(person: int, at: dt.datetime, broken: bool, chance: random.Random) -> Iterator[Row]:
    case: Row = {"case_id": f"c{person} {at:%y%m%d}", "channel": chance.choice(["phone", "email"]), "reason": "bill"}
    promise: Row = {"promise_id": f"z{person} {at:%y%m%d}", "due_at": at + 3 * DAY}
    yield _row(person, at, "contact", **case)
    yield _row(person, at + dt.timedelta(hours=chance.choice([2, 30])), "answer", team="first", **case)
    if chance.random() < 0.4:
        yield _row(person, at + DAY * 1.5, "handover", team="second", **case)
        if chance.random() < 0.5:
            yield _row(person, at + DAY * 1.7, "contact", **case)
    yield _row(person, at + DAY * 2, "promise_made", team="second", **case, **promise)
    if not broken:
        yield _row(person, at + DAY * chance.choice([2.5, 2.5, 4]), "promise_kept", team="second", **case, **promise)
    yield _row(
        person, at + DAY * 6, "survey_answer", **case, score=chance.choice([1, 2] if broken else [3, 4, 5]), score_scale="1-5"
    )


def firm(effect: float, leaving: str = "Kündigung eingegangen", people: int = 240, seed: int = 1) -> tuple[Row, ...]:
    """A matter a month; a fifth of the promises is broken, which adds ``effect`` to a 3 % chance to leave in the next month."""
    chance, rows = random.Random(seed), []
    for person in range(people):
        since = START - DAY * chance.uniform(30, 1000)
        rows.append(_row(person, since, "other", activity="customer since", actor=None, direction=None))
        for month in range(13):
            at = START + DAY * (30.4 * month + chance.uniform(0, 8))
            broken = chance.random() < 0.2
            rows += _case(person, at, broken, chance)
            rows += [_row(person, at + DAY * 9, "purchase")] * (chance.random() < (0.3 if broken else 0.5))
            if chance.random() < 0.03 + effect * broken:
                gone = START + DAY * (30.4 * (month + 1) + 12)
                rows += [_row(person, gone, "other", activity=leaving, actor="customer")] if leaving else []
                break
    return tuple(sorted(rows, key=lambda row: row["occurred_at"]))


@cache
def told(effect: float, leaving: str = "Kündigung eingegangen", **inputs: Any) -> Answer:
    given = {"window_days": 30, "horizon_days": 30, "grace_days": 5} | inputs
    return ask(RowsLake(firm(effect, leaving)), MomentsThatMatter(**given))


def by_words(answer: Answer) -> dict[str, Mapping[str, Any]]:
    names = {touchpoint.words: touchpoint.name for touchpoint in TOUCHPOINTS}
    return {names[row["touchpoint"]]: row for row in answer.table.to_pylist()}


def said(answer: Answer, lang: str = "en") -> str:
    return "\n".join(message.say(lang) for message in answer.sentences)


def test_a_broken_promise_that_makes_customers_leave_is_found_and_comes_first() -> None:
    answer = told(0.3)
    first = answer.table.to_pylist()[0]
    assert first["touchpoint"] == "promise broken"
    assert first["effect_low"] > 10
    assert first["effect_low"] < 30 < first["effect_high"] + 5
    assert first["p_holm"] < 0.05
    assert first["e_value"] > first["e_value_end"] > 1
    assert answer.figures["promise_broken_effect"] == first["effect"]
    assert answer.figures["beyond_chance"] == 1
    assert '"promise broken": of 100 customers who meet it' in said(answer)
    assert "estimate from observed data" in said(answer)
    assert "Leaving is seen by the words" in said(answer)


def test_where_nothing_has_an_effect_nothing_is_claimed() -> None:
    answer = told(0.0)
    assert answer.figures["beyond_chance"] == 0
    assert "none moves the outcome beyond chance" in said(answer)
    row = by_words(answer)["promise_broken"]
    assert row["effect_low"] < 0 < row["effect_high"]


def test_without_words_for_leaving_silence_counts() -> None:
    answer = told(0.3, "")
    assert "silence counts" in said(answer)
    assert by_words(answer)["promise_broken"]["effect_low"] > 0


def test_other_words_for_leaving_can_be_given() -> None:
    answer = told(0.3, "gone for good", leaving_words="left us, Gone for")
    assert by_words(answer)["promise_broken"]["effect_low"] > 0


def test_what_happens_after_leaving_or_after_the_landmark_is_no_treatment() -> None:
    """Every promise is broken on the day after leaving: nobody who is still there has met a broken one."""
    rows: list[Row] = []
    for person in range(200):
        for month in range(12):
            rows += _case(person, START + 30.4 * DAY * month, False, random.Random(person * 100 + month))
        left = START + DAY * (330 + person % 20)
        promise: Row = {"promise_id": f"after {person}", "due_at": left + DAY, "case_id": f"last {person}"}
        rows += [_row(person, left, "other", activity="Kündigung"), _row(person, left - DAY, "promise_made", **promise)]
        rows.append(_row(person, left + DAY, "promise_broken", **promise))
    answer = ask(RowsLake(rows), MomentsThatMatter(window_days=30, horizon_days=30))
    assert by_words(answer)["promise_broken"]["affected"] == 0
    assert by_words(answer)["promise_broken"]["effect"] is None


def test_a_return_is_a_purchase() -> None:
    answer = told(0.0, outcome="return", horizon_days=10, window_days=31)
    assert "A return is a purchase" in said(answer)
    assert all(row["without"] <= 100 for row in answer.table.to_pylist() if row["without"] is not None)


def test_without_purchases_a_return_is_a_visit_and_without_both_it_cannot_be_told() -> None:
    rows = [row for row in firm(0.0, people=60) if row["kind"] != "purchase"]
    question = MomentsThatMatter(outcome="return", window_days=30, horizon_days=30)
    answer = ask(RowsLake(rows), question)
    assert "cannot be told" in said(answer)
    assert answer.figures["promise_broken_effect"] is None
    visits = [*rows, *(_row(person, START + 30 * DAY * (1 + person % 9), "visit") for person in range(60))]
    assert "a return is a visit" in said(ask(RowsLake(visits), question))


def test_the_next_rating_is_moved_by_what_came_before_it() -> None:
    answer = told(0.0, outcome="score", window_days=14, grace_days=1)
    row = by_words(answer)["promise_broken"]
    assert row["effect"] == pytest.approx(-2.5, abs=0.4)
    assert "points worse after it" in said(answer)
    assert "Only customers who rate are seen" in said(answer)


def test_an_effect_that_comes_only_with_the_second_time_is_said_to_be_uneven() -> None:
    chance, rows = random.Random(4), []
    for person in range(700):
        for month in range(0, 13, 2):
            at, fate = START + DAY * (30.4 * month + 6), chance.random()
            for n in range(2):
                rows += _case(person, at + n * 9 * DAY, fate < (0.35 if n == 0 else 0.15), chance)
            if chance.random() < (0.5 if fate < 0.15 else 0.05):
                rows.append(_row(person, at + DAY * 30, "other", activity="Kündigung"))
                break
    question = MomentsThatMatter(window_days=30, horizon_days=30, grace_days=2, most_persons=650)
    answer = ask(RowsLake(rows), question)
    assert '"promise broken" does not act evenly' in said(answer)
    assert answer.figures["uneven"] == 1
    assert answer.n <= 650


def test_too_few_customers_give_no_figures() -> None:
    answer = ask(RowsLake(firm(0.3, people=25)), MomentsThatMatter(window_days=30, horizon_days=30))
    assert answer.figures["touchpoints"] == 0
    assert answer.figures["promise_broken_effect"] is None
    assert answer.figures["promise_broken_effect_low"] is None
    assert "Too little to tell" in said(answer)
    assert answer.chart is None


def test_too_short_a_time_is_said() -> None:
    rows = [row for row in firm(0.3, people=40) if row["occurred_at"] < START + 60 * DAY]
    answer = ask(RowsLake(rows), MomentsThatMatter())
    assert "180 days are needed before and after the first of a month, and the contacts reach over 46 days" in said(answer)
    assert answer.n == 40
    returning = said(ask(RowsLake(rows), MomentsThatMatter(outcome="return")))
    assert "180 days are needed" in returning
    assert "neither purchases nor visits" not in returning


def test_shared_it_leaves_out_what_few_customers_met() -> None:
    rows = firm(0.0, people=80)
    whole = ask(RowsLake(rows), MomentsThatMatter(window_days=30, horizon_days=30))
    assert min(row["affected"] for row in whole.table.to_pylist()) < 5
    passed_on = ask(RowsLake(rows), MomentsThatMatter(window_days=30, horizon_days=30), share=True)
    assert min(row["affected"] for row in passed_on.table.to_pylist()) >= 5
    assert passed_on.suppressed > 0


def test_the_trees_can_be_asked_for() -> None:
    answer = told(0.3, learner="boosted")
    assert by_words(answer)["promise_broken"]["effect_low"] > 10


@pytest.mark.parametrize("given", [{"outcome": "joy"}, {"learner": "magic"}, {"window_days": 0}, {"grace_days": -1}])
def test_inputs_that_cannot_be_used_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(QuestionError):
        MomentsThatMatter(**given)


def test_it_is_told_in_german_with_a_picture() -> None:
    answer = told(0.3)
    assert "„Zusage gebrochen“" in said(answer, "de") or "promise broken" in said(answer, "de")
    assert answer.chart is not None
    assert answer.to_svg("de").startswith("<svg")


def test_the_clock_is_the_datas_newest_time() -> None:
    assert max(row["occurred_at"] for row in firm(0.3)) < NOW
