"""Kaplan-Meier against the acute myelogenous leukaemia study (Miller 1997), as R's survival package tells it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from kundig.measures.survival import Curve, kaplan_meier

MAINTAINED = [(9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0)]
NOT_MAINTAINED = [(5, 1), (5, 1), (8, 1), (8, 1), (12, 1), (16, 0), (23, 1), (27, 1), (30, 1), (33, 1), (43, 1), (45, 1)]


def curve(seen: list[tuple[int, int]]) -> Curve:
    return kaplan_meier([t for t, _ in seen], [e for _, e in seen], [1 - e for _, e in seen])


def test_medians_of_aml() -> None:
    assert curve(MAINTAINED).median == 31
    assert curve(NOT_MAINTAINED).median == 23


def test_shares_and_numbers_at_risk_of_aml() -> None:
    told = curve(MAINTAINED)
    assert told.time.tolist() == [9, 13, 18, 23, 31, 34, 48]
    assert told.risk.tolist() == [11, 10, 8, 7, 5, 4, 2]
    assert told.share == pytest.approx([0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184], abs=5e-4)
    assert (told.n, told.ended.sum()) == (11, 7)
    assert told.share_after(5) == 1.0
    assert told.share_after(20) == pytest.approx(0.716, abs=5e-4)


def test_interval_equals_scipys_log_log() -> None:
    ends = [t for t, e in MAINTAINED if e]
    censored = stats.CensoredData(uncensored=ends, right=[t for t, e in MAINTAINED if not e])
    known = stats.ecdf(censored).sf.confidence_interval(method="log-log")
    told = curve(MAINTAINED)
    at = [list(known.low.quantiles).index(t) for t in told.time]
    assert told.low == pytest.approx(known.low.probabilities[at])
    assert told.high == pytest.approx(known.high.probabilities[at])
    assert told.median_interval == (13, None)


def test_all_open_has_no_median() -> None:
    told = kaplan_meier([3, 5], [0, 0], [1, 1])
    assert told.median is None
    assert told.n == 2


def test_nothing_at_all() -> None:
    assert kaplan_meier([], [], []).median is None


@given(some.lists(some.integers(1, 40), min_size=1, max_size=60))
def test_without_censoring_it_is_the_share_that_lasts_longer(times: list[int]) -> None:
    told = kaplan_meier(times, [1] * len(times), [0] * len(times))
    for time in range(42):
        assert told.share_after(time) == pytest.approx(sum(t > time for t in times) / len(times), abs=1e-9)
    assert (told.low <= told.share + 1e-12).all()
    assert (told.share <= told.high + 1e-12).all()
