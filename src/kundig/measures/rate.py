"""How sure it is that something happens more often than before: counts of few events jump about by themselves."""

from __future__ import annotations

from collections.abc import Sequence


def rate_ratio(
    count: float, time: float, count_before: float, time_before: float, confidence: float = 0.95
) -> tuple[float | None, float, float | None]:
    """The ratio of two Poisson rates and its interval, exact given the sum of the counts (Przyborowski and Wilenski 1940).

    Times in one unit. The ratio and the upper end are None where nothing was counted before: both are without bound.
    """
    from scipy.special import betaincinv

    tail, times = (1 - confidence) / 2, time_before / time
    low = float(betaincinv(count, count_before + 1, tail)) if count else 0.0
    if not count_before:
        return None, low / (1 - low) * times, None
    high = float(betaincinv(count + 1, count_before, 1 - tail))
    return count / count_before * times, low / (1 - low) * times, high / (1 - high) * times


def dispersion(counts: Sequence[float]) -> float:
    """How much more counts of equal times scatter than by chance alone: Pearson's chi-square over n - 1, at least 1.

    Dividing counts by it before :func:`rate_ratio` widens the interval as in a quasi-Poisson model (McCullagh and Nelder 1989,
    section 6.2.3). 1 where fewer than two counts or none above zero are known.
    """
    n, total = len(counts), sum(counts)
    if n < 2 or total <= 0:
        return 1.0
    mean = total / n
    return max(1.0, sum((count - mean) ** 2 for count in counts) / mean / (n - 1))
