"""AUC, its interval and lift: against scikit-learn, against the definition counted pair by pair, and against chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from kundig.measures.discrimination import auc, auc_difference, lift


def sample(n: int = 400, seed: int = 4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    told = dice.random(n) < 0.2
    score = np.round(dice.normal(0, 1, n) + told, 1)
    return told.astype(int), score, np.round(score + dice.normal(0, 1, n), 1)


def by_pairs(told: np.ndarray, *scores: np.ndarray) -> tuple[list[float], np.ndarray]:
    """DeLong, DeLong & Clarke-Pearson 1988, equations 3 to 6, word for word."""

    def psi(one: float, other: float) -> float:
        return 1.0 if one > other else 0.5 if one == other else 0.0

    up, down = np.flatnonzero(told == 1), np.flatnonzero(told == 0)
    table = np.array([[[psi(score[i], score[j]) for j in down] for i in up] for score in scores])
    v10, v01 = table.mean(axis=2), table.mean(axis=1)
    covariance = np.atleast_2d(np.cov(v10)) / len(up) + np.atleast_2d(np.cov(v01)) / len(down)
    return list(table.mean(axis=(1, 2))), covariance


def test_equals_the_definition_by_pairs() -> None:
    told, one, other = sample(120)
    values, covariance = by_pairs(told, one, other)
    found, difference = auc(told, one), auc_difference(told, one, other)
    assert found is not None and difference is not None
    assert found.value == pytest.approx(values[0]) == pytest.approx(roc_auc_score(told, one))
    assert found.se == pytest.approx(math.sqrt(covariance[0, 0]))
    assert difference.value == pytest.approx(values[0] - values[1])
    assert difference.se == pytest.approx(math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))


def test_rows_of_one_person_count_once() -> None:
    told, score, _ = sample()
    alone, twice = auc(told, score), auc(np.tile(told, 2), np.tile(score, 2), np.tile(np.arange(len(told)), 2))
    naive = auc(np.tile(told, 2), np.tile(score, 2))
    assert alone and twice and naive
    assert twice.se == pytest.approx(alone.se, rel=0.02)
    assert naive.se < 0.75 * alone.se


def test_the_interval_covers_as_often_as_it_says() -> None:
    truth = 0.760250  # of normal scores one standard deviation apart: Phi(1 / sqrt 2)
    hits = 0
    for seed in range(300):
        dice = np.random.default_rng(seed)
        told = np.repeat([0, 1], [150, 50])
        found = auc(told, dice.normal(0, 1, 200) + told)
        assert found
        hits += found.low <= truth <= found.high
    assert 0.91 <= hits / 300 <= 0.98


def test_the_interval_stays_within_0_and_1() -> None:
    told, score = [0] * 30 + [1] * 4, [*range(30), 40, 41, 42, 27]
    found = auc(told, score)
    assert found and 0 < found.low < found.value < found.high < 1
    sure = auc([0, 0, 1, 1], [1, 2, 3, 4])
    assert sure and (sure.value, sure.low, sure.high) == (1.0, 1.0, 1.0)


def test_one_sort_alone_has_no_auc() -> None:
    assert auc([1, 1], [0.2, 0.3]) is None
    assert auc_difference([0, 0], [1, 2], [2, 1]) is None
    assert lift([0, 0, 0], [1, 2, 3]) is None


def test_lift_counts_the_top_tenth_and_shares_out_ties() -> None:
    told = [1] * 8 + [0] * 92
    best = lift(told, list(range(100, 0, -1)))
    assert best and best.value == pytest.approx(10.0)
    assert best.n == 10
    equal = lift(told, [1] * 100)
    assert equal and equal.value == pytest.approx(1.0) and equal.low < 1 < equal.high


def test_figures_carry_their_names() -> None:
    found = auc(*sample()[:2])
    assert found and set(found.as_figures("auc")) == {"auc", "auc_low", "auc_high", "auc_n"}
    assert found.low < found.value < found.high
