"""Student's t against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from kundig.measures.mean import as_figures, t_interval, t_quantile


@given(some.floats(0.55, 0.9995), some.floats(1, 1e5))
def test_quantile_equals_scipy(p: float, freedom: float) -> None:
    assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-8)


def test_interval_of_a_mean() -> None:
    values = [4.1, 5.0, 6.2, 3.9, 5.5]
    mean, sd = sum(values) / 5, stats.tstd(values)
    assert t_interval(mean, sd, 5) == pytest.approx(stats.t.interval(0.95, 4, mean, stats.sem(values)))


def test_one_value_tells_nothing_of_its_spread() -> None:
    assert t_interval(3.0, 0.0, 1) is None


def test_as_figures() -> None:
    assert as_figures("x", 2.0, 0.0, 3) == {"x": 2.0, "x_low": 2.0, "x_high": 2.0, "x_n": 3}
    assert as_figures("x", 2.0, None, 1) == {"x": 2.0, "x_low": None, "x_high": None, "x_n": 1}
    assert as_figures("x", None, None, 0)["x"] is None
