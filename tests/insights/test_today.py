"""The morning page: what is owed, what can be caught, what rises, what comes; ranked by effect, and silent where chance suffices."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from kundig.insight import ask
from kundig.insights.today import Today
from tests.rows import RowsLake

Row = dict[str, Any]
NOW = dt.datetime(2026, 6, 29, 12, tzinfo=dt.UTC)  # a Monday


def event(who: str, days_ago: float, kind: str, **more: Any) -> Row:
    return {
        "case_id": f"case {who}", "person_id": who, "kind": kind, "activity": kind, "reason": "bill",
        "occurred_at": NOW - dt.timedelta(days=days_ago), **more,
    }  # fmt: skip


def promise(who: str, due_in: float, *after: Row) -> list[Row]:
    return [event(who, 20, "promise_made", promise_id=who, due_at=NOW + dt.timedelta(days=due_in)), *after]


NEWEST = event("newest", 0, "other")


def lines(rows: list[Row], **given: Any) -> list[tuple[str, str | None, int | None, float]]:
    answer = ask(RowsLake([*rows, NEWEST]), Today(**given))
    return [(row["what"], row["reason"], row["n"], row["effect"]) for row in answer.table.to_pylist()]


def test_promises_that_fell_due_and_those_that_will() -> None:
    rows = [
        *promise("a", -1), *promise("b", -3), *promise("long ago", -19), *promise("soon", 0.5), *promise("later", 3),
        *promise("kept", -1, event("kept", 2, "promise_kept", promise_id="kept")),
        *promise("withdrawn", -1, event("withdrawn", 2, "promise_withdrawn", promise_id="withdrawn")),
        *promise("given up", -1, event("given up", 2, "promise_broken", promise_id="given up")),
        event("x", 40, "contact"),
    ]  # fmt: skip
    answer = ask(RowsLake([*rows, NEWEST]), Today())
    assert [(row["what"], row["n"], row["insight"]) for row in answer.table.to_pylist()] == [
        ("promises overdue", 2, "promises"), ("promises due", 1, "promises"),
    ]  # fmt: skip
    figures = answer.figures
    assert (figures["today_overdue"], figures["overdue_longer"], figures["today_due"]) == (2, 1, 1)
    assert str(answer.sentences[0]).startswith("2 promises fell due lately") and "(1 for longer)" in str(answer.sentences[0])
    assert lines(rows, days=2)[0] == ("promises due", None, 1, 1) or lines(rows, days=2)[0] == ("promises overdue", None, 1, 1)


def test_open_cases_that_can_still_be_caught() -> None:
    def asked_twice(who: str, last: float, *after: Row) -> list[Row]:
        return [event(who, last + 1, "contact"), event(who, last, "contact"), *after]

    rows = [
        *asked_twice("a", 1), *asked_twice("b", 2), *asked_twice("closed", 2, event("closed", 1, "closed")),
        *asked_twice("cold", 30), event("once", 1, "contact"),
        event("let down", 2, "contact"), *promise("let down", -1),
    ]  # fmt: skip
    found = {what: n for what, _, n, _ in lines(rows)}
    assert found == {"open and asked again": 2, "open after a broken promise": 1, "promises overdue": 1}
    without_closings = [row for row in rows if row["kind"] != "closed"]
    assert "open and asked again" not in {what for what, *_ in lines(without_closings)}, "nothing is ever closed there"


def weekly(reason: str, counts: list[int]) -> list[Row]:
    """``counts`` of contacts by week, the last week first, each of another person."""
    return [
        event(f"{reason} {week} {n}", week * 7 + 0.1 + 6 * n / count, "contact", reason=reason)
        for week, count in enumerate(counts)
        for n in range(count)
    ]


def test_a_reason_that_rises_beyond_chance() -> None:
    rows = weekly("fault", [40, *[10] * 8]) + weekly("bill", [13, *[10] * 8]) + weekly("rare", [6, *[0] * 8])
    rising = [line for line in lines(rows) if line[0] == "reason rising"]
    assert rising == [("reason rising", "fault", 40, pytest.approx(30))]
    answer = ask(RowsLake([*rows, NEWEST]), Today())
    assert '"fault" rises: 40 contacts in seven days instead of 10.0 as usual, 30 more.' in map(str, answer.sentences)
    row = next(row for row in answer.table.to_pylist() if row["reason"] == "fault")
    assert row["expected"] == pytest.approx(10) and 10 < row["low"] < 40 < row["high"]
    assert answer.figures["reasons_rising"] == 1


def test_before_the_data_begin_nothing_was_usual() -> None:
    assert "reason rising" not in {what for what, *_ in lines(weekly("fault", [40, 10, 10]))}
    assert "reason rising" in {what for what, *_ in lines(weekly("fault", [40, *[10] * 6]))}


def test_a_small_rise_of_many_contacts_is_sure_but_no_news() -> None:
    assert "reason rising" not in {what for what, *_ in lines(weekly("fault", [1150, *[1000] * 8]))}


def test_restless_weeks_make_no_alarm() -> None:
    assert "reason rising" not in {what for what, *_ in lines(weekly("fault", [40, 5, 45, 2, 38, 3, 41, 4, 40]))}


def test_among_many_reasons_chance_alone_raises_no_alarm() -> None:
    """Two hundred steady reasons, 50 mornings' worth of comparisons: with 5 % each there would be hundreds."""
    chance = random.Random(8)
    rows = [
        row for n in range(200) for row in weekly(f"r{n}", [sum(chance.random() < 0.05 for _ in range(80)) for _ in range(9)])
    ]
    assert sum(what == "reason rising" for what, *_ in lines(rows)) <= 1


