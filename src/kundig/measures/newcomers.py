"""What began of late: groups of texts, or of anything, that come much more often since a day than before it.

A scan over a tree of groups (tree-based scan statistic, Kulldorff, Fang and Walsh 2003): each group and each first day is
compared with what all groups together do, so that a busy week is no news. Two Poisson rates are compared given their sum,
which is a binomial test (Przyborowski and Wilenski 1940); the exposure is the number of all texts. The p-value is multiplied
by the number of comparisons (Bonferroni), so that at most ``alpha`` of all runs on data without news name any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Newcomer:
    """One group that began on a day."""

    group: int
    """Its place among the groups given."""
    began: int
    """The first day since which it comes more often; a number as in ``day``."""
    since: int
    """How many since then."""
    before: int
    """How many before."""
    ratio: float
    """How many times as often as before, measured in all texts; infinite where it was never before."""
    low: float
    high: float
    p: float
    """The p-value after the correction for all comparisons."""


def newcomers(
    groups: Sequence[Ints], day: Ints, *, within: int = 14, least: int = 5, times: float = 4.0, alpha: float = 0.05
) -> list[Newcomer]:
    """The groups that began within the last days, the surest first; no two share a member.

    groups: each the numbers of its texts; day: the day of each text as a whole number; within: how many last days may be the
    first one; least: how many texts since then at least; times: the lower end of the ratio's interval is at least that.
    """
    import numpy as np

    if not len(day):
        return []
    last, first = int(day.max()), int(day.min())
    starts = [start for start in range(max(first + 1, last - within + 1), last + 1) if np.any(day >= start)]
    found = [one for one in _compared(groups, day, starts, least) if one.p <= alpha and one.low >= times]
    kept: list[Newcomer] = []
    taken = np.zeros(len(day), dtype=bool)
    for one in sorted(found, key=lambda one: (one.p, -one.since, one.group)):
        if not taken[groups[one.group]].any():
            kept.append(one)
            taken[groups[one.group]] = True
    return kept


def _compared(groups: Sequence[Ints], day: Ints, starts: Sequence[int], least: int) -> Iterator[Newcomer]:
    """Each group on its surest first day."""
    import numpy as np
    from scipy.stats import binom

    total = np.array([np.count_nonzero(day >= start) for start in starts])
    comparisons = len(groups) * len(starts)
    for place, rows in enumerate(groups):
        since = np.array([np.count_nonzero(day[rows] >= start) for start in starts])
        chance = np.where(since >= least, binom.sf(since - 1, len(rows), total / len(day)), 1.0)
        # Of first days that are equally sure, the last.
        best = len(starts) - 1 - int(np.argmin(chance[::-1])) if len(starts) else -1
        if best < 0 or chance[best] * comparisons > 1:
            continue
        n, of = int(since[best]), int(total[best])
        ratio, low, high = rate_ratio(n, of, len(rows) - n, len(day) - of)
        yield Newcomer(place, starts[best], n, len(rows) - n, ratio, low, high, float(chance[best] * comparisons))


def rate_ratio(
    one: int, exposure: float, other: int, other_exposure: float, confidence: float = 0.95
) -> tuple[float, float, float]:
    """The ratio of two Poisson rates and its exact interval given their sum (Clopper and Pearson 1934); nan where both are 0."""
    from math import inf, nan

    from scipy.stats import beta

    if not one + other or not exposure or not other_exposure:
        return nan, 0.0, inf
    tail, scale = (1 - confidence) / 2, other_exposure / exposure
    low = float(beta.ppf(tail, one, other + 1)) if one else 0.0
    high = float(beta.ppf(1 - tail, one + 1, other)) if other else 1.0
    ratio = one / other * scale if other else inf
    return ratio, low / (1 - low) * scale, high / (1 - high) * scale if high < 1 else inf
