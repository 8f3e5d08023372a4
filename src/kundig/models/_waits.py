"""How long cases wait for their next step after each activity, those still waiting included.

Leaving out who still waits would flatter every time, so the curves are Kaplan-Meier's (``measures/survival.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kundig.measures.survival import kaplan_meier
from kundig.models._prefixes import absent, numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

LATE = 0.1
"""A case is stuck that waits longer than all but this share of the cases after the same activity."""
FEWEST = 30
"""An activity with fewer observed waits is judged like all activities together."""


@dataclass(frozen=True)
class Wait:
    """The share of cases (falling) that still wait at each time in seconds, and the time after which a case counts as stuck."""

    time: Numbers
    share: Numbers
    late_s: float

    def still(self, waited: Numbers) -> Numbers:
        """The share that waits longer than each of ``waited``."""
        import numpy as np

        shares: Numbers = np.concatenate([[1.0], self.share])
        found: Numbers = shares[np.searchsorted(self.time, waited, side="right")]
        return found

    def left(self, waited: Numbers, share: float = 0.5) -> Numbers:
        """After how many further seconds only ``share`` of those who have waited so long still wait; infinite where never seen."""
        import numpy as np

        at = np.searchsorted(-self.share, -self.still(waited) * share, side="left")
        left: Numbers = np.maximum(np.append(self.time, np.inf)[at] - waited, 0.0)
        return left

    def stuck(self, waited: Numbers) -> Numbers:
        """The probability to wait longer than ``late_s``, having waited so long; 1 for who has waited longer already."""
        import numpy as np

        now = self.still(waited)
        chance = np.divide(self.still(np.full(len(waited), self.late_s)), now, out=np.ones(len(waited)), where=now > 0)
        return np.where(waited > self.late_s, 1.0, chance)


def measure(rows: pa.Table) -> Mapping[str | None, Wait]:
    """The waits after each activity, and after any under None. ``rows`` whose case is over have no next step to wait for."""
    import numpy as np

    wait, waiting = numbers(rows, "wait_s"), absent(rows, "next_activity")
    told = ~(waiting & np.asarray(rows["is_over"].to_numpy(zero_copy_only=False)).astype(bool))
    activity = np.array(rows["activity"].to_pylist(), dtype=object)
    made: dict[str | None, Wait] = {None: _curve(wait[told], waiting[told])}
    for name in sorted(set(activity[told].tolist())):
        own = told & (activity == name)
        if (own & ~waiting).sum() >= FEWEST:
            made[name] = _curve(wait[own], waiting[own])
    return made


def _curve(wait: Numbers, waiting: Numbers) -> Wait:
    """One curve, thinned to about 500 steps, so that a learned model stays small."""
    import numpy as np

    curve = kaplan_meier(np.round(wait), ~waiting, waiting)
    late = curve.time[(curve.share <= LATE).argmax()] if (curve.share <= LATE).any() else np.inf
    kept = np.unique(np.linspace(0, max(len(curve.time) - 1, 0), min(500, len(curve.time))).astype(int))
    return Wait(curve.time[kept], curve.share[kept], float(late))