def test_tomorrow_is_foreseen_from_the_same_weekday() -> None:
    """Tuesdays bring ten contacts, other days two; the newest event is of a Monday."""
    rows = [
        event(f"{day} {n}", day + 0.1, "contact")
        for day in range(1, 56)
        for n in range(10 if (NOW - dt.timedelta(days=day + 0.1)).weekday() == 1 else 2)
    ]
    answer = ask(RowsLake([*rows, NEWEST]), Today())
    figures = answer.figures
    assert figures["contacts_tomorrow"] == pytest.approx(10) and figures["contacts_tomorrow_low"] == pytest.approx(10)
    line = answer.table.to_pylist()[-1]
    assert line["what"] == "contacts tomorrow" and line["effect"] == pytest.approx(10 - 3.14, abs=0.1)
    assert "30 Jun 2026" in str(answer.sentences[-1])
    assert ask(RowsLake([*rows[:8], NEWEST]), Today()).figures["contacts_tomorrow"] is None


def test_the_greatest_effect_comes_first_and_each_sentence_has_its_line() -> None:
    rows = weekly("fault", [40, *[10] * 8]) + [row for n in range(5) for row in promise(f"p{n}", -1)]
    answer = ask(RowsLake([*rows, NEWEST]), Today())
    effects = answer.table["effect"].to_pylist()
    assert effects == sorted(effects, reverse=True) and len(effects) == len(answer.sentences)
    assert answer.table["rank"].to_pylist() == [*range(1, len(effects) + 1)]
    assert answer.chart is not None and answer.to_svg("de").startswith("<svg")


def test_a_morning_without_anything_says_so() -> None:
    answer = ask(RowsLake([event("a", 3, "contact"), event("a", 2, "closed"), *promise("a", 9), NEWEST]), Today())
    assert [str(said) for said in answer.sentences] == ["Nothing needs you today, as far as the data tell."]
    assert answer.chart is None


def test_few_customers_are_not_passed_on() -> None:
    rows = [*weekly("fault", [40, *[10] * 8]), *promise("a", -1), *promise("b", -1)]
    answer = ask(RowsLake([*rows, NEWEST]), Today(), share=True)
    assert {row["what"] for row in answer.table.to_pylist()} == {"reason rising", "contacts tomorrow"}
    assert answer.suppressed == 1 and answer.figures["today_overdue"] == 0


def test_what_cannot_be_seen_is_not_called_a_quiet_day() -> None:
    said = [str(message) for message in ask(RowsLake([event("a", 3, "contact"), NEWEST]), Today()).sentences]
    assert said == [
        "The data know neither promises nor closed cases: what is owed and which cases are still open cannot be seen."
    ]
    (nothing, blind) = ask(RowsLake([event("a", 3, "contact"), *promise("a", 9), NEWEST]), Today()).sentences
    assert str(nothing).startswith("Nothing needs you today")
    assert str(blind) == "The data know no closed cases: which cases are still open cannot be seen."


def test_promises_alone_are_enough() -> None:
    answer = ask(RowsLake([*promise("a", -1), NEWEST]), Today())
    assert answer.figures["today_overdue"] == 1 and answer.n == 1
