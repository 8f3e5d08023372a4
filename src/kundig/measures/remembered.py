"""What stays in memory of a course of events: its peak and its end weigh more than its length, and what is long ago fades.

Customers decide by what they remember, not by what was recorded. The value remembered of events with valences ``v`` (from
-1, bad, to 1, good) is ``R = wP * v_peak + wE * v_end + (1 - wP - wE) * sum(m * v) / sum(m)``: the events most vivid now,
the last one, and the mean of all weighed by what forgetting has left of each. Duration has no term (Redelmeier and Kahneman 1996;
Alaybek et al. 2022: r = .581 of peak-end with the judgement afterwards, about as much as the plain mean). The weights are a
starting point; :func:`refit` learns them from judgements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

BETA, PSI = 4.32, 0.131
"""Wickelgren's power law of forgetting, fitted to Ebbinghaus' seven points; per minute, and without unit."""

FEWEST = 50
"""Judgements from which the weights are learned."""

FOLDS = 10
PENALTY = 1.0


@dataclass(frozen=True)
class Weights:
    """How much the peak and the end count; the rest is the mean's. ValueError where one is negative or both exceed 1."""

    peak: float = 0.25
    end: float = 0.25

    def __post_init__(self) -> None:
        if min(self.peak, self.end) < 0 or self.peak + self.end > 1 + 1e-9:
            raise ValueError("weights are not negative and together at most 1")

    @property
    def mean(self) -> float:
        return max(0.0, 1 - self.peak - self.end)


@dataclass(frozen=True)
class Memories:
    """Of each journey, in order: the plain ``lived`` mean, the mean ``left`` after forgetting, the ``peak`` and the ``end``."""

    lived: Numbers
    left: Numbers
    peak: Numbers
    end: Numbers

    def value(self, weights: Weights) -> Numbers:
        """What is remembered of each journey, from -1 to 1."""
        made: Numbers = weights.peak * self.peak + weights.end * self.end + weights.mean * self.left
        return made


@dataclass(frozen=True)
class Refit:
    """The weights learned from judgements, and how well they foresee judgements they have not seen.

    ``r2`` and ``r2_mean`` are cross-validated: the share of variance explained by peak, end and mean, and by the mean alone.
    ``better`` says whether the first is better beyond chance; if not, ``weights`` leave the mean alone.
    """

    weights: Weights
    r2: float
    r2_mean: float
    better: bool
    n: int


def on_scale(score: float | None, scale: str | None) -> float | None:
    """A rating as a valence from -1 to 1 by its scale "min-max"; None where the scale cannot be read or the rating is off it."""
    low, _, high = (scale or "").rpartition("-")
    try:
        first, last = float(low), float(high)
    except ValueError:
        return None
    if score is None or first == last or not min(first, last) <= score <= max(first, last):
        return None
    return 2 * (score - first) / (last - first) - 1


def retention(minutes: float | Numbers) -> Numbers:
    """What is left of a memory after so many minutes, from 1 down: ``(1 + 4.32 t) ** -0.131`` (Wickelgren 1974)."""
    import numpy as np

    return np.asarray((1 + BETA * np.asarray(minutes, dtype=float)) ** -PSI)


def ebbinghaus(minutes: float) -> float:
    """Savings in per cent after so many minutes (at least 1): ``100 k / (log10(t) ** 1.25 + k)``, k = 1.84 (Ebbinghaus 1885)."""
    return 184 / (math.pow(math.log10(minutes), 1.25) + 1.84)


def remembered(valence: Sequence[float], minutes_ago: Sequence[float], weights: Weights | None = None) -> float:
    """What is remembered of one journey: the valence of its events in order, and how long ago each was."""
    return float(memories([0] * len(valence), valence, minutes_ago).value(weights or Weights())[0])


def memories(
    journey: Sequence[int] | Numbers, valence: Sequence[float] | Numbers, minutes_ago: Sequence[float] | Numbers
) -> Memories:
    """The parts of memory of many journeys; one entry an event, those of a journey together and in order.

    ValueError where a valence is outside -1 to 1, an event is still to come, or a journey's events are scattered.
    """
    import numpy as np

    which, v, ago = _checked(journey, valence, minutes_ago)
    if not len(v):
        return Memories(v, v, v, v)
    starts = _starts(which)
    sizes = np.diff(np.append(starts, len(v)))
    m = retention(ago)
    lived = np.add.reduceat(v, starts) / sizes
    left = np.add.reduceat(m * v, starts) / np.add.reduceat(m, starts)
    peak = v[_by_strength(which, m * np.abs(v))[starts]]
    return Memories(lived, left, peak, v[starts + sizes - 1])


