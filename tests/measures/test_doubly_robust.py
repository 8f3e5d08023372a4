"""Held against a closed form, known effects over many samples, and the figures of the papers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kundig.errors import ModelError
from kundig.measures.doubly_robust import e_value as e_value_of
from kundig.measures.doubly_robust import effect, holm
from kundig.proofs.moments_that_matter import generated


def test_without_confounders_it_is_the_difference_in_means_with_its_standard_error() -> None:
    rng = np.random.default_rng(1)
    treated = (rng.random(300) < 0.3).astype(float)
    outcome = rng.normal(size=300) + treated
    found = effect(treated, outcome)
    met, spared = outcome[treated == 1], outcome[treated == 0]
    assert found.difference == pytest.approx(met.mean() - spared.mean(), abs=1e-12)
    assert found.error == pytest.approx(np.sqrt(met.var() / len(met) + spared.var() / len(spared)), rel=1e-9)
    assert found.low == pytest.approx(found.difference - 1.959964 * found.error)
    assert (found.n, found.treated, found.outside) == (300, int(treated.sum()), 0.0)


def test_its_interval_covers_a_known_effect_that_the_plain_difference_misses() -> None:
    held = {"adjusted": 0, "plain": 0}
    for seed in range(30):
        t, y, x, truth = generated(seed)
        for name, found in (("adjusted", effect(t, y, x, folds=3)), ("plain", effect(t, y))):
            held[name] += found.low <= truth <= found.high
    assert held["adjusted"] >= 25
    assert held["plain"] <= 12


@pytest.mark.long
def test_coverage_over_many_seeds() -> None:
    found = [(effect(t, y, x, bounds=(0, 1)), truth) for t, y, x, truth in map(generated, range(1000, 1200))]
    assert 0.90 <= np.mean([one.low <= truth <= one.high for one, truth in found]) <= 0.99


def test_trees_see_what_a_line_does_not() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(4_000, 2))
    u_shaped = (np.abs(x[:, 0]) > 0.8).astype(float)
    treated = (rng.random(4_000) < 0.2 + 0.5 * u_shaped).astype(float)
    outcome = rng.normal(size=4_000) + 2 * u_shaped
    line, trees = (effect(treated, outcome, x, learner=learner, folds=3) for learner in ("linear", "boosted"))
    assert abs(trees.difference) < 0.15 < abs(line.difference)
    binary = effect(treated, (outcome > 1).astype(float), x, learner="boosted", folds=2)
    assert binary.low < 0.03


def test_rows_of_one_person_count_once() -> None:
    t, y, _, _ = generated(3, 400)
    twice = [np.repeat(part, 2) for part in (t, y, np.arange(400))]
    once = effect(t, y)
    assert effect(*twice[:2], groups=twice[2]).error == pytest.approx(once.error)
    assert effect(*twice[:2]).error == pytest.approx(once.error / np.sqrt(2))


def test_who_can_hardly_be_compared_is_left_out_and_counted() -> None:
    rng = np.random.default_rng(2)
    x = np.repeat([0.0, 6.0], 500)
    treated = (rng.random(1000) < np.where(x > 0, 0.999, 0.5)).astype(float)
    found = effect(treated, rng.random(1000), x[:, None])
    assert found.outside == pytest.approx(0.5, abs=0.02)
    assert found.n == pytest.approx(500, abs=20)


def test_e_values_of_the_paper() -> None:
    """VanderWeele and Ding (2017): a risk ratio of 3.9 with a lower end of 1.8 has 7.2 and 3.0."""
    assert e_value_of(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value_of(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value_of(1 / 3.9) == pytest.approx(e_value_of(3.9))
    assert e_value_of(1.0) == 1.0


def test_e_values_of_risks_ratings_and_nothing() -> None:
    t, y, _, _ = generated(4)
    found = effect(t, y)
    assert found.e_value == pytest.approx(e_value_of(found.with_it / found.without))
    assert found.e_value is not None
    assert found.e_value_end is not None
    assert 1 <= found.e_value_end < found.e_value
    rating = effect(t, 3 * t + np.random.default_rng(1).normal(size=len(t)))
    assert rating.e_value is not None
    assert rating.e_value > 3
    assert effect(np.repeat([0, 1], 50), np.repeat([0, 1], 50)).e_value is None
    assert effect(np.repeat([0, 1], 50), np.full(100, 2.5)).e_value is None


def test_p_value_and_its_correction() -> None:
    t, y, x, _ = generated(6)
    assert effect(t, y, x).p < 0.05
    assert effect(np.repeat([0, 1], 50), np.zeros(100)).p == 1.0
    # R: p.adjust(c(.01, .04, .03, .005), "holm")
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"treated": [0, 1, 1]}, "differ in length"),
        ({"treated": [0, 1, 2, 1]}, "0 and 1"),
        ({"treated": [1, 1, 1, 1]}, "nothing to compare"),
        ({"outcome": [1.0, float("nan"), 0.0, 1.0]}, "missing"),
    ],
)
def test_wrong_use_is_refused_with_a_reason(given: dict[str, Any], words: str) -> None:
    right: dict[str, Any] = {"treated": [0, 1, 0, 1], "outcome": [0.0, 1.0, 1.0, 0.0]}
    with pytest.raises(ModelError, match=words):
        effect(**(right | given))


def test_those_too_unlike_are_refused() -> None:
    x = np.repeat([-5.0, 5.0], 200)
    with pytest.raises(ModelError, match="too unlike"):
        effect((x > 0).astype(float), np.tile([0.0, 1.0], 200), x[:, None])
