"""Who works for the firm, and who of them forgets to read what the customer already told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kundig.simulation import firm
from kundig.simulation.chance import stream
from kundig.simulation.days import Bools, Floats, Ints


@dataclass(frozen=True)
class Agents:
    """One array entry per agent, team by team; agent ``i`` is called MA-(101 + i)."""

    team: Ints
    forgetful: Bools

    @property
    def forgets(self) -> Floats:
        """How often each lets a handed-on customer explain everything again."""
        return np.where(self.forgetful, firm.FORGETFUL_AGENT_FORGETS, firm.AGENT_FORGETS)

    @property
    def names(self) -> list[str]:
        return [f"MA-{101 + i}" for i in range(len(self.team))]

    def of_team(self, rng: np.random.Generator, team: Ints) -> Ints:
        """One agent of each ``team``."""
        sizes = np.array(firm.TEAM_SIZES)
        offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return np.asarray(offsets[team] + (rng.random(len(team)) * sizes[team]).astype(np.int64))


def agents(seed: int) -> Agents:
    """The same people for every block; in each team the same share forgets."""
    rng = stream(seed, 0, "agents")
    forgetful = [rng.permutation(size) < round(size * firm.FORGETFUL_SHARE) for size in firm.TEAM_SIZES]
    return Agents(np.repeat(np.arange(len(firm.TEAMS)), firm.TEAM_SIZES), np.concatenate(forgetful))
