"""Whether a probability means what it says: of those told 10 %, one in ten should leave.

A score may rank well and still mislead whoever counts on it, so a model reports both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

BINS = 10
_LEAST = 1e-15


def brier(happened: Any, chances: Any) -> float:
    """The mean squared error of the probabilities (Brier 1950)."""
    told, chance = _both(happened, chances)
    return float(((chance - told) ** 2).mean())


def log_loss(happened: Any, chances: Any) -> float:
    """The mean negative log-likelihood of what happened."""
    return float(log_losses(happened, chances).mean())


def log_losses(happened: Any, chances: Any) -> Numbers:
    """The negative log-likelihood of each row; a certainty that is wrong counts as a chance of 1e-15."""
    import numpy as np

    told, chance = _both(happened, chances)
    chance = np.clip(chance, _LEAST, 1 - _LEAST)
    return np.asarray(-np.where(told > 0, np.log(chance), np.log1p(-chance)))


def expected_error(happened: Any, chances: Any, bins: int = BINS) -> float:
    """The expected calibration error: the mean distance of told and seen share over ``bins`` equally large groups by chance."""
    told, chance = _both(happened, chances)
    return sum(n * abs(said - seen) for said, seen, n in reliability(told, chance, bins)) / len(told) if len(told) else math.nan


def error_by_chance(chances: Any, seed: int = 0, repeats: int = 50, bins: int = BINS) -> float:
    """The expected calibration error that perfectly calibrated ``chances`` would show of this many rows, by simulation.

    An observed error is only worth a word where it is larger than this.
    """
    import numpy as np

    chance = np.asarray(chances, dtype=float)
    dice = np.random.default_rng(seed)
    return float(np.mean([expected_error(dice.random(len(chance)) < chance, chance, bins) for _ in range(repeats)]))


def reliability(happened: Any, chances: Any, bins: int = BINS) -> list[tuple[float, float, int]]:
    """Per group of rows with near chances, the smallest first: the mean chance, the share it happened to, the rows."""
    import numpy as np

    told, chance = _both(happened, chances)
    order = np.argsort(chance, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    return [(float(chance[group].mean()), float(told[group].mean()), len(group)) for group in groups]


def _both(happened: Any, chances: Any) -> tuple[Numbers, Numbers]:
    import numpy as np

    return np.asarray(happened, dtype=float), np.asarray(chances, dtype=float)
