"""Rates against figures of R."""

from __future__ import annotations

import pytest

from kundig.measures.rate import dispersion, rate_ratio


def test_the_ratio_of_rates_is_that_of_r() -> None:
    """R's help of poisson.test: c(11, 6+8+7) in c(800, 1083+1050+878) gives 1.971488, 95 % from 0.8584264 to 4.2772659."""
    ratio, low, high = rate_ratio(11, 800, 21, 3011)
    assert (ratio, low, high) == (
        pytest.approx(1.971488, abs=1e-6), pytest.approx(0.8584264, abs=1e-6), pytest.approx(4.2772659, abs=1e-6),
    )  # fmt: skip


def test_where_nothing_was_before_only_the_lower_end_is_known() -> None:
    ratio, low, high = rate_ratio(5, 7, 0, 56)
    assert (ratio, high) == (None, None) and low > 1
    assert rate_ratio(0, 7, 5, 56)[:2] == (0.0, 0.0)


def test_counts_that_scatter_more_than_chance_are_seen() -> None:
    """By hand: 2, 4, 12 have mean 6 and squared deviations 16, 4, 36: 56 / 6 / 2."""
    assert dispersion([2, 4, 12]) == pytest.approx(56 / 12)
    assert dispersion([5, 5, 5]) == dispersion([7]) == dispersion([0, 0]) == 1.0
