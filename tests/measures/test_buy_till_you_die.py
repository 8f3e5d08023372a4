"""Buy till you die: the published fit of the CDNOW sample, the integrals behind the formulas, and what is refused."""

from __future__ import annotations

import csv
import math
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from kundig.errors import ModelError
from kundig.measures.buy_till_you_die import Bgnbd, ParetoNbd, _log_gone, bgnbd, pareto_nbd


def cdnow(shared_data: Path) -> list[np.ndarray]:
    with (shared_data / "cdnow" / "cdnow_customers_summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[name]) for row in rows]) for name in ("frequency", "recency", "T")]


def test_the_bgnbd_is_the_published_one(shared_data: Path) -> None:
    """Fader, Hardie & Lee 2005, table 2."""
    began = time.process_time()
    found = bgnbd(*cdnow(shared_data))
    assert time.process_time() - began < 2
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_the_pareto_nbd_is_the_published_one(shared_data: Path) -> None:
    found = pareto_nbd(*cdnow(shared_data))
    assert (found.r, found.alpha, found.s, found.beta) == pytest.approx((0.5533, 10.578, 0.6062, 11.669), abs=2e-3)
    assert found.log_likelihood == pytest.approx(-9595.0, abs=0.05)


def test_the_unit_of_time_does_not_matter(shared_data: Path) -> None:
    x, t_x, watched = (column[::4] for column in cdnow(shared_data))
    weeks, days = bgnbd(x, t_x, watched), bgnbd(x, 7 * t_x, 7 * watched)
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-3)
    assert (days.r, days.a, days.b) == pytest.approx((weeks.r, weeks.a, weeks.b), rel=1e-3)


def test_what_the_papers_expect_of_one_customer() -> None:
    """The first customer of the sample (Fader & Hardie's spreadsheet of the BG/NBD), and the example of the R package BTYD."""
    assert Bgnbd(0.243, 4.414, 0.793, 2.426).expected(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=2e-3)
    pareto = ParetoNbd(0.5533971, 10.5802, 0.6060625, 11.6562)
    assert pareto.expected(52, 26, 30.86, 31) == pytest.approx(25.456, abs=0.02)
    assert pareto.alive(26, 30.86, 31) == pytest.approx(0.9979, abs=1e-4)


@pytest.mark.parametrize(("alpha", "beta"), [(10.0, 4.0), (4.0, 10.0), (6.0, 6.0)])
def test_having_left_is_the_integral_it_stands_for(alpha: float, beta: float) -> None:
    r, s, x, t_x, watched = 0.6, 0.7, 3.0, 12.0, 30.0
    whole, _ = quad(lambda y: (alpha + y) ** -(r + x) * (beta + y) ** -(s + 1), t_x, watched)
    told = _log_gone((r, alpha, s, beta), *(np.array([value]) for value in (x, t_x, watched)))
    assert math.exp(told[0]) == pytest.approx((r + s + x) * whole, rel=1e-6)


def test_expected_purchases_grow_with_time_also_at_the_edge_s_1() -> None:
    for model in (Bgnbd(0.3, 5, 0.8, 2.4), ParetoNbd(0.5, 10, 1.0, 12), ParetoNbd(0.5, 10, 1.0 + 1e-7, 12)):
        few, many = model.expected(1, 2, 20, 30)[()], model.expected(50, 2, 20, 30)[()]
        assert 0 < few < many
    near = [ParetoNbd(0.5, 10, s, 12).expected(39, 2, 20, 30)[()] for s in (1.0, 1.0001)]
    assert near[0] == pytest.approx(near[1], rel=1e-3)


def test_who_never_came_back_counts_as_alive_but_buys_least() -> None:
    """Why nobody should be ranked by P(alive)."""
    model = Bgnbd(0.243, 4.414, 0.793, 2.426)
    x, t_x, watched = np.array([0, 6]), np.array([0, 25]), np.array([39, 39])
    assert model.alive(x, t_x, watched)[0] == 1 > model.alive(x, t_x, watched)[1]
    assert model.expected(39, x, t_x, watched)[0] < model.expected(39, x, t_x, watched)[1]


def test_what_cannot_be_is_refused() -> None:
    few = np.arange(10.0)
    with pytest.raises(ModelError, match="too few"):
        bgnbd(few, few, few + 1)
    with pytest.raises(ModelError, match="too few"):
        pareto_nbd(np.zeros(50), np.zeros(50), np.ones(50))
    with pytest.raises(ModelError, match="after the end"):
        bgnbd(np.ones(50), np.full(50, 9.0), np.full(50, 8.0))
