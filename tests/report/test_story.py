"""The story says what the figures say, in the order of their weight, and admits what it does not know."""

from __future__ import annotations

import pytest
from tests.answer.samples import answer, desk

from kundig.answer import Figure
from kundig.message import LANGUAGES
from kundig.report.story import Finding, story


def told(name: str, /, **figures: Figure) -> Finding:
    """The only finding about one answer."""
    (found,) = story([answer(name, figures=figures)])
    return found


def test_a_whole_desk_heaviest_first() -> None:
    found = story(desk())
    weights = [finding.weight for finding in found if finding.severity not in ("good", "unknown")]
    assert weights == sorted(weights, reverse=True)
    assert {finding.insight for finding in found} == {
        "repeat-contacts", "handovers", "re-explanations", "contacts-per-case", "contact-reasons", "promises", "data-quality",
    }  # fmt: skip
    for finding in found:
        for message in (finding.message, *finding.evidence, *([finding.action] if finding.action else [])):
            assert all("{" not in message.say(lang) for lang in LANGUAGES)
        assert finding.severity in ("good", "unknown") or finding.action


def test_nothing_to_tell_from_nothing() -> None:
    assert story([]) == []
    assert story([answer("journey-map", figures={"cases": 3})]) == []


def test_it_uses_the_given_interval_and_its_careful_end() -> None:
    found = told(
        "repeat-contacts",
        first_contact_resolution=0.6,
        first_contact_resolution_low=0.5,
        first_contact_resolution_high=0.7,
        first_contact_resolution_n=96,
    )
    assert str(found.message).startswith("In 40.0% of the cases")
    assert str(found.evidence[0]) == "Fairly well founded: 96 cases, 95% interval 30.0% to 50.0%."
    assert found.weight == pytest.approx(0.7 * 0.3)
    assert found.severity == "high"


def test_without_an_interval_it_takes_wilsons() -> None:
    found = told("handovers", returning_share=0.8, cases=100, handovers_per_case=1.252)
    assert "95% interval 71.1% to 86.7%" in str(found.evidence[0])  # Wilson, 80 of 100: [.7112, .8666]
    assert "1.25 times" in str(found.evidence[1])


def test_few_cases_are_a_hint_and_never_grave() -> None:
    found = told("re-explanations", share=0.9, n=12)
    assert str(found.evidence[0]).startswith("A hint only: 12 cases")
    assert found.severity == "medium"


def test_a_wide_interval_is_called_uncertain() -> None:
    assert str(told("re-explanations", share=0.5, n=35).evidence[0]).startswith("Uncertain")


@pytest.mark.parametrize(("name", "figures"), [
    ("repeat-contacts", {"first_contact_resolution": 0.98, "cases": 5000}),
    ("handovers", {"returning_share": 0.001, "cases": 5000}),
    ("re-explanations", {"share": 0.001, "n": 5000}),
    ("contacts-per-case", {"single_contact_share": 0.98, "mean_contacts": 1.02, "cases": 5000}),
    ("throughput-times", {"median_s": 3600.0, "p90_s": 7200.0}),
    ("data-quality", {"events": 5000, "cases": 100, "persons": 90, "rejected": 0}),
])  # fmt: skip
def test_what_works_is_said_and_comes_after_what_does_not(name: str, figures: dict[str, Figure]) -> None:
    good = told(name, **figures)
    assert good.severity == "good" and good.action is None
    both = story([answer(name, figures=figures), answer("handovers", figures={"returning_share": 0.5, "cases": 100})])
    assert both[-1].severity == "good"


@pytest.mark.parametrize(
    "name",
    [
        "repeat-contacts",
        "handovers",
        "re-explanations",
        "contacts-per-case",
        "contact-reasons",
        "promises",
        "data-quality",
        "throughput-times",
    ],
)
def test_missing_figures_are_admitted(name: str) -> None:
    assert told(name).severity == "unknown"
    assert told(name, share=None, returning_share=None, made=0, cases=0).severity == "unknown"
    (untold,) = story([answer(name, figures={}, untold="reason")])
    assert untold.severity == "unknown" and "A case changes hands" in str(untold.message)


