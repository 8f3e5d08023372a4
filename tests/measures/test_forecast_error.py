"""Errors of forecasts: published figures of a published series, and their definitions."""

from __future__ import annotations

import math

import pytest

from kundig.measures.forecast_error import coverage, mae, mase, naive_scale, pinball, wape

BEER = (
    443, 410, 420, 532, 433, 421, 410, 512, 449, 381, 423, 531, 426, 408, 416, 520, 409, 398, 398, 507, 432, 398, 406, 526, 428,
    397, 403, 517, 435, 383, 424, 521, 421, 402, 414, 500, 451, 380, 416, 492, 428, 408, 406, 506, 435, 380, 421, 490, 435, 390,
    412, 454, 416, 403, 408, 482, 438, 386, 405, 491, 427, 383, 394, 473, 420, 390, 410, 488, 415, 398, 419, 488, 414, 374,
)  # fmt: skip
"""Australian beer production in megalitres by quarter, 1992 to mid 2010 (Australian Bureau of Statistics)."""
HISTORY, LATER = BEER[:64], BEER[64:]


@pytest.mark.parametrize(
    ("told", "error", "scaled"),
    [
        ([sum(HISTORY) / 64] * 10, 34.83, 2.44),
        ([HISTORY[-1]] * 10, 57.40, 4.01),
        ([HISTORY[60 + n % 4] for n in range(10)], 13.40, 0.94),
    ],
    ids=["mean", "naive", "seasonal naive"],
)
def test_the_figures_of_the_textbook(told: list[float], error: float, scaled: float) -> None:
    """Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 2nd edition, section 3.4: MAE and MASE."""
    assert mae(LATER, told) == pytest.approx(error, abs=0.006)
    assert mase(LATER, told, HISTORY, 4) == pytest.approx(scaled, abs=0.006)


def test_what_is_not_known_is_left_out() -> None:
    unknown = math.nan
    assert mae([1, unknown, 5], [2, 9, 3]) == 1.5
    assert wape([1, unknown, 5], [2, 9, 3]) == pytest.approx(3 / 6)
    assert naive_scale([1, unknown, 3, 7], 1) == 4
    assert coverage([1, unknown, 5], [0, 0, 6], [1, 9, 9]) == 0.5


def test_where_nothing_can_be_told() -> None:
    assert mae([math.nan], [1]) is None
    assert wape([0, 0], [1, 2]) is None
    assert mase([1], [2], [5, 5, 5]) is None
    assert coverage([math.nan], [0], [1]) is None


def test_the_pinball_loss_leans_to_its_quantile() -> None:
    assert pinball([10, 10], [4, 16], 0.5) == mae([10, 10], [4, 16]) / 2  # type: ignore[operator]
    assert pinball([10], [0], 0.9) == pytest.approx(9)
    assert pinball([0], [10], 0.9) == pytest.approx(1)


def test_the_pinball_loss_is_least_at_the_quantile() -> None:
    values = list(range(1, 102))
    losses = {q: pinball(values, [q] * 101, 0.8) for q in (60, 70, 81, 90, 95)}
    assert min(losses, key=lambda q: losses[q] or 0) == 81
