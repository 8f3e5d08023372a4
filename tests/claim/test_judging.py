"""Claims on a firm whose truth is known: supported, contradicted, not decided, and seen through where groups are mixed."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kundig.claim import MEASURES, Claim, Group, judge, weighed
from kundig.claim.judging import alternative
from kundig.measures.difference import Difference, Sample
from tests.claim.firm import Firm, cases, event, leavers


def claim(measure: str = "contacts", direction: str = "fewer", matters: float = 0.1, **given: Any) -> Claim:
    groups = {"group": Group("channel", "app"), "than": Group("channel", "phone"), **given}
    return Claim("a claim", measure, direction=direction, matters=matters, **groups)


def two_channels(app: float, phone: float, n: int = 300) -> Firm:
    chance = random.Random(5)
    return Firm([*cases(chance, n, "app", app), *cases(chance, n, "phone", phone)])


def test_what_is_true_is_supported_and_its_opposite_contradicted() -> None:
    lake = two_channels(0.1, 0.6)
    verdict = judge(lake, claim())
    assert (verdict.outcome, verdict.why) == ("supported", "")
    assert (verdict.n_group, verdict.n_than) == (300, 300)
    assert verdict.difference is not None and verdict.mean_group is not None and verdict.mean_than is not None
    assert verdict.difference.value == pytest.approx(verdict.mean_group - verdict.mean_than)
    assert verdict.difference.low < -0.5 + 0.15 and verdict.difference.high < 0
    assert {other.within: other.outcome for other in verdict.alternatives} == {"reason": "", "month": "holds", "tenure": ""}
    opposite = judge(lake, claim(direction="more"))
    assert (opposite.outcome, opposite.why) == ("contradicted", "other way")
    assert judge(lake, claim(direction="equal")).why == "different"


def test_no_difference_is_told_as_such_only_where_it_is_sure() -> None:
    many = two_channels(0.3, 0.3, 900)
    assert (judge(many, claim()).outcome, judge(many, claim()).why) == ("contradicted", "no difference")
    assert judge(many, claim(direction="equal")).outcome == "supported"
    few = two_channels(0.3, 0.4, 40)
    assert (judge(few, claim()).outcome, judge(few, claim()).why) == ("unknown", "zero")


def test_few_are_too_few_and_what_is_absent_is_named() -> None:
    verdict = judge(two_channels(0.1, 0.9, 20), claim())
    assert (verdict.outcome, verdict.why, verdict.difference) == ("unknown", "few", None)
    assert judge(two_channels(0.1, 0.9), claim(group=Group("team", "x"), than=None)).lacks == "team"
    assert judge(Firm([]), claim()).lacks == "kind=contact"


def test_a_mixture_that_makes_the_difference_is_seen_through() -> None:
    """Simpson: app cases are mostly of the easy reason; within each reason the app needs more contacts."""
    chance = random.Random(9)
    rows = [*cases(chance, 450, "app", 0.25, "easy"), *cases(chance, 120, "app", 0.95, "hard"),
            *cases(chance, 120, "phone", 0.05, "easy"), *cases(chance, 450, "phone", 0.75, "hard")]  # fmt: skip
    verdict = judge(Firm(rows), claim())
    assert verdict.difference is not None and verdict.difference.high < 0
    assert {other.within: other.outcome for other in verdict.alternatives}["reason"] == "turns"
    assert (verdict.outcome, verdict.why) == ("unknown", "turns")


def test_several_cases_of_few_persons_are_not_many_witnesses() -> None:
    """Forty persons per channel with ten like cases each: the interval must be that of forty, not of four hundred."""
    rows = []
    for channel in ("app", "phone"):
        for who in range(40):
            for n in range(10):
                name = f"{channel} {who}"
                case = {"case_id": f"{name} {n}"}
                rows += [event(name, n, "contact", channel, **case)] * (1 + who % 2) + [
                    event(name, n + 0.5, "closed", channel, **case)
                ]
    verdict = judge(Firm(rows), claim())
    assert verdict.difference is not None
    assert verdict.difference.high - verdict.difference.low == pytest.approx(2 * 1.99 * (0.25 / 40 * 2) ** 0.5, rel=0.03)


def test_leaving_is_counted_after_the_landmark() -> None:
    chance = random.Random(2)
    let_down = {"group": Group("promise", "broken"), "than": Group("promise", "kept")}
    worse = Firm([*leavers(chance, 200, True, 0.4), *leavers(chance, 200, False, 0.1)])
    verdict = judge(worse, claim("leaving", "more", 0.02, **let_down))
    assert verdict.outcome == "supported" and (verdict.n_group, verdict.n_than) == (200, 200)
    alike = Firm([*leavers(chance, 200, True, 0.2), *leavers(chance, 200, False, 0.2)])
    assert judge(alike, claim("leaving", "more", 0.02, **let_down)).outcome != "supported"
    early = [
        event("let down 0", 30, "other", activity="Vertrag gekündigt"),
        *leavers(chance, 60, True, 0.5),
        *leavers(chance, 60, False, 0.0),
    ]
    assert judge(Firm(early), claim("leaving", "more", 0.02, **let_down)).n_group == 59


@pytest.mark.parametrize("measure", [name for name in MEASURES if name != "leaving"])
def test_every_measure_tells_the_groups_apart(measure: str) -> None:
    """Ada's cases take two contacts, three handovers, ten days, a late promise, a bad score and bring a purchase; Ben's do not."""
    rows = []
    for n in range(40):
        for name, bad in (("app", True), ("phone", False)):
            who = f"{name} {n}"
            times = [0, 1, 2] if bad else [0]
            rows += [event(who, t, "contact", name, team=f"t{t % 2}") for t in times]
            rows += [event(who, 2.5, "promise_made", name, promise_id=who, due_at=event(who, 4, "x")["occurred_at"], team="t0")]
            rows += [event(who, 6 if bad else 3, "promise_kept", name, promise_id=who, team="t0")]
            rows += [event(who, 9 if bad else 3.2, "closed", name, team="t0")]
            rows += [
                event(who, 10, "survey_answer", name, score=2 + 3 * bad + n % 2, score_scale="0-10", case_id=f"case of {who}")
            ]
            rows += [event(who, 280, "purchase", name, case_id=None)] * bad
    rows.append(event("somebody", 300, "contact"))
    # "more" is true of contacts, handovers, time, repeats, score and purchases; of resolution and kept promises "fewer"
    direction = "fewer" if measure in ("first-contact-resolution", "promises-kept") else "more"
    verdict = judge(Firm(rows), claim(measure, direction))
    assert verdict.outcome == "supported", verdict
    turned = judge(Firm(rows), claim(measure, "more" if direction == "fewer" else "fewer"))
    assert turned.outcome == "contradicted"


def test_who_can_never_be_seen_to_leave_does_not_count_as_loyal() -> None:
    """Addresses of a mailbox that nobody has linked to a customer: without them kept promises are no better than others."""
    chance = random.Random(4)
    known = [*leavers(chance, 150, True, 0.3), *leavers(chance, 150, False, 0.3)]
    mails = [event(f"mail {n}", 1 + n / 100, "contact", "email", source="mailbox") for n in range(200)]
    for measure in ("leaving", "purchases"):
        bought = [event(f"let down {n}", 200, "purchase", case_id=None) for n in range(50)]
        verdict = judge(
            Firm([*known, *bought, *mails]), claim(measure, "more", 0.02, group=Group("promise", "broken"), than=None)
        )
        assert (verdict.n_group, verdict.n_than) == (150, 150)


def test_the_activity_and_the_team_make_groups_too() -> None:
    rows = [{**row, "team": "a" if n % 2 else "b"} for n, row in enumerate(cases(random.Random(1), 80, "phone", 0.5))]
    rows += [event(f"phone bill {n}", 201, "wait", activity="Parked") for n in range(40)]
    verdict = judge(Firm(rows), claim(group=Group("activity", "Parked"), than=None))
    assert (verdict.n_group, verdict.n_than) == (40, 40)
    both = judge(Firm(rows), claim(group=Group("team", "a"), than=Group("team", "b")))
    assert both.why == "few", "cases in both teams belong to neither group"


@pytest.mark.parametrize(
    ("direction", "low", "value", "high", "outcome", "why"),
    [
        ("more", 0.2, 0.3, 0.4, "supported", ""),
        ("more", 0.01, 0.05, 0.2, "unknown", "small"),
        ("more", -0.1, 0.1, 0.3, "unknown", "zero"),
        ("more", -0.3, -0.2, -0.1, "contradicted", "other way"),
        ("more", -0.05, 0.0, 0.05, "contradicted", "no difference"),
        ("fewer", -0.4, -0.3, -0.2, "supported", ""),
        ("equal", -0.05, 0.0, 0.05, "supported", ""),
        ("equal", 0.15, 0.3, 0.4, "contradicted", "different"),
        ("equal", 0.05, 0.3, 0.4, "unknown", "small"),
        ("equal", -0.3, 0.0, 0.4, "unknown", "zero"),
    ],
)
def test_the_verdict_follows_from_interval_and_what_matters(
    direction: str, low: float, value: float, high: float, outcome: str, why: str
) -> None:
    assert weighed(claim(direction=direction), Difference(value, low, high)) == (outcome, why)


@pytest.mark.parametrize(
    ("crude", "within", "outcome"),
    [
        (0.4, (100, 0.5, 100, 0.2), "holds"),
        (0.8, (100, 0.5, 100, 0.2), "shrinks"),
        (0.4, (100, 0.31, 100, 0.30), "vanishes"),
        (0.15, (100, 0.40, 100, 0.32), "unsure"),
        (0.4, (100, 0.2, 100, 0.5), "turns"),
        (0.0, (100, 0.2, 100, 0.5), "appears"),
        (0.0, (100, 0.3, 100, 0.3), "alike"),
    ],
)
def test_what_is_left_among_like_and_like(crude: float, within: tuple[int, float, int, float], outcome: str) -> None:
    n, one, m, other = within
    strata = [(Sample(n, one), Sample(m, other))] * 2
    found = alternative("reason", strata, Difference(crude, crude - 0.1, crude + 0.1), share=True)
    assert (found.outcome, found.covered) == (outcome, 1.0)


def test_strata_without_a_counterpart_compare_nothing() -> None:
    strata = [(Sample(90, 0.5), Sample(2, 0.5)), (Sample(3, 0.5), Sample(90, 0.5))]
    assert alternative("reason", strata, Difference(0.4, 0.3, 0.5), share=True).outcome == ""
