"""What is remembered: the published curve of forgetting, the published order of two trials, and laws that always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundig.measures.remembered import (
    Memories,
    Weights,
    ebbinghaus,
    lift_if_neutral,
    memories,
    on_scale,
    refit,
    remembered,
    retention,
)

MINUTES = (20, 64, 526, 1440, 2880, 8640, 44640)
CALCULATED = (57.0, 46.7, 34.5, 30.4, 28.1, 24.9, 21.2)
OBSERVED = (58.2, 44.2, 35.8, 33.7, 27.8, 25.4, 21.1)

valence = st.floats(-1, 1)
journeys = st.lists(st.tuples(valence, st.floats(0, 1e6)), min_size=1, max_size=12).map(
    lambda one: sorted(one, key=lambda e: -e[1])
)
weights = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda w: Weights(w[0], w[1] * (1 - w[0])))


@pytest.mark.parametrize(("minutes", "percent"), [*zip(MINUTES, CALCULATED, strict=True)])
def test_ebbinghaus_formula_gives_his_own_calculated_column(minutes: float, percent: float) -> None:
    assert ebbinghaus(minutes) == pytest.approx(percent, abs=0.11)  # he rounded the times, too


def test_the_power_law_follows_what_ebbinghaus_observed_better_than_an_exponential() -> None:
    seen = np.array(OBSERVED) / 100
    assert retention(np.array(MINUTES, float)) == pytest.approx(seen, abs=0.037)
    assert ((retention(np.array(MINUTES, float)) - seen) ** 2).sum() == pytest.approx(0.0026, abs=0.0002)


def test_a_milder_bad_end_makes_a_bad_journey_better_in_memory() -> None:
    """Kahneman et al. 1993: most chose to repeat the longer cold-water trial, whose additional half minute was less cold."""
    half = Weights(0.5, 0.5)
    assert remembered([-1], [30], half) == -1
    assert remembered([-1, -0.6], [31, 30], half) == pytest.approx(-0.8)
    assert remembered([-1, -0.6], [31, 30]) > remembered([-1], [30])


def test_by_hand() -> None:
    one, two = (1 + 4.32 * 10) ** -0.131, 1.0
    mean = (one * -0.5 + two * 0.2) / (one + two)
    assert remembered([-0.5, 0.2], [10, 0]) == pytest.approx(0.25 * -0.5 + 0.25 * 0.2 + 0.5 * mean)


@given(journeys, weights)
def test_lies_between_the_worst_and_the_best_event(one: list[tuple[float, float]], w: Weights) -> None:
    v, ago = zip(*one, strict=True)
    assert min(v) - 1e-9 <= remembered(v, ago, w) <= max(v) + 1e-9


@given(journeys, st.floats(-1, 1), weights)
def test_has_no_term_for_duration(one: list[tuple[float, float]], same: float, w: Weights) -> None:
    ago = [minutes for _, minutes in one]
    assert remembered([same] * len(ago), ago, w) == pytest.approx(remembered([same], [0], w))


@given(st.lists(journeys, min_size=1, max_size=5), weights)
def test_many_journeys_at_once_are_as_each_alone(several: list[list[tuple[float, float]]], w: Weights) -> None:
    flat = [(k, *event) for k, one in enumerate(several) for event in one]
    which, v, ago = zip(*flat, strict=True)
    alone = [remembered([e[0] for e in one], [e[1] for e in one], w) for one in several]
    assert memories(which, v, ago).value(w) == pytest.approx(np.array(alone))


@given(st.lists(journeys, min_size=1, max_size=4), weights)
def test_the_lift_of_an_event_is_what_changing_it_brings(several: list[list[tuple[float, float]]], w: Weights) -> None:
    flat = [(k, *event) for k, one in enumerate(several) for event in one]
    which, v, ago = (list(part) for part in zip(*flat, strict=True))
    before, lifts = memories(which, v, ago).value(w), lift_if_neutral(which, v, ago, w)
    for at, k in enumerate(which):
        neutral = [0.0 if place == at else value for place, value in enumerate(v)]
        strengths = sorted((abs(x) * retention(a) for j, x, a in zip(which, neutral, ago, strict=True) if j == k), reverse=True)
        if len(strengths) > 1 and strengths[0] - strengths[1] < 1e-12:
            continue  # which of two equal peaks is remembered is a convention
        assert lifts[at] == pytest.approx(memories(which, neutral, ago).value(w)[k] - before[k], abs=1e-9)


def test_without_journeys_there_is_nothing() -> None:
    assert len(memories([], [], []).lived) == len(lift_if_neutral([], [], [])) == 0


@pytest.mark.parametrize(
    ("journey", "v", "ago", "why"),
    [
        ([0], [1.5], [1], "between -1 and 1"),
        ([0], [float("nan")], [1], "between -1 and 1"),
        ([0], [1], [-1], "still to come"),
        ([0, 1, 0], [0, 0, 0], [1, 1, 1], "stand together"),
    ],
)
def test_refuses_what_cannot_be(journey: list[int], v: list[float], ago: list[float], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        memories(journey, v, ago)


@pytest.mark.parametrize("w", [(-0.1, 0.5), (0.7, 0.4)])
def test_weights_are_shares(w: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="together at most 1"):
        Weights(*w)


def drawn(n: int, seed: int = 0) -> tuple[Memories, np.random.Generator]:
    chance = np.random.default_rng(seed)
    which = np.repeat(np.arange(n), 6)
    return memories(which, chance.uniform(-1, 1, n * 6), np.tile(np.arange(6, 0, -1) * 1000.0, n)), chance


def test_refit_finds_planted_weights() -> None:
    parts, chance = drawn(2000)
    judged = parts.value(Weights(0.5, 0.3)) + chance.normal(0, 0.1, 2000)
    found = refit(parts, judged)
    assert found.better
    assert found.weights.peak == pytest.approx(0.5, abs=0.03)
    assert found.weights.end == pytest.approx(0.3, abs=0.03)
    assert found.r2 > found.r2_mean + 0.1


def test_refit_keeps_the_mean_where_people_judge_by_the_mean_or_by_nothing_of_it() -> None:
    parts, chance = drawn(400)
    for judged in (parts.left + chance.normal(0, 0.1, 400), chance.normal(0, 0.1, 400)):
        found = refit(parts, judged)
        assert not found.better
        assert found.weights == Weights(0, 0)


def test_refit_agrees_with_a_ridge_of_scikit_learn() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    parts, chance = drawn(300, seed=4)
    judged = parts.value(Weights(0.4, 0.4)) + chance.normal(0, 0.1, 300)
    x = np.column_stack([parts.peak, parts.end, parts.left])
    other = linear.Ridge(alpha=1.0).fit(x, judged).coef_
    found = refit(parts, judged).weights
    assert [found.peak, found.end] == pytest.approx(list(other[:2] / other.sum()), abs=1e-6)


def test_refit_refuses_too_little_and_what_does_not_vary() -> None:
    parts, _ = drawn(40)
    with pytest.raises(ValueError, match="too few"):
        refit(parts, [0.0] * 40)
    parts, _ = drawn(60)
    with pytest.raises(ValueError, match="the same"):
        refit(parts, [0.5] * 60)


@pytest.mark.parametrize(
    ("score", "scale", "valence"),
    [(5, "1-5", 1), (1, "1-5", -1), (3, "1-5", 0), (9, "0-10", 0.8), (1, "6-1", 1), (-2, "-2-2", -1),
     (7, "1-5", None), (3, "stars", None), (3, "", None), (3, "3-3", None), (3, None, None), (None, "1-5", None)],
)  # fmt: skip
def test_a_rating_counts_by_its_place_on_its_scale(score: float | None, scale: str | None, valence: float | None) -> None:
    assert on_scale(score, scale) == (valence if valence is None else pytest.approx(valence))
