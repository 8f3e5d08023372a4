"""Intervals of a median: by order statistics and by the bootstrap."""

from __future__ import annotations

import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kundig.measures.median import bootstrap, order_ranks


def test_ranks_of_a_hundred() -> None:
    """Published: for n = 100 the 95 % interval of the median runs from the 40th to the 61st value."""
    low, high = order_ranks(100) or (0.0, 0.0)
    assert (1 + low * 99, 1 + high * 99) == pytest.approx((40, 61))


def test_few_values_have_no_interval() -> None:
    assert order_ranks(5) is None
    assert bootstrap([3.0], seed=1) is None


def test_ranks_cover_the_true_median() -> None:
    chance, hits, n = random.Random(4), 0, 25
    low, high = order_ranks(n) or (0.0, 0.0)
    for _ in range(400):
        values = sorted(chance.expovariate(1.0) for _ in range(n))
        hits += values[round(low * (n - 1))] <= 0.6931 <= values[round(high * (n - 1))]
    assert hits / 400 > 0.93


@given(some.lists(some.floats(0, 1e6), min_size=2, max_size=30))
def test_bootstrap_holds_the_median_and_repeats_itself(values: list[float]) -> None:
    told = bootstrap(values, seed=7, rounds=50)
    assert told is not None
    assert told[0] <= median(values) <= told[1]
    assert told == bootstrap(values, seed=7, rounds=50)
