"""First-contact resolution and repeats, counted by hand and by a second, plain implementation."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from scipy import stats

from kundig.answer import Chart
from kundig.insight import ask
from kundig.insights.repeat_contacts import RepeatContacts
from tests.rows import RowsLake, at

DAY = dt.timedelta(days=1)
START = at("2026-03-01")


def event(
    case: str | None, day: float, kind: str = "contact", person: str | None = "p", reason: str | None = None
) -> dict[str, Any]:
    return {"case_id": case, "person_id": person, "kind": kind, "reason": reason, "occurred_at": START + day * DAY}


LATER = event("late", 90, "other", "someone else")


def figures_of(*rows: dict[str, Any], days: int = 7) -> dict[str, Any]:
    return dict(ask(RowsLake([*rows, LATER]), RepeatContacts(days)).figures)


def resolved(*rows: dict[str, Any], days: int = 7) -> tuple[Any, ...]:
    figures = figures_of(*rows, days=days)
    return figures["resolved"], figures["cases"], figures["censored"]


CLOSED = (event("a", 1), event("a", 2, "closed"))


def test_closed_after_one_contact_is_resolved() -> None:
    assert resolved(*CLOSED) == (1, 1, 0)


def test_two_contacts_are_not() -> None:
    assert resolved(event("a", 0), *CLOSED) == (0, 1, 0)


def test_an_open_case_is_not_where_the_data_has_closings() -> None:
    assert resolved(*CLOSED, event("b", 1, person="q")) == (1, 2, 0)


def test_without_closings_a_quiet_case_is_resolved() -> None:
    assert resolved(event("a", 1)) == (1, 1, 0)


def test_the_same_person_coming_back_in_time_is_a_repeat() -> None:
    assert resolved(*CLOSED, event("b", 9), event("b", 9, "closed")) == (1, 2, 0), "only the second is resolved"
    assert resolved(*CLOSED, event("b", 9.1), event("b", 10, "closed")) == (2, 2, 0), "seven days are over"
    assert resolved(*CLOSED, event("b", 9.1), event("b", 10, "closed"), days=30) == (1, 2, 0)


def test_a_contact_without_a_case_is_a_repeat_too() -> None:
    assert resolved(*CLOSED, event(None, 5)) == (0, 1, 0)


def test_a_call_before_the_closing_is_a_repeat() -> None:
    assert resolved(event("a", 1), event("a", 40, "closed"), event(None, 20)) == (0, 1, 0)


def test_another_person_or_reason_is_none() -> None:
    assert resolved(*CLOSED, event("b", 5, person="q"), event("b", 6, "closed", "q")) == (2, 2, 0)
    asked = (event("a", 1, reason="bill"), event("a", 2, "closed"), event("b", 5, reason="moving"), event("b", 6, "closed"))
    assert resolved(*asked) == (2, 2, 0)


def test_the_reason_may_stand_on_another_event_of_the_case() -> None:
    rows = (event("a", 0, "opened", reason="bill"), event("a", 1), event("a", 2, "closed"), event(None, 5, reason="bill"))
    assert resolved(*rows) == (0, 1, 0)


def test_young_cases_are_censored() -> None:
    answer = ask(RowsLake([*CLOSED, event("b", 40), event("b", 41, "closed")]), RepeatContacts())
    assert (answer.figures["cases"], answer.figures["censored"]) == (1, 1)
    assert answer.sentences[-1].say() == "1 case is too young to be counted: a repeat may still come."


def test_all_young() -> None:
    answer = ask(RowsLake(CLOSED), RepeatContacts())
    assert answer.figures["first_contact_resolution"] is None
    assert answer.sentences[0].say() == "No case is old enough to tell whether 7 days bring no repeat."
    assert answer.chart is None


def test_unknown_persons_are_left_out() -> None:
    answer = ask(RowsLake([*CLOSED, event("b", 1, person=None), LATER]), RepeatContacts())
    assert (answer.figures["cases"], answer.figures["cases_of_unknown_persons"]) == (1, 1)
    assert "1 case is left out" in answer.sentences[-1].say()


def test_repeat_rate_counts_contacts() -> None:
    figures = figures_of(event("a", 1), event("a", 5), event("a", 20), event("b", 22))
    assert (figures["contacts"], figures["repeats"], figures["repeat_rate"]) == (4, 2, 0.5)


def test_reasons_have_rows_with_intervals() -> None:
    rows = [e for n in range(40) for e in (event(f"b{n}", 1, person=f"b{n}", reason="bill"), event(f"b{n}", 2, "closed"))]
    rows += [event(f"m{n}", day, person=f"m{n}", reason="moving") for n in range(30) for day in (1, 2)]
    rows += [event("x", 1, person="x")]
    answer = ask(RowsLake([*rows, LATER]), RepeatContacts())
    bill, moving, none = answer.table.to_pylist()
    assert (bill["reason"], bill["cases"], bill["resolved_share"]) == ("bill", 40, 1.0)
    known = stats.binomtest(40, 40).proportion_ci(method="wilson")
    assert (bill["resolved_share_low"], bill["resolved_share_high"]) == pytest.approx((known.low, known.high))
    assert (moving["resolved_share"], moving["repeat_share"], none["reason"]) == (0.0, 0.5, None)
    assert '"moving" is resolved at the first contact least often, in 0.0% of 30 cases' in answer.sentences[2].say()
    assert isinstance(answer.chart, Chart)
    assert [row["reason"] for row in answer.chart.rows] == ["bill", "moving"]


def test_without_reasons_there_is_one_row() -> None:
    assert [row["reason"] for row in ask(RowsLake([*CLOSED, LATER]), RepeatContacts()).table.to_pylist()] == ["all"]


def test_equals_a_plain_count_on_random_histories() -> None:
    chance = random.Random(11)
    rows = []
    for n in range(150):
        person, reason, day = f"p{chance.randrange(25)}", chance.choice(["bill", "moving", None]), chance.uniform(0, 80)
        case = chance.choice([None, f"c{n}", f"c{n}", f"c{n}"])
        times = [day + chance.uniform(0, 9) for _ in range(1 if case is None else chance.choice([1, 1, 1, 2]))]
        rows += [event(case, time, person=person, reason=reason) for time in times]
        if case and chance.random() < 0.7:
            rows.append(event(case, max(times) + chance.uniform(0, 5), "closed", person, reason))
    figures = ask(RowsLake(rows), RepeatContacts()).figures
    assert (figures["resolved"], figures["cases"], figures["repeats"], figures["contacts"]) == plain_count(rows)


def plain_count(rows: list[dict[str, Any]]) -> tuple[int, int, int, int]:
    """The definition, word by word, without SQL."""
    now, week = max(row["occurred_at"] for row in rows), 7 * DAY
    contacts = [row for row in rows if row["kind"] == "contact"]
    old = [c for c in contacts if c["occurred_at"] + week <= now]
    repeats = sum(bool(after(c, contacts, c["occurred_at"] + week)) for c in old)
    settled = {}
    for row in sorted(rows, key=lambda r: r["occurred_at"]):
        if row["case_id"]:
            settled[row["case_id"]] = (row["occurred_at"], row["kind"] == "closed")
    cases = {case: end for case, (end, _) in settled.items() if end + week <= now}
    once = [c for c in contacts if c["case_id"] in cases and sum(o["case_id"] == c["case_id"] for o in contacts) == 1]
    done = [c for c in once if settled[c["case_id"]][1] and not after(c, contacts, cases[c["case_id"]] + week)]
    return len(done), len(cases), repeats, len(old)


def after(contact: dict[str, Any], contacts: list[dict[str, Any]], until: dt.datetime) -> list[dict[str, Any]]:
    same = [o for o in contacts if (o["person_id"], o["reason"]) == (contact["person_id"], contact["reason"])]
    return [o for o in same if contact["occurred_at"] < o["occurred_at"] <= until]


def test_no_news_where_no_repeat_could_be_seen() -> None:
    rows = [
        {"case_id": f"{n}", "person_id": f"p{n}", "kind": "contact", "occurred_at": f"2026-0{1 + n % 3}-01"} for n in range(40)
    ]
    answer = ask(RowsLake(rows), RepeatContacts())
    assert (answer.figures["first_contact_resolution"], answer.figures["repeat_rate"]) == (None, None)
    assert "cannot be seen" in answer.sentences[0].say()


def test_shared_totals_are_those_of_all_rows() -> None:
    rows = [
        {"case_id": f"{reason}{n}", "person_id": f"{reason}{n}", "reason": reason, "kind": kind, "occurred_at": f"2026-0{month}-01"}
        for reason, size in (("a", 30), ("b", 20), ("c", 2), ("d", 6))
        for n in range(size) for month, kind in ((1, "contact"), (2, "closed"), (3, "note"))
    ]  # fmt: skip
    whole, shared = (ask(RowsLake(rows), RepeatContacts(), share=share) for share in (False, True))
    assert shared.suppressed == 2
    assert shared.figures == whole.figures
    few = ask(RowsLake([row for row in rows if row["reason"] == "d" and row["case_id"] < "d3"] * 1), RepeatContacts(), share=True)
    assert few.table.num_rows == 0
