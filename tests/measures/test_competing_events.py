"""The share that ends one way when there is another way to end."""

from __future__ import annotations

import math

import pytest

from kundig.measures.competing_events import aalen_johansen
from kundig.measures.survival import kaplan_meier

AML = ((9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0))
"""Maintained leukaemia patients (R's ``aml``): weeks, and whether they ended."""


def test_without_another_end_it_is_one_minus_kaplan_meier() -> None:
    weeks, ends = [week for week, _ in AML], [end for _, end in AML]
    found = aalen_johansen(weeks, ends, [0] * 11, [1 - end for end in ends])
    curve = kaplan_meier(weeks, ends, [1 - end for end in ends])
    assert found.time[(found.share >= 0.5).argmax()] == 31, "the median R gives"
    for week in (9, 18, 31, 48):
        assert found.by(week)[0] == pytest.approx(1 - curve.share_after(week))


def test_by_hand_with_another_end_and_somebody_left_unseen() -> None:
    """Of 10, 2 end at 1 and 2 otherwise; 1 is lost at 2; of the other 5, 1 ends at 3: 0.2 + 0.6 * 1/5."""
    found = aalen_johansen([1, 2, 3], [2, 0, 1], [2, 0, 0], [0, 1, 4])
    assert found.by(0.5) == (0.0, 0.0, 0.0)
    assert found.by(1)[0] == pytest.approx(0.2)
    assert found.by(3)[0] == pytest.approx(0.2 + 0.6 / 5)


def test_where_nobody_is_lost_the_interval_is_that_of_a_share() -> None:
    """60 of 100: standard error sqrt(0.6 * 0.4 / 100), on the scale of log(-log)."""
    _, low, high = aalen_johansen([1, 2, 3], [30, 30, 0], [10, 10, 20], [0, 0, 0]).by(3)
    spread = 1.959964 * math.sqrt(0.6 * 0.4 / 100) / (0.6 * -math.log(0.6))
    assert (low, high) == pytest.approx((0.6 ** math.exp(spread), 0.6 ** math.exp(-spread)), abs=1e-6)


def test_certainty_is_never_claimed() -> None:
    share, low, high = aalen_johansen([1], [5], [0], [0]).by(1)
    assert (share, high) == (1.0, 1.0)
    assert low == pytest.approx(5 / (5 + 1.959964**2), abs=1e-6)
    assert aalen_johansen([1], [0], [5], [0]).by(1)[2] == pytest.approx(1 - low)
