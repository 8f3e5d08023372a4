"""What somebody's conduct says about how far his promises can be relied on, and how sure that is.

It is evidence of reliability, not the trust others feel. Promises are the evidence; each counts less the longer ago it was due.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

HALF_LIFE = 180.0
"""Days after which a promise counts half (a product default)."""
PATIENCE = 0.5
"""After this part of the promised span, what was promised is worth 1/e (a product default)."""
SHORTEST_SPAN = 3600.0
"""Seconds a promised span has at least: a date without a time may lie before the hour it was given in."""
ENOUGH = 3.0
"""The evidence below which nothing is told (a product default)."""
CONFIDENCE = 0.90

FEWEST_GROUPS, WEAKEST, STRONGEST = 30, 2.0, 50.0
"""Groups from which a prior is learned, and the bounds of its strength in promises (product defaults)."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Evidence:
    """Promises summed, each by its weight and age: how much was kept and how much was missed."""

    kept: float = 0.0
    missed: float = 0.0

    @property
    def size(self) -> float:
        """The number of fresh promises that would weigh as much."""
        return self.kept + self.missed

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.kept + other.kept, self.missed + other.missed)

    def __sub__(self, other: Evidence) -> Evidence:
        return Evidence(max(0.0, self.kept - other.kept), max(0.0, self.missed - other.missed))


FLAT = Evidence(1.0, 1.0)
"""The uniform prior: nothing is known beforehand."""


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float


def degree(delay_s: float | None, span_s: float) -> float:
    """How far a promise is kept, from 0 to 1: 1 in time, then falling to 0 by exp(-delay / tau), tau half the promised span.

    ``delay_s``: seconds from the date due to the keeping, or to now for one that is overdue, since waiting for its end would
    reward silence; None where the promise is broken for good. ``span_s``: from the making to the date due.
    """
    if delay_s is None:
        return 0.0
    return math.exp(-max(0.0, delay_s) / (PATIENCE * max(span_s, SHORTEST_SPAN)))


def remembered(age_days: float, half_life: float = HALF_LIFE) -> float:
    """How much a promise still counts ``age_days`` after it was due, whenever it was kept: 2 ** (-age / half-life)."""
    return float(2.0 ** (-max(0.0, age_days) / half_life))


def gathered(promises: Iterable[tuple[float, float, float]], half_life: float = HALF_LIFE) -> Evidence:
    """The evidence of promises given as (days since due, degree kept from 0 to 1, weight)."""
    found = Evidence()
    for age, kept, weight in promises:
        part = weight * remembered(age, half_life)
        found += Evidence(part * kept, part * (1 - kept))
    return found


def reliability(evidence: Evidence, prior: Evidence = FLAT, confidence: float = CONFIDENCE) -> Estimate:
    """Beta reputation with forgetting (Jøsang and Ismail 2002): mean and interval of Beta(prior + evidence).

    With the flat prior the mean is their (r + 1) / (r + s + 2).
    """
    from scipy.special import betaincinv

    a, b = prior.kept + evidence.kept, prior.missed + evidence.missed
    tail = (1 - confidence) / 2
    return Estimate(a / (a + b), float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail)))


@dataclass(frozen=True)
class Spread:
    """What SQL sums over groups (customers) to tell how far they differ.

    Of each group, with A the sum of its promises' weights, B that of weight times degree, C of the squared weights and D of weight
    times squared degree: ``size`` sums n = A²/C, ``squares`` n², ``kept`` n B/A, ``kept_squares`` n (B/A)², ``within``
    D - B²/A and ``freedom`` A - C/A.
    """

    groups: int
    size: float
    squares: float
    kept: float
    kept_squares: float
    within: float
    freedom: float


def learned_prior(spread: Spread) -> Evidence:
    """The prior by empirical Bayes: the beta distribution with the mean and the variance of the groups' true reliabilities.

    The variance between groups is the one-way analysis of variance's with unequal sizes (Searle, Casella and McCulloch 1992,
    section 3.6), which for shares is the usual estimate of a beta-binomial's (Ridout, Demétrio and Firth 1999). Flat where
    there are fewer than 30 groups or none with two promises.
    """
    mean = spread.kept / spread.size if spread.size else 0.0
    if spread.groups < FEWEST_GROUPS or spread.freedom <= 0 or not 0 < mean < 1:
        return FLAT
    within = spread.within / spread.freedom
    between = spread.kept_squares - spread.size * mean**2 - (spread.groups - 1) * within
    variance = between / (spread.size - spread.squares / spread.size)
    strength = mean * (1 - mean) / variance - 1 if variance > 0 else STRONGEST
    strength = min(max(strength, WEAKEST), STRONGEST)
    return Evidence(strength * mean, strength * (1 - mean))


def combined(parts: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """The weighted sum of independent estimates, its interval recovered from theirs (MOVER: Zou and Donner 2008).

    Equal to Newcombe's (1998) method 10 for the difference of two shares with Wilson's intervals. Needs no draws by chance.
    """
    value = sum(w * part.value for w, part in zip(weights, parts, strict=True))
    down = up = 0.0
    for w, part in zip(weights, parts, strict=True):
        below, above = w * (part.value - part.low), w * (part.high - part.value)
        down += (below if w > 0 else above) ** 2
        up += (above if w > 0 else below) ** 2
    return Estimate(value, value - math.sqrt(down), value + math.sqrt(up))


def change(later: Estimate, earlier: Estimate) -> Estimate:
    """How much higher ``later`` is than ``earlier``, two independent estimates."""
    return combined([later, earlier], [1.0, -1.0])


def moved_by(whole: Evidence, part: Evidence, prior: Evidence = FLAT) -> float:
    """How much higher the reliability of ``whole`` is because ``part`` is in it; negative where it pulls it down."""
    return reliability(whole, prior).value - reliability(whole - part, prior).value


def shifted_by(later: Mapping[Key, Evidence], earlier: Mapping[Key, Evidence]) -> dict[Key, float]:
    """What each kind contributes to the change of the share kept from ``earlier`` to ``later`` (Kitagawa 1955).

    A kind contributes by being kept better or worse, and by becoming more or less frequent when it is kept better or worse than
    the average. The contributions add up to the change. Empty where a period has no promise.
    """
    new, old = (sum(period.values(), Evidence()) for period in (later, earlier))
    if not (new.size and old.size):
        return {}
    middle = (new.kept / new.size + old.kept / old.size) / 2
    return {
        key: _contribution(later.get(key, Evidence()), earlier.get(key, Evidence()), new.size, old.size, middle)
        for key in {**later, **earlier}
    }


def _contribution(new: Evidence, old: Evidence, all_new: float, all_old: float, middle: float) -> float:
    now, before = new.size / all_new, old.size / all_old
    kept_now = new.kept / new.size if new.size else old.kept / old.size if old.size else middle
    kept_before = old.kept / old.size if old.size else kept_now
    better = (now + before) / 2 * (kept_now - kept_before)
    more = ((kept_now + kept_before) / 2 - middle) * (now - before)
    return better + more
