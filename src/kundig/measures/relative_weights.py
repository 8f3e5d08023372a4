"""How much each of several correlated predictors contributes to what they explain together: regression weights cannot say it.

Importance is not causation: a predictor that only goes along with a cause has a share of it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

from kundig.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

MOST_FOR_SHAPLEY = 15
"""Predictors beyond which averaging over all subsets takes too long."""
_SLICE = 50


@dataclass(frozen=True)
class Ranked:
    """The relative ``weight`` of each predictor (they sum to R²), its rank (1 the largest), and their bootstrap intervals.

    The interval of a weight always holds the weight: a weight cannot be negative, so resamples of a small one lie above it.
    """

    weight: Numbers
    low: Numbers
    high: Numbers
    rank: Numbers
    rank_low: Numbers
    rank_high: Numbers


def relative_weights(x: Numbers | Sequence[Sequence[float]], y: Numbers | Sequence[float]) -> Numbers:
    """The share of R² each column of ``x`` (rows, predictors) has in explaining ``y`` (Johnson 2000, MBR 35:1); sums to R².

    ModelError where a predictor or the outcome does not vary, or predictors determine one another.
    """
    whole = _correlations(_moments(*_checked(x, y)))
    return _weights(whole)


def shapley(x: Numbers | Sequence[Sequence[float]], y: Numbers | Sequence[float]) -> Numbers:
    """The gain in R² by each predictor, averaged over all orders of entering (Lindeman, Merenda and Gold 1980); sums to R².

    ModelError as for the relative weights, and beyond 15 predictors.
    """
    import numpy as np

    whole = _correlations(_moments(*_checked(x, y)))
    n = len(whole) - 1
    if n > MOST_FOR_SHAPLEY:
        raise ModelError("{n} predictors are too many for all their subsets.", "Leave some out, or take relative weights.", n=n)
    explained = {part: _explained(whole, part) for size in range(n + 1) for part in combinations(range(n), size)}
    gains = np.zeros(n)
    for part, before in explained.items():
        for new in set(range(n)) - set(part):
            gains[new] += (explained[tuple(sorted((*part, new)))] - before) / (n * comb(n - 1, len(part)))
    return gains


def ranked(
    x: Numbers | Sequence[Sequence[float]],
    y: Numbers | Sequence[float],
    *,
    groups: Numbers | Sequence[int] | None = None,
    draws: int = 500,
    seed: int = 0,
    confidence: float = 0.95,
) -> Ranked:
    """Relative weights and ranks with percentile intervals from ``draws`` bootstrap samples of whole ``groups`` (else of rows)."""
    import numpy as np

    x, y = _checked(x, y)
    who = np.arange(len(y)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    weight = _weights(_correlations(_moments(x, y)))
    sampled = _resampled(x, y, who, draws, np.random.default_rng(seed))
    ends = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(sampled, ends, axis=0)
    order = _ranks(sampled)
    rank_low, rank_high = np.quantile(order, ends, axis=0, method="nearest")
    own = _ranks(weight[None, :])[0]
    return Ranked(
        weight, np.minimum(low, weight), np.maximum(high, weight), own, np.minimum(rank_low, own), np.maximum(rank_high, own)
    )


def _checked(x: Any, y: Any) -> tuple[Numbers, Numbers]:
    """Both as arrays; the outcome may be shifted and scaled, and so may each predictor, which changes no correlation."""
    import numpy as np

    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if x.ndim != 2 or len(x) != len(y):
        raise ModelError("Predictors and outcome differ in length.")
    if len(y) < x.shape[1] + 2:
        raise ModelError("{n} rows are too few for {k} predictors.", n=len(y), k=x.shape[1])
    whole = np.column_stack([x, y])
    if not np.isfinite(whole).all():
        raise ModelError("A predictor or the outcome is missing.", "Leave those rows out, or fill them.")
    spread = whole.std(axis=0)
    if (spread <= 1e-12 * np.maximum(1.0, np.abs(whole).max(axis=0))).any():
        raise ModelError("A predictor or the outcome does not vary.", "Leave it out.")
    whole = (whole - whole.mean(axis=0)) / spread
    return whole[:, :-1], whole[:, -1]


def _moments(x: Numbers, y: Numbers) -> Numbers:
    """The sums of products of 1, each predictor and the outcome: shape (predictors + 2, predictors + 2)."""
    import numpy as np

    whole = np.column_stack([np.ones(len(y)), x, y])
    summed: Numbers = whole.T @ whole
    return summed


def _correlations(moments: Numbers) -> Numbers:
    """The correlations of predictors and outcome (last) from their sums of products."""
    import numpy as np

    mean = moments[0, 1:] / moments[0, 0]
    covariance = moments[1:, 1:] / moments[0, 0] - np.outer(mean, mean)
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    correlations: Numbers = covariance / np.outer(spread, spread)
    return correlations


def _weights(whole: Numbers) -> Numbers:
    """Through orthogonal variables as near to the predictors as can be: their squared loadings times their squared weights."""
    import numpy as np

    values, vectors = np.linalg.eigh(whole[:-1, :-1])
    if values[0] < 1e-10:
        raise ModelError("One predictor follows from the others.", "Leave it out.")
    loadings = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    weights: Numbers = (loadings**2) @ (np.linalg.solve(loadings, whole[:-1, -1]) ** 2)
    return weights


def _explained(whole: Numbers, part: tuple[int, ...]) -> float:
    """R² of the outcome on the predictors in ``part``."""
    import numpy as np

    if not part:
        return 0.0
    chosen, with_outcome = list(part), whole[list(part), -1]
    try:
        return float(with_outcome @ np.linalg.solve(whole[np.ix_(chosen, chosen)], with_outcome))
    except np.linalg.LinAlgError as error:
        raise ModelError("One predictor follows from the others.", "Leave it out.") from error


def _resampled(x: Numbers, y: Numbers, who: Numbers, draws: int, rng: Any) -> Numbers:
    """The weights in each bootstrap sample, shape (draws, predictors); samples in which something does not vary are drawn again."""
    import numpy as np

    n, size = int(who.max()) + 1, x.shape[1] + 2
    whole = np.column_stack([np.ones(len(y)), x, y])
    products = (whole[:, :, None] * whole[:, None, :]).reshape(len(y), -1)
    order = np.argsort(who, kind="stable")
    starts = np.searchsorted(who[order], np.arange(n))
    summed = np.add.reduceat(products[order], starts, axis=0)
    made: list[Numbers] = []
    for _ in range(20 * (1 + draws // _SLICE)):
        counts = rng.multinomial(n, np.full(n, 1 / n), size=min(_SLICE, draws))
        for moments in (counts.astype(float) @ summed).reshape(-1, size, size):
            made += _weights_or_none(moments)
        if len(made) >= draws:
            return np.asarray(made[:draws])
    raise ModelError("A predictor varies in too few rows to be resampled.", "Leave it out.")


def _weights_or_none(moments: Numbers) -> list[Numbers]:
    import numpy as np

    correlations = _correlations(moments)
    if not np.allclose(np.diag(correlations), 1.0):
        return []
    try:
        return [_weights(correlations)]
    except ModelError:
        return []


def _ranks(weights: Numbers) -> Numbers:
    """The rank of each weight within its row, 1 for the largest."""
    import numpy as np

    ranks: Numbers = np.argsort(np.argsort(-weights, axis=1, kind="stable"), axis=1) + 1
    return ranks
