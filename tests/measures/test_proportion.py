"""Intervals of shares against published figures and against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from kundig.measures.proportion import adjusted_wald, as_figures, net_share, wilson


def test_wilson_of_eighty_in_a_hundred() -> None:
    assert wilson(80, 100) == pytest.approx((0.7112, 0.8666), abs=5e-5)


@given(some.integers(1, 10_000), some.floats(0, 1))
def test_wilson_equals_scipy_and_holds_the_share(n: int, part: float) -> None:
    k = round(n * part)
    known = stats.binomtest(k, n).proportion_ci(method="wilson")
    low, high = wilson(k, n)
    assert (low, high) == pytest.approx((known.low, known.high), abs=1e-12)
    assert low - 1e-12 <= k / n <= high + 1e-12


def test_nothing_is_known_of_an_empty_group() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_adjusted_wald_is_wider_than_wilson_about_the_same_middle() -> None:
    """Agresti and Coull (1998): same centre, never narrower."""
    a, w = adjusted_wald(3, 20), wilson(3, 20)
    assert sum(a) == pytest.approx(sum(w))
    assert a[0] < w[0] < w[1] < a[1]


def test_adjusted_wald_stays_within_bounds() -> None:
    assert adjusted_wald(0, 5)[0] == 0.0
    assert adjusted_wald(5, 5)[1] == 1.0


def test_net_share_golden() -> None:
    """60 promoters, 15 detractors of 100: [29.34, 58.04]; ten promoters of ten: [47.5, 100] (Rocks 2016)."""
    assert net_share(60, 15, 100) == pytest.approx((0.2934, 0.5804), abs=5e-5)
    assert net_share(10, 0, 10) == pytest.approx((0.475, 1.0), abs=5e-4)


def test_as_figures() -> None:
    told = as_figures("kept_share", 80, 100)
    assert list(told) == ["kept_share", "kept_share_low", "kept_share_high", "kept_share_n"]
    assert list(told.values()) == pytest.approx([0.8, 0.7112, 0.8666, 100], abs=5e-5)
    assert list(as_figures("x", 0, 0).values()) == [None, None, None, 0]
