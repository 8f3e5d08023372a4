"""How sure a share is: shares of small groups must not be read as if they were exact."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of the share ``successes / n`` (Wilson 1927), both ends between 0 and 1; (0, 1) where n is 0."""
    if n <= 0:
        return 0.0, 1.0
    z, share = _z(confidence), successes / n
    shrunk = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / shrunk
    half = z / shrunk * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def adjusted_wald(successes: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The Wald interval after adding z²/2 successes and z²/2 failures (Agresti and Coull 1998), cut at 0 and 1."""
    z = _z(confidence)
    size = n + z * z
    share = (successes + z * z / 2) / size
    half = z * math.sqrt(share * (1 - share) / size)
    return max(0.0, share - half), min(1.0, share + half)


def net_share(up: float, down: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of ``(up - down) / n``, as in a net promoter score, between -1 and 1.

    Adjusted Wald: ¾ is added to ``up`` and ``down`` and 3 to ``n``; the best of those Rocks (2016) tested.
    """
    size = n + 3
    p, d = (up + 0.75) / size, (down + 0.75) / size
    half = _z(confidence) * math.sqrt((p + d - (p - d) ** 2) / size)
    return max(-1.0, p - d - half), min(1.0, p - d + half)


def as_figures(name: str, successes: int, n: int) -> dict[str, float | int | None]:
    """The share as an answer tells it: ``name``, ``name_low``, ``name_high`` (Wilson, 95 %), ``name_n``; null where n is 0."""
    low, high = wilson(successes, n) if n else (None, None)
    return {name: successes / n if n else None, f"{name}_low": low, f"{name}_high": high, f"{name}_n": n}


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)