def test_promises_that_are_late_cost_what_customers_say() -> None:
    figures: dict[str, Figure] = {
        "made": 4000,
        "kept_share": None,
        "late_share": 0.0831,
        "open": 115,
        "overdue": 0,
        "score_late": 2.427,
        "score_on_time": 4.294,
    }
    found = story([answer("promises", figures=figures)])
    assert [finding.severity for finding in found] == ["medium", "good"]
    assert str(found[0].message) == "8.3% of the promises that were fulfilled came late."
    assert "3,885 cases" in str(found[0].evidence[0])
    assert str(found[0].evidence[1]) == "Customers rate 2.43 on average after a late promise, 4.29 after one kept on time."


def test_promises_by_what_became_of_all_that_can_be_judged() -> None:
    figures: dict[str, Figure] = {
        "made": 200,
        "kept_share": 0.8,
        "kept_share_low": 0.7112,
        "kept_share_high": 0.8666,
        "kept_share_n": 100,
        "late_share": 0.1,
        "open": 90,
        "overdue": 10,
    }
    found = story([answer("promises", figures=figures)])
    assert str(found[0].message) == "20.0% of the promises were not kept in time."
    assert found[0].weight == pytest.approx(0.1334)
    assert str(found[1].message) == "10 promises are overdue and still not fulfilled."
    assert story([answer("promises", figures={"made": 9, "overdue": 1})])[0].severity in ("medium", "high")
    assert {
        f.severity for f in story([answer("promises", figures={"made": 9000, "open": 0, "overdue": 0, "late_share": 0.01})])
    } == {"good"}


def test_reasons_weigh_by_the_hours_they_cost() -> None:
    given: dict[str, Figure] = {
        "focus_reasons": 4,
        "contacts": 24087,
        "savable_contacts_per_month": 380.2,
        "savable_hours_per_month": 160.0,
    }
    found = told("contact-reasons", **given)
    assert found.weight == pytest.approx(0.1)
    assert "380 contacts and 160 hours" in str(found.action)
    assert "380 contacts fewer" in str(told("contact-reasons", **{**given, "savable_hours_per_month": None}).action)


def test_slow_cases_point_to_where_the_waiting_is() -> None:
    slow: dict[str, Figure] = {"cases": 800, "median_s": 3600.0, "p90_s": 86400.0}
    assert "Follow the slowest tenth" in str(told("throughput-times", **slow).action)
    named = told("throughput-times", **slow, worst_edge_from="Wait", worst_edge_to="Solve", worst_edge_share=0.4)
    assert str(named.action) == 'Start where the waiting is: 40.0% of all waiting lies between "Wait" and "Solve".'


def test_open_cases_are_counted_in_and_never_good_news() -> None:
    given: dict[str, Figure] = {"cases": 100, "median_s": 220.0, "p90_s": 900.0, "open": 40, "open_share": 0.4}
    found = told("throughput-times", **given, km_median_s=86400.0)
    assert str(found.message).startswith("Half of the cases are closed within 1 d")
    assert "40 of which are not closed" in str(found.evidence[0])
    assert found.severity != "good"
    assert "40.0% of the cases are not closed" in str(told("throughput-times", **given, km_median_s=None).message)


def test_rows_that_told_of_no_event_are_no_good_news_in_full() -> None:
    found = told("data-quality", events=900, cases=10, persons=9, rejected=0, without_event=30)
    assert str(found.message) == "No row was rejected, but 30 rows told of no event and count nowhere."


def test_rows_that_could_not_be_read_are_told() -> None:
    found = told("data-quality", events=900, cases=10, persons=9, rejected=100)
    assert found.weight == pytest.approx(0.05)
    assert str(found.message) == "100 rows could not be read and are missing from all figures."


@pytest.mark.parametrize(("reasons", "said"), [(1, "come from a single reason."), (6, "come from only 6 reasons.")])
def test_few_reasons_are_worded_by_their_number(reasons: int, said: str) -> None:
    figures = {"focus_reasons": reasons, "contacts": 900, "savable_contacts_per_month": 40, "savable_hours_per_month": 20}
    finding = next(f for f in story([answer("contact-reasons", figures=figures)]) if f.insight == "contact-reasons")
    assert str(finding.message) == f"Most of the 900 contacts {said}"
