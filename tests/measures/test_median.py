"""The interval of a median by order statistics."""

from __future__ import annotations

import random

import pytest

from kundig.measures.median import order_ranks


def test_ranks_of_a_hundred() -> None:
    """Published: for n = 100 the 95 % interval of the median runs from the 40th to the 61st value."""
    low, high = order_ranks(100) or (0.0, 0.0)
    assert (1 + low * 99, 1 + high * 99) == pytest.approx((40, 61))


def test_few_values_have_no_interval() -> None:
    assert order_ranks(5) is None


def test_ranks_cover_the_true_median() -> None:
    chance, hits, n = random.Random(4), 0, 25
    low, high = order_ranks(n) or (0.0, 0.0)
    for _ in range(400):
        values = sorted(chance.expovariate(1.0) for _ in range(n))
        hits += values[round(low * (n - 1))] <= 0.6931 <= values[round(high * (n - 1))]
    assert hits / 400 > 0.93
