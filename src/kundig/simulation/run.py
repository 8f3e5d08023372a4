"""Runs the simulation block by block, so memory does not grow with the number of customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from kundig.simulation import firm
from kundig.simulation.agents import agents
from kundig.simulation.block import Block, Numbers, World, live
from kundig.simulation.clicks import Clicks
from kundig.simulation.days import Calendar
from kundig.simulation.exports import Exports
from kundig.simulation.lines import Clock
from kundig.simulation.log import LOGS, write_events
from kundig.simulation.mails import write_mailbox
from kundig.simulation.orders import NEVER
from kundig.simulation.truth import Truth

BLOCK = 10_000
"""Customers who are simulated at once; part of what a seed means."""
PILOT = 1_000
"""Customers simulated without writing, to learn how many are needed for a wanted number of events."""
BAD_MONTH = 0.6
"""Where in the simulated time the bad month lies; under three months there is none."""


@dataclass(frozen=True)
class Run:
    """One simulation to be written, its arguments already checked."""

    folder: Path
    world: World
    customers: int
    format: str
    texts: bool
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> list[int]:
        """The number of customers in each block."""
        whole, rest = divmod(self.customers, BLOCK)
        return [BLOCK] * whole + [rest] * (rest > 0)


def world(seed: int, name: str, start: date, months: int) -> World:
    """The firm in ``name`` ("effects", "none" or "other") for ``months`` from ``start``."""
    bad = round(months * BAD_MONTH) - 1 if months >= 3 else -1
    return World(seed, name, Calendar(start, months, bad, firm.OUTAGE_VOLUME), agents(seed))


def customers_for(events: int, place: World) -> int:
    """How many customers make about ``events`` rows of the log."""
    pilot = len(live(place, 0, Numbers(), PILOT).events)
    return max(1, round(events * PILOT / max(pilot, 1)))


def write(run: Run, progress: Callable[[int], None]) -> tuple[dict[Path, int], dict[str, int]]:
    """Write all files; returns the rows of each and the totals."""
    files = _Files(run)
    numbers, leavers = Numbers(), 0
    for index, n in enumerate(run.blocks):
        block = live(run.world, index, numbers, n)
        files.write(block, progress)
        numbers = numbers.after(block)
        leavers += int(np.count_nonzero(block.leaving.left_at < NEVER))
    counts = {**asdict(numbers), "leavers": leavers}
    return files.close(counts), counts


class _Files:
    """All files of a simulation, open while the blocks come."""

    def __init__(self, run: Run) -> None:
        exports, table, truth = (run.folder / name for name in ("exports", "ticket_table", "truth"))
        for folder in (exports, table, truth):
            folder.mkdir(parents=True, exist_ok=True)
        clock, names = Clock(run.world.calendar), run.world.staff.names
        self.run = run
        self.log = LOGS[run.format](exports, clock, names, by_month=len(run.blocks) > 1, texts=run.texts)
        self.exports = Exports(exports, table, clock, names)
        self.clicks = Clicks(exports, clock)
        self.truth = Truth(truth, run.world)
        self.mailbox = exports / "mailbox.mbox"
        self.mails = 0

    def write(self, block: Block, progress: Callable[[int], None]) -> None:
        write_events(self.log, block, progress)
        self.exports.write(block)
        self.clicks.write(block)
        self.truth.write(block)
        if block.index == 0 and self.run.texts:
            self.mails = write_mailbox(self.mailbox, block)

    def close(self, counts: dict[str, int]) -> dict[Path, int]:
        self.clicks.writer.close()
        mails = {self.mailbox: self.mails} if self.run.texts else {}
        written: dict[Path, int] = (
            self.log.close() | self.exports.close() | {self.clicks.writer.path: self.clicks.writer.rows} | mails
        )
        return written | self.truth.close(counts, self.run.arguments)
