"""How far groups differ beyond chance: small groups scatter by themselves, and that must not be read as inconstancy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """The variance of the groups' true values, with its interval; 0 where chance alone explains what is seen."""

    variance: float
    low: float
    high: float


def between(values: Sequence[float], variances: Sequence[float], confidence: float = 0.95) -> Spread | None:
    """The variance between groups whose ``values`` were each measured with a known error ``variances``.

    The estimate is Paule and Mandel's (1982): the variance at which the weighted scatter equals its degrees of freedom. Its
    interval is the Q-profile (Viechtbauer 2007): the variances at which the scatter equals the chi-square quantiles. None
    below two groups.
    """
    if len(values) < 2:
        return None
    from scipy.special import chdtri

    freedom, tail = len(values) - 1, (1 - confidence) / 2
    ends = (freedom, float(chdtri(freedom, tail)), float(chdtri(freedom, 1 - tail)))
    return Spread(*(_variance_at(scatter, values, variances) for scatter in ends))


def _variance_at(wanted: float, values: Sequence[float], variances: Sequence[float]) -> float:
    """The variance at which the scatter is ``wanted``, which falls as the variance grows; 0 where it is below that at once."""
    import numpy as np
    from scipy.optimize import brentq

    value, error = np.asarray(values, dtype=float), np.asarray(variances, dtype=float)

    def excess(variance: float) -> float:
        weight = 1 / (error + variance)
        mean = (weight * value).sum() / weight.sum()
        return float((weight * (value - mean) ** 2).sum() - wanted)

    if excess(0.0) <= 0:
        return 0.0
    # Q(t) is at most sum((v - mean)^2) / t, so this bound lies beyond the root
    most = float(((value - value.mean()) ** 2).sum() / wanted)
    return float(brentq(excess, 0.0, most, xtol=1e-12))
