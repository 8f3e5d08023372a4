"""How sure a mean is, from what SQL can sum: the mean, the standard deviation (n - 1) and the number."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist


def t_interval(mean: float, sd: float, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Student's interval of a mean; None below two values, which tell nothing of their spread."""
    if n < 2:
        return None
    half = t_quantile(0.5 + confidence / 2, n - 1) * sd / math.sqrt(n)
    return mean - half, mean + half


def as_figures(name: str, mean: float | None, sd: float | None, n: int) -> dict[str, float | int | None]:
    """The mean as an answer tells it: ``name``, ``name_low``, ``name_high`` (95 %), ``name_n``; null where it is not known."""
    low, high = (t_interval(mean, sd, n) if mean is not None and sd is not None else None) or (None, None)
    return {name: mean, f"{name}_low": low, f"{name}_high": high, f"{name}_n": n}


@lru_cache(maxsize=256)
def t_quantile(p: float, freedom: float) -> float:
    """The p-quantile (p above 0.5) of Student's t with ``freedom`` degrees, which need not be whole.

    Below 200 degrees by bisection of the distribution (Abramowitz and Stegun 26.7.1 through the incomplete beta
    function), from there by its expansion about the normal quantile (26.7.5), exact to nine digits.
    """
    if freedom >= 200:
        return _expanded(NormalDist().inv_cdf(p), freedom)
    low, high = 0.0, 1.0
    while _upper_tail(high, freedom) > 1 - p:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _upper_tail(middle, freedom) > 1 - p else (low, middle)
    return (low + high) / 2


def _expanded(z: float, v: float) -> float:
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v ** (k + 1) for k, term in enumerate(terms))


def _upper_tail(t: float, v: float) -> float:
    return 0.5 * _incomplete_beta(v / (v + t * t), v / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function (Abramowitz and Stegun 26.5.8)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _continued_fraction(x, a, b))


def _continued_fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), from the inside out; 200 terms are many more than x below (a+1)/(a+b+2) asks for."""
    value = 1.0
    for k in range(200, 0, -1):
        m = k // 2
        if k % 2:
            d = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            d = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        value = 1 + d / value
    return value
