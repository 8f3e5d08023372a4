"""How well scores tell those it happened to from the others: the area under the ROC curve with its uncertainty, and the lift.

Scores that only look right on the data they come from are the commonest error of a model; the interval says how far the figure
can be trusted, and the interval of a difference whether one score is really better than another on the same people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; ``se`` is its standard error, ``n`` the rows it rests on."""

    value: float
    se: float
    low: float
    high: float
    n: int

    def as_figures(self, name: str) -> dict[str, float | int | None]:
        """As an answer tells it: ``name``, ``name_low``, ``name_high``, ``name_n``."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high, f"{name}_n": self.n}


def auc(happened: Any, scores: Any, people: Any = None) -> Estimate | None:
    """The chance that one it happened to scores higher than one it did not, ties counted half; None where one sort is missing.

    The variance is that of DeLong, DeLong & Clarke-Pearson (1988); where ``people`` names whose row each is, rows of one person
    are taken as one observation (Obuchowski 1997). The interval stays between 0 and 1 (on the logit scale where it would not).
    """
    value, parts = _components(happened, scores)
    if parts is None:
        return None
    se = _standard_error(happened, parts, people)
    low, high = _within(value, se)
    return Estimate(value, se, low, high, len(parts))


def auc_difference(happened: Any, scores: Any, others: Any, people: Any = None) -> Estimate | None:
    """How much larger the AUC of ``scores`` is than that of ``others`` on the same rows (DeLong, paired); None as for :func:`auc`."""
    (one, parts), (other, of_others) = _components(happened, scores), _components(happened, others)
    if parts is None or of_others is None:
        return None
    se = _standard_error(happened, parts - of_others, people)
    half = NormalDist().inv_cdf(0.975) * se
    return Estimate(one - other, se, one - other - half, one - other + half, len(parts))


def lift(happened: Any, scores: Any, part: float = 0.1) -> Estimate | None:
    """How many times as often it happened to the ``part`` with the highest scores as to all; None where it happened to nobody.

    Ties at the edge count with their share. The interval is Jeffreys' of the share among them (Brown, Cai & DasGupta 2001), over
    the share of all.
    """
    import numpy as np
    from scipy.stats import beta

    told, score = np.asarray(happened, dtype=float), np.asarray(scores, dtype=float)
    rate = float(told.mean()) if len(told) else 0.0
    if not rate:
        return None
    size = max(1, round(part * len(told)))
    edge = np.sort(score)[-size]
    above, at = score > edge, score == edge
    hits = float(told[above].sum() + told[at].mean() * (size - above.sum()))
    share = hits / size
    low, high = (float(end) for end in beta.ppf([0.025, 0.975], hits + 0.5, size - hits + 0.5))
    return Estimate(
        share / rate, math.sqrt(share * (1 - share) / size) / rate, min(low, share) / rate, max(high, share) / rate, size
    )


def _components(happened: Any, scores: Any) -> tuple[float, Numbers | None]:
    """The AUC, and per row what it adds to it, centred: the structural components of DeLong over the size of their class."""
    import numpy as np
    from scipy.stats import rankdata

    told, score = np.asarray(happened, dtype=bool), np.asarray(scores, dtype=float)
    positives, negatives = int(told.sum()), int((~told).sum())
    if not positives or not negatives:
        return math.nan, None
    ranks = rankdata(score)
    shares = np.empty(len(score))
    shares[told] = (ranks[told] - rankdata(score[told])) / negatives
    shares[~told] = 1 - (ranks[~told] - rankdata(score[~told])) / positives
    value = float(shares[told].mean())
    return value, (shares - value) / np.where(told, positives, negatives)


def _standard_error(happened: Any, parts: Numbers, people: Any) -> float:
    import numpy as np

    if people is None:
        told = np.asarray(happened, dtype=bool)
        squares = [(size / max(size - 1, 1), parts[rows] ** 2) for rows in (told, ~told) for size in (int(rows.sum()),)]
        return math.sqrt(sum(factor * float(square.sum()) for factor, square in squares))
    _, whose = np.unique(np.asarray(people), return_inverse=True)
    sums = np.bincount(whose, weights=parts)
    return math.sqrt(len(sums) / max(len(sums) - 1, 1) * float((sums**2).sum()))


def _within(value: float, se: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    low, high = value - z * se, value + z * se
    if (low > 0 and high < 1) or not 0 < value < 1:
        return max(low, 0.0), min(high, 1.0)
    middle, half = math.log(value / (1 - value)), z * se / (value * (1 - value))
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))
