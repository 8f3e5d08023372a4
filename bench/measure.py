"""Time and peak memory of one thing done in this process."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """Median wall and processor seconds of ``runs`` runs, the highest resident memory in MB, and what came out."""

    tool: str
    what: str
    wall: float
    cpu: float
    peak_mb: float
    runs: int
    result: str = ""


class Meter:
    """Measures for one tool and prints each result as a line of JSON, for the parent process to collect."""

    def __init__(self, tool: str) -> None:
        self.tool = tool

    def __call__(self, what: str, do: Callable[[], Any], runs: int = 3, warm: bool = True) -> Any:
        """Do it once unmeasured where ``warm``, then ``runs`` times; returns what the last run gave."""
        if warm:
            do()
        walls, cpus = [], []
        reset_peak()
        for _ in range(runs):
            wall, cpu = time.perf_counter(), time.process_time()
            given = do()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        measured = Measured(self.tool, what, statistics.median(walls), statistics.median(cpus), peak_mb(), runs, str(given)[:80])
        print(json.dumps(asdict(measured)), flush=True)
        return given


def reset_peak() -> None:
    """Forget the highest resident memory so far (Linux)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        print("the peak of memory cannot be reset here; it is that of the whole process", file=sys.stderr)


def peak_mb() -> float:
    """The highest resident memory since :func:`reset_peak`, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