def lift_if_neutral(
    journey: Sequence[int] | Numbers, valence: Sequence[float] | Numbers, minutes_ago: Sequence[float] | Numbers,
    weights: Weights | None = None,
) -> Numbers:  # fmt: skip
    """By how much its journey would be remembered better (worse, if negative) had one event been neutral; one entry an event.

    Where the event is the peak, the next most vivid one takes its place. Errors as for :func:`memories`.
    """
    import numpy as np

    w = weights or Weights()
    which, v, ago = _checked(journey, valence, minutes_ago)
    if not len(v):
        return v
    starts = _starts(which)
    sizes = np.diff(np.append(starts, len(v)))
    m = retention(ago)
    lift: Numbers = -w.mean * m * v / np.repeat(np.add.reduceat(m, starts), sizes)
    lift[starts + sizes - 1] -= w.end * v[starts + sizes - 1]
    order = _by_strength(which, m * np.abs(v))
    first, second = order[starts], order[np.minimum(starts + 1, starts + sizes - 1)]
    lift[first] += w.peak * (np.where(sizes > 1, v[second], 0.0) - v[first])
    return lift


def refit(parts: Memories, judged: Sequence[float] | Numbers, seed: int = 0) -> Refit:
    """Learn the weights from how each journey was judged afterwards (-1 to 1), by ridge with weights that cannot be negative.

    Both models are judged on journeys they have not seen, in ten folds. The richer one is kept only if its squared errors are
    smaller beyond chance (95 %), else the mean alone. ValueError below 50 judgements or where all are the same.
    """
    import numpy as np

    y = np.asarray(judged, dtype=float)
    if len(y) < FEWEST:
        raise ValueError("too few judgements")
    if np.ptp(y) == 0:
        raise ValueError("all judgements are the same")
    full, mean = np.column_stack([parts.peak, parts.end, parts.left]), np.asarray(parts.left)[:, None]
    fold = np.random.default_rng(seed).permutation(len(y)) % FOLDS
    base, rich, poor = _errors(full[:, :0], y, fold), _errors(full, y, fold), _errors(mean, y, fold)
    gain = poor - rich
    coefficients, _ = _ridge(full, y)
    total = coefficients.sum()
    sure = bool(gain.mean() > 1.96 * gain.std(ddof=1) / math.sqrt(len(y)))
    weights = Weights(*(float(one / total) for one in coefficients[:2])) if sure and total > 0 else Weights(0.0, 0.0)
    return Refit(weights, float(1 - rich.sum() / base.sum()), float(1 - poor.sum() / base.sum()), sure and total > 0, len(y))


def _errors(x: Numbers, y: Numbers, fold: Numbers) -> Numbers:
    """Squared errors on each judgement by the model learned from the other folds."""
    import numpy as np

    wrong = np.empty(len(y))
    for k in range(FOLDS):
        held = fold == k
        coefficients, start = _ridge(x[~held], y[~held])
        wrong[held] = (y[held] - start - x[held] @ coefficients) ** 2
    return wrong


def _ridge(x: Numbers, y: Numbers) -> tuple[Numbers, float]:
    """Coefficients, none negative, and the intercept, which is not shrunk: non-negative least squares on penalised rows."""
    import numpy as np
    from scipy.optimize import nnls

    if not x.shape[1]:
        return np.zeros(0), float(y.mean())
    middle = x.mean(axis=0)
    rows = np.vstack([x - middle, math.sqrt(PENALTY) * np.eye(x.shape[1])])
    coefficients, _ = nnls(rows, np.append(y - y.mean(), np.zeros(x.shape[1])))
    return coefficients, float(y.mean() - middle @ coefficients)


def _checked(journey: Any, valence: Any, minutes_ago: Any) -> tuple[Numbers, Numbers, Numbers]:
    import numpy as np

    which, v, ago = np.asarray(journey), np.asarray(valence, dtype=float), np.asarray(minutes_ago, dtype=float)
    if len(v) and not (np.abs(v) <= 1).all():
        raise ValueError("a valence lies between -1 and 1")
    if len(ago) and not (ago >= 0).all():
        raise ValueError("an event is still to come")
    if len(np.unique(which)) != len(_starts(which)):
        raise ValueError("the events of a journey must stand together")
    return which, v, ago


def _starts(which: Numbers) -> Numbers:
    """Where each journey's events begin."""
    import numpy as np

    return np.flatnonzero(np.append([True], which[1:] != which[:-1])) if len(which) else np.zeros(0, dtype=int)


def _by_strength(which: Numbers, strength: Numbers) -> Numbers:
    """The events' places, each journey's strongest first, journeys in their order; of two as strong the earlier."""
    import numpy as np

    block = np.cumsum(np.append([True], which[1:] != which[:-1]))
    order: Numbers = np.lexsort((np.arange(len(which)), -strength, block))
    return order
