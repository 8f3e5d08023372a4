"""What is new is named with its first day, and chance alone is not news."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kundig.measures.newcomers import newcomers, rate_ratio


def test_the_ratio_of_two_rates_is_that_of_r() -> None:
    """``poisson.test(c(11, 6+8+7), c(800, 1083+1050+878))`` of R's own example: 1.9715, 0.8584 to 4.2773."""
    found = rate_ratio(11, 800, 6 + 8 + 7, 1083 + 1050 + 878)
    assert found == pytest.approx((1.971488, 0.8584264, 4.2772659), abs=1e-6)


def test_a_ratio_without_evidence_has_no_end() -> None:
    assert math.isinf(rate_ratio(5, 10, 0, 10)[0])
    assert rate_ratio(5, 10, 0, 10)[1] > 0.9
    assert rate_ratio(0, 10, 5, 10)[:2] == (0.0, 0.0)
    assert math.isnan(rate_ratio(0, 10, 0, 10)[0])


def days(chance: np.random.Generator, number: int = 3_000, length: int = 200) -> np.ndarray:
    return np.sort(chance.integers(0, length, number))


def test_a_group_that_begins_is_named_with_its_first_day() -> None:
    chance = np.random.default_rng(1)
    day = np.sort(np.concatenate([days(chance), np.full(12, 197), np.full(9, 198)]))
    late = np.flatnonzero(day >= 197)
    fresh = chance.permutation(late)[:21]
    groups = [np.sort(part) for part in np.array_split(chance.permutation(np.setdiff1d(np.arange(len(day)), fresh)), 40)]
    # The new ones, the new ones with some others, and everything else.
    found = newcomers([*groups, np.sort(fresh), np.sort(np.concatenate([fresh, groups[0][:3]]))], day)
    assert [one.group for one in found] == [40]
    assert found[0].began == 197
    assert (found[0].since, found[0].before) == (21, 0)
    assert found[0].p < 1e-6


def test_chance_alone_is_hardly_ever_news() -> None:
    """Groups without any connection to time: at most 5 of 100 runs may name one."""
    named = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        day = days(chance, 1_000, 100)
        groups = np.array_split(chance.permutation(len(day)), 60)
        named += bool(newcomers(groups, day, times=1.0))
    assert named <= 5


def test_a_busy_week_is_no_news() -> None:
    """When everything comes ten times as often, no group does."""
    chance = np.random.default_rng(2)
    day = np.sort(np.concatenate([days(chance), chance.integers(195, 200, 1_000)]))
    assert newcomers(np.array_split(chance.permutation(len(day)), 50), day) == []


def test_few_texts_are_no_news_and_no_texts_neither() -> None:
    day = np.sort(np.concatenate([days(np.random.default_rng(3)), np.full(4, 199)]))
    assert newcomers([np.flatnonzero(day == 199)[-4:]], day) == []
    assert newcomers([], np.array([], dtype=np.int64)) == []
    assert newcomers([np.arange(30)], np.zeros(30, dtype=np.int64)) == [], "a single day has no before"
