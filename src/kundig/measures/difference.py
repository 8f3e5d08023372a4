"""How far two groups lie apart, and how sure that is; and the same within strata, where a mixture of groups may mislead."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Difference:
    """First group minus second group, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Sample:
    """A group by what SQL can sum: how many, their mean (of 0 and 1 for a share), the standard deviation (n - 1)."""

    n: float
    mean: float
    sd: float = 0.0

    @property
    def successes(self) -> float:
        """How many ones, for a share."""
        return self.mean * self.n


def welch(one: Sample, other: Sample, confidence: float = 0.95) -> Difference | None:
    """The difference of two means by Student's t with Welch's (1947) and Satterthwaite's (1946) degrees of freedom.

    None where a group has fewer than two values, which tell nothing of their spread.
    """
    if min(one.n, other.n) < 2:
        return None
    spreads = [sample.sd**2 / sample.n for sample in (one, other)]
    value, variance = one.mean - other.mean, sum(spreads)
    if variance == 0:
        return Difference(value, value, value)
    freedom = variance**2 / (spreads[0] ** 2 / (one.n - 1) + spreads[1] ** 2 / (other.n - 1))
    return _about(value, math.sqrt(variance), _t(0.5 + confidence / 2, freedom))


def newcombe(one: Sample, other: Sample, confidence: float = 0.95) -> Difference | None:
    """The difference of two shares by the hybrid score interval (Newcombe 1998, Statistics in Medicine 17:873, method 10).

    None where a group is empty.
    """
    if min(one.n, other.n) < 1:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    (low1, high1), (low2, high2) = (_score(sample, z) for sample in (one, other))
    value = one.mean - other.mean
    down = math.hypot(one.mean - low1, high2 - other.mean)
    up = math.hypot(high1 - one.mean, other.mean - low2)
    return Difference(value, value - down, value + up)


def mantel_haenszel(strata: Iterable[tuple[Sample, Sample]], confidence: float = 0.95) -> Difference | None:
    """The common difference of two shares over strata (Greenland and Robins 1985), its variance after Sato (1989).

    The variance holds for few large and for many small strata. None where no stratum has both groups.
    """
    tables = _both(strata)
    if not tables:
        return None
    weights = [one.n * other.n / (one.n + other.n) for one, other in tables]
    total = sum(weights)
    value = sum(w * (one.mean - other.mean) for w, (one, other) in zip(weights, tables, strict=True)) / total
    variance = (value * sum(_p(*table) for table in tables) + sum(_q(*table) for table in tables)) / total**2
    return _about(value, math.sqrt(max(0.0, variance)), NormalDist().inv_cdf(0.5 + confidence / 2))


def stratified_means(strata: Iterable[tuple[Sample, Sample]], confidence: float = 0.95) -> Difference | None:
    """The common difference of two means over strata, weighted as by Mantel and Haenszel, n1 n2 / (n1 + n2) each.

    None where no stratum has two values or more in both groups.
    """
    tables = [(one, other) for one, other in strata if min(one.n, other.n) > 1]
    if not tables:
        return None
    weights = [one.n * other.n / (one.n + other.n) for one, other in tables]
    total = sum(weights)
    value = sum(w * (one.mean - other.mean) for w, (one, other) in zip(weights, tables, strict=True)) / total
    spread = sum(w * w * (a.sd**2 / a.n + b.sd**2 / b.n) for w, (a, b) in zip(weights, tables, strict=True))
    return _about(value, math.sqrt(spread) / total, NormalDist().inv_cdf(0.5 + confidence / 2))


def _about(value: float, error: float, quantile: float) -> Difference:
    return Difference(value, value - quantile * error, value + quantile * error)


def _t(p: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, p))


def _score(sample: Sample, z: float) -> tuple[float, float]:
    """Wilson's (1927) limits of a share."""
    n, share = sample.n, sample.mean
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _both(strata: Iterable[tuple[Sample, Sample]]) -> Sequence[tuple[Sample, Sample]]:
    return [(one, other) for one, other in strata if min(one.n, other.n) > 0]


def _p(one: Sample, other: Sample) -> float:
    n, m = one.n, other.n
    return (n * n * other.successes - m * m * one.successes + n * m * (m - n) / 2) / (n + m) ** 2


def _q(one: Sample, other: Sample) -> float:
    n, m, x, y = one.n, other.n, one.successes, other.successes
    return (x * (m - y) + y * (n - x)) / (2 * (n + m))
