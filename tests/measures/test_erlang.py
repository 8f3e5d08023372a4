"""Erlang B, C and A: figures of published tables and textbooks, and what must hold whatever the numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kundig.measures.erlang import blocked, impatient, needed_agents, service_level, speed_of_answer, waits

loads = st.floats(0.05, 60)
agents = st.integers(1, 90)
few = settings(max_examples=40, deadline=None)


@pytest.mark.parametrize(("load", "lines"), [(1.361, 5), (4.461, 10), (12.03, 20), (84.06, 100)])
def test_traffic_that_loses_one_call_in_a_hundred(load: float, lines: int) -> None:
    """The column of 1 % of every printed Erlang B table."""
    assert blocked(load, lines) == pytest.approx(0.01, abs=1e-5)


def test_textbook_waiting() -> None:
    """M/M/1: the load itself; M/M/2 at half load 1/3, M/M/3 at two thirds 4/9 (any textbook of queueing)."""
    assert waits(0.7, 1) == pytest.approx(0.7)
    assert waits(1, 2) == pytest.approx(1 / 3)
    assert waits(2, 3) == pytest.approx(4 / 9)


def test_the_worked_example_of_call_centres() -> None:
    """200 calls an hour of three minutes, 80 % within 20 s: 14 agents, 88.8 %, 17.4 % wait, 7.8 s (Call Centre Helper)."""
    assert needed_agents(10, 180, 0.8, 20) == 14
    assert service_level(10, 14, 180, 20) == pytest.approx(0.888, abs=5e-4)
    assert waits(10, 14) == pytest.approx(0.174, abs=5e-4)
    assert speed_of_answer(10, 14, 180) == pytest.approx(7.8, abs=0.05)


def test_impatience_as_published() -> None:
    """Garnett, Mandelbaum and Reiman 2002: 48 calls a minute of a minute, 50 agents: 20.8 s; with two minutes' patience 3.7 s, 3.1 % lost."""
    assert speed_of_answer(48, 50, 60) == pytest.approx(20.8, abs=0.05)
    told = impatient(48, 50, 60, 120, 20)
    assert told.wait_s == pytest.approx(3.7, abs=0.05)
    assert told.hangs_up == pytest.approx(0.031, abs=5e-4)


def chain(load: float, servers: int, handling: float, patience: float) -> tuple[float, float]:
    """Share that waits and share that hangs up, from the birth-death chain itself."""
    weights, states = [1.0], servers + 2000
    for n in range(1, states):
        leaves = min(n, servers) / handling + max(0, n - servers) / patience
        weights.append(weights[-1] * load / handling / leaves)
    total = sum(weights)
    queue = sum((n - servers) * weight for n, weight in enumerate(weights) if n > servers) / total
    return sum(weights[servers:]) / total, queue / patience / (load / handling)


@pytest.mark.parametrize(("load", "servers"), [(3, 2), (10, 12), (30, 25)])
def test_impatience_is_the_chain_of_births_and_deaths(load: float, servers: int) -> None:
    waiting, lost = chain(load, servers, 300, 90)
    told = impatient(load, servers, 300, 90, 20)
    assert (told.waits, told.hangs_up) == pytest.approx((waiting, lost), rel=1e-4)


@few
@given(load=loads, n=agents)
def test_more_agents_lose_and_wait_less(load: float, n: int) -> None:
    assert blocked(load, n + 1) <= blocked(load, n)
    assert waits(load, n + 1) <= waits(load, n)
    assert blocked(load, n) <= waits(load, n)
    assert speed_of_answer(load, n + 1, 300) <= speed_of_answer(load, n, 300)


@few
@given(load=loads, level=st.floats(0.05, 0.99), within=st.floats(0, 120))
def test_needed_agents_are_enough_and_one_less_is_not(load: float, level: float, within: float) -> None:
    n = needed_agents(load, 300, level, within)
    assert service_level(load, n, 300, within) >= level > service_level(load, n - 1, 300, within)


@settings(max_examples=12, deadline=None)
@given(load=st.floats(0.2, 20), level=st.floats(0.3, 0.95))
def test_who_hangs_up_needs_no_agent(load: float, level: float) -> None:
    n = needed_agents(load, 300, level, 20, patience_s=120)
    assert impatient(load, n, 300, 120, 20).answered_within >= level
    assert n == 1 or impatient(load, n - 1, 300, 120, 20).answered_within < level
    assert n <= needed_agents(load, 300, level, 20)


def test_endless_patience_is_erlang_c() -> None:
    told = impatient(48, 50, 60, 1e8, 20)
    assert told.waits == pytest.approx(waits(48, 50), rel=1e-3)
    assert told.answered_within == pytest.approx(service_level(48, 50, 60, 20), rel=1e-3)


def test_where_the_agents_cannot_keep_up_or_nobody_comes() -> None:
    assert waits(5, 5) == 1.0
    assert service_level(5, 5, 300, 20) == 0.0
    assert speed_of_answer(5, 5, 300) == math.inf
    assert impatient(600, 300, 60, 120, 20).hangs_up == pytest.approx(0.5, abs=1e-6)
    assert (waits(0, 0), service_level(0, 0, 300, 20), speed_of_answer(0, 0, 300), needed_agents(0, 300, 0.8, 20)) == (0, 1, 0, 0)
    assert impatient(0, 3, 300, 60, 20).answered_within == 1.0
    assert (blocked(0, 0), blocked(0, 1)) == (1.0, 0.0)
