"""How sure a median is: times are skewed, so their middle is told, and its interval may lie crookedly about it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, median


def order_ranks(n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Where the median's interval lies in the sorted values, as quantiles from 0 to 1: ``percentile(x, low)`` and ``(x, high)``.

    Free of any assumption on the distribution (Conover 1999, section 3.2, by the normal approximation of the binomial);
    None below six values, where 95 % cannot be reached.
    """
    if n < 6:
        return None
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * math.sqrt(n) / 2
    low, high = max(1, math.floor(n / 2 - half)), min(n, math.ceil(n / 2 + half) + 1)
    return (low - 1) / (n - 1), (high - 1) / (n - 1)


def bootstrap(values: Sequence[float], seed: int, rounds: int = 2000, confidence: float = 0.95) -> tuple[float, float] | None:
    """The percentile bootstrap interval (Efron 1979) of the median of ``values``; None below two values."""
    import numpy as np

    if len(values) < 2:
        return None
    given, chance = np.asarray(values, dtype=float), np.random.default_rng(seed)
    medians = [float(np.median(chance.choice(given, len(given)))) for _ in range(rounds)]
    low, high = np.quantile(medians, [(1 - confidence) / 2, (1 + confidence) / 2])
    return min(float(low), median(values)), max(float(high), median(values))
