"""How far groups differ beyond chance, against published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kundig.measures.heterogeneity import between

BCG = (
    (4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867), (33, 5069, 47, 5808), (180, 1541, 372, 1451),
    (8, 2545, 10, 629), (505, 88391, 499, 88391), (29, 7499, 45, 7277), (17, 1716, 65, 1665), (186, 50634, 141, 27338),
    (5, 2498, 3, 2341), (27, 16913, 29, 17854),
)  # fmt: skip
"""Tuberculosis with and without vaccination in 13 trials (Colditz et al. 1994)."""


def test_the_trials_of_the_bcg_vaccine_as_in_metafor() -> None:
    """tau² by Paule and Mandel 0.3181, Q-profile interval 0.1197 to 1.1115 (R metafor, dat.bcg, log risk ratios)."""
    values = [math.log(a / n / (b / m)) for a, n, b, m in BCG]
    spread = between(values, [1 / a - 1 / n + 1 / b - 1 / m for a, n, b, m in BCG])
    assert spread is not None
    assert (spread.variance, spread.low, spread.high) == pytest.approx((0.3181, 0.1197, 1.1115), abs=5e-5)


def test_what_chance_explains_is_no_difference() -> None:
    chance = np.random.default_rng(1)
    spread = between(list(chance.normal(0.7, 0.1, 40)), [0.01] * 40)
    assert spread is not None
    assert spread.low == 0.0
    assert spread.variance < 0.004
    assert between([0.5, 0.5, 0.5], [0.01] * 3) is not None
    assert between([0.5], [0.01]) is None


def test_a_known_spread_is_found() -> None:
    chance = np.random.default_rng(2)
    truth = chance.normal(0.7, 0.2, 400)
    spread = between(list(chance.normal(truth, 0.1)), [0.01] * 400, 0.9)
    assert spread is not None
    assert spread.low < 0.04 < spread.high
    assert spread.variance == pytest.approx(0.04, abs=0.006)
