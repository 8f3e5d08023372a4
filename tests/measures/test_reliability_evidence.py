"""Evidence of reliability: golden numbers, and that a repaired failure never beats a kept promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundig.measures.proportion import wilson
from kundig.measures.reliability_evidence import (
    FLAT,
    Estimate,
    Evidence,
    Spread,
    change,
    combined,
    degree,
    gathered,
    learned_prior,
    moved_by,
    reliability,
    remembered,
    shifted_by,
)

TEN = [(1.0, 8), (0.0, 2)]


def ten(age: float) -> Evidence:
    """8 kept and 2 broken promises, ``age`` days after they were due."""
    return gathered([(age, kept, 1.0) for kept, n in TEN for _ in range(n)])


@pytest.mark.parametrize(("age", "mean", "low", "high", "size"), [(0, 0.750, 0.530, 0.921, 10), (180, 0.714, 0.418, 0.937, 5)])
def test_golden_numbers_of_eight_kept_and_two_broken(age: float, mean: float, low: float, high: float, size: float) -> None:
    found = reliability(ten(age))
    assert (found.value, found.low, found.high) == pytest.approx((mean, low, high), abs=5e-4)
    assert ten(age).size == pytest.approx(size)


def test_with_a_flat_prior_the_mean_is_josangs() -> None:
    r, s = 7.5, 1.25
    assert reliability(Evidence(r, s)).value == pytest.approx((r + 1) / (r + s + 2))


def test_a_late_promise_falls_to_1_over_e_after_half_the_promised_span() -> None:
    day = 86400.0
    assert degree(0.0, 4 * day) == 1.0
    assert degree(-day, 4 * day) == 1.0
    assert degree(2 * day, 4 * day) == pytest.approx(1 / math.e)
    assert degree(4 * day, 4 * day) == pytest.approx(1 / math.e**2)
    assert degree(None, 4 * day) == 0.0
    assert degree(1800.0, 0.0) == pytest.approx(1 / math.e), "a span counts as an hour at least"


def test_a_promise_counts_half_after_the_half_life() -> None:
    assert [remembered(days) for days in (-3, 0, 180, 360)] == [1.0, 1.0, 0.5, 0.25]
    assert remembered(30, half_life=30) == 0.5


others = st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 1), st.floats(0.1, 5)), max_size=8)


@given(
    others, st.floats(0, 2000), st.floats(0, 1e8), st.floats(0, 1e8), st.floats(0.1, 5), st.floats(0.2, 20), st.floats(0.2, 20)
)
def test_a_repaired_failure_never_beats_a_kept_promise(
    rest: list[tuple[float, float, float]], age: float, delay: float, span: float, weight: float, a: float, b: float
) -> None:
    prior = Evidence(a, b)
    kept, late, broken = (
        reliability(gathered([*rest, (age, how, weight)]), prior) for how in (1.0, degree(delay, span), degree(None, span))
    )
    for better, worse in ((kept, late), (late, broken)):
        assert better.value >= worse.value - 1e-12
        assert better.low >= worse.low - 1e-9
        assert better.high >= worse.high - 1e-9


def sums(kept: list[list[float]]) -> Spread:
    """The sums of groups of promises of equal weight, as SQL makes them."""
    a = np.array([len(group) for group in kept], float)
    b = np.array([sum(group) for group in kept])
    d = np.array([sum(x * x for x in group) for group in kept])
    return Spread(len(kept), a.sum(), (a * a).sum(), b.sum(), (b * b / a).sum(), (d - b * b / a).sum(), (a - 1).sum())


def test_the_prior_is_the_distribution_the_customers_were_drawn_from() -> None:
    chance = np.random.default_rng(5)
    truth = chance.beta(6, 2, 4000)
    groups = [list((chance.random(chance.integers(1, 12)) < p).astype(float)) for p in truth]
    prior = learned_prior(sums(groups))
    assert prior.kept / prior.size == pytest.approx(0.75, abs=0.01)
    assert prior.size == pytest.approx(8, abs=1.0)


def test_the_prior_of_equal_groups_by_hand() -> None:
    """40 groups of 4, half of them keep all, half keep 2: variance between 1/16 * 40/39 less a quarter of the one within."""
    between = (1 / 16) * 40 / 39 - (20 * 1.0) / (40 * 3) / 4
    prior = learned_prior(sums([[1.0] * 4] * 20 + [[1.0, 1.0, 0.0, 0.0]] * 20))
    assert prior.size == pytest.approx(0.75 * 0.25 / between - 1)
    assert prior.kept / prior.size == pytest.approx(0.75)


def test_without_enough_customers_or_differences_the_prior_says_little_or_the_same_of_all() -> None:
    assert learned_prior(sums([[1.0, 0.0]] * 29)) == FLAT
    assert learned_prior(sums([[1.0]] * 40)) == FLAT
    assert learned_prior(Spread(0, 0, 0, 0, 0, 0, 0)) == FLAT
    assert learned_prior(sums([[1.0, 0.0]] * 40)).size == 50.0, "customers who do not differ: as strong as allowed"


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """Newcombe 1998, method 10: 56 of 70 less 48 of 80."""
    by = change(Estimate(56 / 70, *wilson(56, 70)), Estimate(48 / 80, *wilson(48, 80)))
    assert (by.value, by.low, by.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)


def test_a_weighted_sum_of_one_part_is_that_part() -> None:
    part = Estimate(0.6, 0.5, 0.8)
    whole = combined([part, Estimate(0.1, 0.0, 0.9)], [1.0, 0.0])
    assert (whole.value, whole.low, whole.high) == pytest.approx((0.6, 0.5, 0.8))


def test_what_moved_a_figure() -> None:
    assert moved_by(Evidence(8, 8), Evidence(0, 4)) == pytest.approx(9 / 18 - 9 / 14)
    assert moved_by(Evidence(8, 2), Evidence(4, 0)) > 0


def test_contributions_add_up_to_the_change() -> None:
    later = {"call": Evidence(2, 8), "visit": Evidence(9, 1), "new": Evidence(3, 1)}
    earlier = {"call": Evidence(8, 2), "visit": Evidence(9, 1), "gone": Evidence(1, 1)}
    parts = shifted_by(later, earlier)
    assert sum(parts.values()) == pytest.approx(14 / 24 - 18 / 22)
    assert min(parts, key=lambda kind: parts[kind]) == "call"
    assert shifted_by(later, {}) == {}
