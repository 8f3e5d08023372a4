"""The worlds differ as they claim: who had promises broken leaves more often, or not. Judged on large samples, not files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import numpy as np
import pytest

from kundig.simulation import leaving
from kundig.simulation.block import Block, Numbers, live
from kundig.simulation.days import Bools, Floats
from kundig.simulation.run import world

MONTH = 12
"""The landmark: what was lived through before it, and who leaves after it; so nobody counts for having left early."""


@cache
def block(name: str) -> Block:
    return live(world(3, name, date(2025, 5, 1), 18), 0, Numbers(), 9_000)


def excess(name: str, hurt: Callable[[Block], Floats]) -> float:
    """z-value of the difference in leaving after the landmark between those ``hurt`` before it and the others."""
    it = block(name)
    begin = it.world.calendar.month_starts[MONTH]
    there = (it.people.since < 0) & (it.leaving.left_at > begin)
    left, group = it.leaving.left_at < it.world.calendar.end, hurt(it) > 0
    return _z(left[there & group], left[there & ~group])


def _z(one: Bools, other: Bools) -> float:
    pooled = np.concatenate([one, other]).mean()
    return float((one.mean() - other.mean()) / np.sqrt(pooled * (1 - pooled) * (1 / len(one) + 1 / len(other))))


def often_broken(it: Block) -> Floats:
    return np.asarray(it.past.broken[:, MONTH] >= 2, dtype=np.float64)


def retold(it: Block) -> Floats:
    return it.past.retold[:, MONTH]


def broken_once_lately(it: Block) -> Floats:
    return np.asarray(it.past.broken_lately[:, MONTH] == 1, dtype=np.float64)


def broken_twice_lately(it: Block) -> Floats:
    return np.asarray(it.past.broken_lately[:, MONTH] >= 2, dtype=np.float64)


@pytest.mark.parametrize("hurt", [often_broken, retold])
def test_effects_make_customers_leave(hurt: Callable[[Block], Floats]) -> None:
    assert excess("effects", hurt) > 5


@pytest.mark.parametrize("hurt", [often_broken, retold])
def test_none_leaves_them_alone(hurt: Callable[[Block], Floats]) -> None:
    assert abs(excess("none", hurt)) < 3


def test_none_does_not_depend_on_the_type_of_customer() -> None:
    it = block("none")
    rates = [it.leaving.month[it.people.persona == k].mean() for k in range(5)]
    assert np.ptp(rates) < 1


def test_other_has_a_threshold() -> None:
    """What was broken once lately does not drive away as it does twice."""
    assert excess("other", broken_twice_lately) > 4
    assert excess("other", broken_twice_lately) > excess("other", broken_once_lately) + 3


def test_service_history_is_known_before_the_month() -> None:
    counts = np.array([[1.0, 0.0, 2.0, 0.0, 1.0]])
    assert leaving._before(counts).tolist() == [[0, 1, 1, 3, 3]]
    assert leaving._before(counts, 2).tolist() == [[0, 1, 1, 2, 2]]


def test_the_hazard_is_what_the_truth_says() -> None:
    """Drawn again from the stated hazard, about as many leave."""
    it = block("effects")
    service = leaving.WORLDS["effects"](it.people, it.past)
    rows = np.arange(len(it.people))
    assert np.allclose(it.leaving.service, service[rows, np.maximum(it.leaving.month, 0)])
    risk = 1 - np.exp(-np.exp(np.minimum(leaving._fixed(it.people, it.world.calendar) + service, 3)))
    months = it.world.calendar.month_starts[:-1]
    at_risk = (it.people.since[:, None] <= months) & (it.leaving.left_at[:, None] > months)
    expected = (risk * at_risk).sum()
    left = (it.leaving.left_at < it.world.calendar.end).sum()
    assert abs(left - expected) < 4 * np.sqrt(expected)
