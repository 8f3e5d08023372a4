"""Calibration: against scikit-learn, against a table worked out by hand, and against what chance alone does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics

from kundig.measures.calibration import brier, error_by_chance, expected_error, log_loss, reliability


def test_losses_equal_scikit_learn() -> None:
    dice = np.random.default_rng(1)
    chance = dice.random(500)
    told = dice.random(500) < chance
    assert brier(told, chance) == pytest.approx(metrics.brier_score_loss(told, chance))
    assert log_loss(told, chance) == pytest.approx(metrics.log_loss(told, chance))


def test_a_wrong_certainty_is_dear_but_finite() -> None:
    assert math.isfinite(log_loss([1, 0], [0.0, 1.0]))
    assert log_loss([1], [0.0]) > 30


def test_the_error_is_the_mean_distance_by_group() -> None:
    told, chance = [0, 0, 1, 1], [0.1, 0.3, 0.6, 0.8]
    assert reliability(told, chance, bins=2) == [(pytest.approx(0.2), 0.0, 2), (pytest.approx(0.7), 1.0, 2)]
    assert expected_error(told, chance, bins=2) == pytest.approx((0.2 + 0.3) / 2)
    assert math.isnan(expected_error([], []))


def test_chance_alone_makes_an_error_that_shrinks_with_the_rows() -> None:
    few, many = error_by_chance(np.full(200, 0.14), seed=1), error_by_chance(np.full(20_000, 0.14), seed=1)
    assert few == error_by_chance(np.full(200, 0.14), seed=1)
    assert few > 5 * many
    dice = np.random.default_rng(2)
    true = dice.uniform(0.05, 0.4, 5_000)
    told = dice.random(5_000) < true
    assert expected_error(told, true) < 2 * error_by_chance(true)
    assert expected_error(told, true**2) > 5 * error_by_chance(true)
