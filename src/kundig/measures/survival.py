"""How long something takes when some of it is not over yet: leaving out what is open would flatter every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve: at each ``time`` with an end, how many were at ``risk`` and ``ended``, and the share that lasts on.

    ``low`` and ``high`` are the pointwise interval of ``share`` by Greenwood's variance on the log-log scale.
    """

    time: Numbers
    risk: Numbers
    ended: Numbers
    share: Numbers
    low: Numbers
    high: Numbers
    n: int

    @property
    def median(self) -> float | None:
        """The first time at which half or less lasts on; None where the curve stays above one half."""
        return _first(self.time, self.share <= 0.5)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """The times at which the interval of the share includes one half (Brookmeyer and Crowley 1982)."""
        return _first(self.time, self.low <= 0.5), _first(self.time, self.high <= 0.5)

    def share_after(self, time: float) -> float:
        """The share that lasts longer than ``time``."""
        passed = int((self.time <= time).sum())
        return float(self.share[passed - 1]) if passed else 1.0


def kaplan_meier(
    times: Sequence[float] | Numbers,
    ended: Sequence[float] | Numbers,
    censored: Sequence[float] | Numbers,
    confidence: float = 0.95,
) -> Curve:
    """The product-limit estimate (Kaplan and Meier 1958) from counts: at each of ``times`` so many ended, so many left unseen.

    What is censored at a time is still at risk there. Times need no order and may repeat.
    """
    import numpy as np

    time, ends, leaves = _by_time(*(np.asarray(given, dtype=float) for given in (times, ended, censored)))
    going = ends + leaves
    risk: Numbers = going[::-1].cumsum()[::-1].astype(float)
    seen = ends > 0
    time, ends, at_risk = time[seen], ends[seen], risk[seen]
    share = np.cumprod(1 - ends / at_risk)
    low, high = _greenwood(ends, at_risk, share, confidence)
    return Curve(time, at_risk, ends, share, low, high, int(going.sum()))


def _by_time(time: Numbers, ends: Numbers, leaves: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Each time once, in order, with its counts summed."""
    import numpy as np

    if (np.diff(time) > 0).all():
        return time, ends, leaves
    once, where = np.unique(time, return_inverse=True)
    ends, leaves = (np.bincount(where, weights=counts, minlength=len(once)) for counts in (ends, leaves))
    return once, ends, leaves


def _greenwood(ends: Numbers, risk: Numbers, share: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
    """Interval on the log-log scale (Kalbfleisch and Prentice 1980): stays between 0 and 1; after the last end both are 0."""
    import numpy as np

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(ends / (risk * (risk - ends)))) / np.abs(np.log(share))
        low, high = share ** np.exp(z * spread), share ** np.exp(-z * spread)
    over = share <= 0
    return np.where(over, 0.0, low), np.where(over, 0.0, high)


def _first(time: Numbers, reached: Any) -> float | None:
    return float(time[reached.argmax()]) if reached.any() else None
