"""How many agents a number of contacts needs: waiting is not proportional to work, so dividing hours by hours is not enough.

Contacts arrive at random (Poisson) and are handled one at a time by equal agents, in the order of arrival. ``load`` is
the work that arrives, in erlangs: contacts per hour times hours each takes. Times are seconds.

Erlang B and C: Erlang 1917; the recursion after Cooper 1981, Introduction to Queueing Theory, chapter 3. With customers who
hang up (Palm 1957, "Erlang A"): the waiting time of M/M/n+M after Zeltyn and Mandelbaum 2005, Queueing Systems 51, section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_AGENTS = 100_000


def blocked(load: float, agents: int) -> float:
    """Erlang B: the share of contacts lost where nobody can wait."""
    share = 1.0
    for n in range(1, agents + 1):
        share = load * share / (n + load * share)
    return share if load > 0 else float(agents == 0)


def waits(load: float, agents: int) -> float:
    """Erlang C: the share of contacts that must wait where nobody hangs up; 1 where the agents cannot keep up."""
    if agents <= load:
        return 1.0 if load > 0 else 0.0
    lost = blocked(load, agents)
    return lost / (1 - load / agents * (1 - lost))


def service_level(load: float, agents: int, handling_s: float, within_s: float) -> float:
    """The share of contacts answered within ``within_s`` where nobody hangs up."""
    if agents <= load:
        return 0.0 if load > 0 else 1.0
    return 1 - waits(load, agents) * math.exp(-(agents - load) * within_s / handling_s)


def speed_of_answer(load: float, agents: int, handling_s: float) -> float:
    """The average wait in seconds over all contacts where nobody hangs up; infinite where the agents cannot keep up."""
    if agents <= load:
        return math.inf if load > 0 else 0.0
    return waits(load, agents) * handling_s / (agents - load)


@dataclass(frozen=True)
class Impatient:
    """What becomes of the contacts where customers hang up: shares of all contacts, and the average wait in seconds."""

    waits: float
    hangs_up: float
    answered_within: float
    wait_s: float


def impatient(load: float, agents: int, handling_s: float, patience_s: float, within_s: float) -> Impatient:
    """Erlang A: customers hang up after an exponential time with mean ``patience_s``. At least one agent."""
    import numpy as np

    arriving, serving, leaving = load / handling_s, agents / handling_s, 1 / patience_s
    lost = blocked(load, agents - 1)
    if load <= 0 or lost <= 0:
        return Impatient(0.0, 0.0, 1.0, 0.0)
    # The density of the wait an endlessly patient customer would have, but for a factor: exp(arriving * H(x) - serving * x).
    times = _grid(arriving, serving, leaving, within_s)
    slope = arriving * -np.expm1(-leaving * times) / leaving - serving * times
    top = float(slope.max())
    density = np.exp(slope - top)
    idle = math.exp(-top) / lost
    total = idle + arriving * float(np.trapezoid(density, times))
    gone = arriving * float(np.trapezoid(density * -np.expm1(-leaving * times), times)) / total
    soon = times <= within_s
    quick = arriving * float(np.trapezoid((density * np.exp(-leaving * times))[soon], times[soon]))
    return Impatient(1 - idle / total, gone, (idle + quick) / total, gone * patience_s)


def _grid(arriving: float, serving: float, leaving: float, within_s: float) -> npt.NDArray[np.float64]:
    """Times from 0 to where the density has vanished, ``within_s`` among them, dense enough for six digits."""
    import numpy as np

    peak = max(0.0, math.log(arriving / serving) / leaving)
    end = peak + 1 / serving

    def fallen(x: float) -> float:
        return arriving * (math.exp(-leaving * peak) - math.exp(-leaving * x)) / leaving - serving * (x - peak)

    while fallen(end) > -40:
        end = peak + 2 * (end - peak)
    steps = np.linspace(0.0, 1.0, 8001)
    return np.union1d(end * steps, [*(min(within_s, end) * steps), within_s])


def needed_agents(load: float, handling_s: float, level: float, within_s: float, patience_s: float = 0.0) -> int:
    """The fewest agents so that ``level`` (0 to below 1) of the contacts are answered within ``within_s``; 0 without contacts.

    ``patience_s`` 0: nobody hangs up (Erlang C).
    """
    if load <= 0:
        return 0
    if patience_s <= 0:
        return _needed_patient(load, handling_s, level, within_s)
    low, high = 0, 1
    while impatient(load, high, handling_s, patience_s, within_s).answered_within < level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = impatient(load, middle, handling_s, patience_s, within_s).answered_within >= level
        low, high = (low, middle) if enough else (middle, high)
    return high


def _needed_patient(load: float, handling_s: float, level: float, within_s: float) -> int:
    """One pass of the recursion of Erlang B, asking at each number of agents whether it is enough."""
    lost = 1.0
    for n in range(1, MOST_AGENTS):
        lost = load * lost / (n + load * lost)
        if n > load:
            wait = lost / (1 - load / n * (1 - lost))
            if 1 - wait * math.exp(-(n - load) * within_s / handling_s) >= level:
                return n
    return MOST_AGENTS
