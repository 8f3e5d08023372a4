"""How sure a median is: times are skewed, so their middle is told, and its interval may lie crookedly about it."""

from __future__ import annotations

import math
from statistics import NormalDist


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
