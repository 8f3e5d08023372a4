"""Contacts per case: their distribution, their mean with its interval, and where most are needed."""

from __future__ import annotations

from typing import Any

import pytest
from scipy import stats

from kundig.answer import Chart
from kundig.insight import ask
from kundig.insights.contacts_per_case import ContactsPerCase
from tests.rows import RowsLake


def cases_of(contacts: list[int], **more: Any) -> list[dict[str, Any]]:
    """Cases with so many contacts each, a day apart; each case is opened first."""
    rows = []
    for number, times in enumerate(contacts):
        case = {"case_id": f"{more.get('reason', '')} {number}", **more}
        rows.append({**case, "kind": "opened", "occurred_at": "2026-03-01"})
        rows += [{**case, "kind": "contact", "occurred_at": f"2026-03-{day + 2:02}"} for day in range(times)]
    return rows


def test_distribution_and_headline_figures() -> None:
    counts = [1, 1, 1, 2, 3, 0, 12]
    answer = ask(RowsLake(cases_of(counts)), ContactsPerCase())
    assert [tuple(row.values()) for row in answer.table.to_pylist()] == [
        (0, 1, pytest.approx(1 / 7)), (1, 3, pytest.approx(3 / 7)), (2, 1, pytest.approx(1 / 7)),
        (3, 1, pytest.approx(1 / 7)), (10, 1, pytest.approx(1 / 7)),
    ]  # fmt: skip
    figures = answer.figures
    assert (figures["cases"], figures["contacts"], figures["cases_without_contact"]) == (7, 20, 1)
    assert (figures["median_contacts"], figures["most_contacts"]) == (1.5, 12)
    assert figures["mean_contacts"] == pytest.approx(20 / 6)
    known = stats.t.interval(0.95, 5, 20 / 6, stats.sem([c for c in counts if c]))
    assert (figures["mean_contacts_low"], figures["mean_contacts_high"]) == pytest.approx(known)
    known = stats.binomtest(3, 6).proportion_ci(method="wilson")
    assert (figures["single_contact_share"], figures["single_contact_share_n"]) == (0.5, 6)
    assert (figures["single_contact_share_low"], figures["single_contact_share_high"]) == pytest.approx((known.low, known.high))
    assert [m.say() for m in answer.sentences] == [
        "Customers turn to the firm 3.33 times per case on average; in 50.0% of the cases that customers turned to the firm for, "
        "once was enough (18.8% to 81.2%).",
        "1 case has no contact.",
    ]
    assert isinstance(answer.chart, Chart)
    assert len(answer.chart.rows) == 5


def test_reasons_and_channels_are_compared_where_there_are_enough_cases() -> None:
    rows = [
        *cases_of([1] * 40, reason="bill", channel="phone"),
        *cases_of([3] * 40, reason="moving", channel="email"),
        *cases_of([9] * 5, reason="rare", channel="shop"),
    ]
    said = [m.say() for m in ask(RowsLake(rows), ContactsPerCase()).sentences]
    assert said[1:] == [
        'The reason "moving" takes most contacts, 3.00 per case (40 cases), "bill" takes fewest, 1.00.',
        "Cases that begin by email take 3.00 contacts, those that begin by phone 1.00.",
    ]


def test_no_contacts_cannot_be_told() -> None:
    assert ask(RowsLake(cases_of([0, 0])), ContactsPerCase()).untold == "kind=contact"


def test_contacts_without_a_case_cannot_be_told() -> None:
    assert ask(RowsLake([{"kind": "contact", "occurred_at": "2026-03-01"}]), ContactsPerCase()).untold == "case_id"


def test_no_news_where_no_case_has_more_than_one_event() -> None:
    rows = [{"case_id": f"{n}", "kind": "contact", "occurred_at": "2026-03-01"} for n in range(40)]
    answer = ask(RowsLake(rows), ContactsPerCase())
    assert answer.figures["single_contact_share"] is None
    assert [said.say() for said in answer.sentences] == [
        "No case has more than one event: how many contacts a case takes cannot be seen in this data."
    ]


def test_a_tie_has_no_worst() -> None:
    rows = [
        {"case_id": f"{reason}{n}", "kind": kind, "reason": reason, "occurred_at": f"2026-03-0{day}"}
        for n in range(30) for reason in ("x", "y") for day, kind in ((1, "contact"), (2, "closed"))
    ]  # fmt: skip
    assert len(ask(RowsLake(rows), ContactsPerCase()).sentences) == 1
