"""How likely one end comes by a time when another end may come first: a promise taken back can no longer be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]


@dataclass(frozen=True)
class Incidence:
    """The share to which the end has come by each ``time``, with the pointwise interval."""

    time: Numbers
    share: Numbers
    low: Numbers
    high: Numbers

    def by(self, time: float) -> tuple[float, float, float]:
        """The share by ``time`` and its interval; zeros before the first time."""
        passed = int((self.time <= time).sum())
        if not passed:
            return 0.0, 0.0, 0.0
        return float(self.share[passed - 1]), float(self.low[passed - 1]), float(self.high[passed - 1])


def aalen_johansen(
    times: Sequence[float] | Numbers,
    ended: Sequence[float] | Numbers,
    otherwise: Sequence[float] | Numbers,
    censored: Sequence[float] | Numbers,
    confidence: float = 0.95,
) -> Incidence:
    """The cumulative incidence of an end beside another one (Aalen and Johansen 1978) from counts at each of ``times``.

    ``ended``: to so many the end came; ``otherwise``: to so many the other end; ``censored``: so many left unseen, still at risk
    at that time. Where there is no other end it is 1 minus the Kaplan-Meier curve. Times need no order and may repeat; the
    variance is Aalen's (Klein and Moeschberger 2003, section 4.7), its interval on the scale of log(-log(share)); at 0 and 1, where
    that has no width, Wilson's.
    """
    import numpy as np

    time, where = np.unique(np.asarray(times, dtype=float), return_inverse=True)
    one, other, lost = (
        np.bincount(where, weights=np.asarray(counts, dtype=float), minlength=len(time))
        for counts in (ended, otherwise, censored)
    )
    risk = (one + other + lost)[::-1].cumsum()[::-1]
    risk = np.where(risk > 0, risk, 1.0)
    lasting = np.cumprod(1 - (one + other) / risk)
    before = np.concatenate([[1.0], lasting[:-1]])
    share = np.cumsum(before * one / risk)
    variance = np.array([_variance(share[: k + 1], before[: k + 1], one, other, risk) for k in range(len(time))])
    low, high = _interval(share, variance, float(risk[0]) if len(risk) else 0.0, confidence)
    return Incidence(time, share, low, high)


def _variance(share: Numbers, before: Numbers, one: Numbers, other: Numbers, risk: Numbers) -> float:
    import numpy as np

    k = len(share)
    d1, d, n = one[:k], (one + other)[:k], risk[:k]
    still = share[-1] - share
    left = np.where(n > d, n - d, np.inf)
    terms = still**2 * d / (n * left) + before**2 * (n - d1) * d1 / n**3 - 2 * still * before * d1 / n**2
    return float(max(0.0, terms.sum()))


def _interval(share: Numbers, variance: Numbers, n: float, confidence: float) -> tuple[Numbers, Numbers]:
    import numpy as np

    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    spread = z * np.sqrt(variance) / (safe * np.abs(np.log(safe)))
    widest = z * z / (n + z * z)
    low = np.where(inside, safe ** np.exp(spread), np.where(share > 0, 1 - widest, 0.0))
    return low, np.where(inside, safe ** np.exp(-spread), np.where(share > 0, 1.0, widest))
