"""pm4py's fastest path: its own functions on Polars frames where it has them (AGPL: measured here, not shipped)."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from bench.measure import Meter

warnings.filterwarnings("ignore")


def main(path: str) -> None:
    """Edges with counts and durations, variants, case durations, on the file at ``path``."""
    import pm4py

    measure = Meter("pm4py")
    log = measure("import", lambda: _frame(path), runs=1, warm=False)
    measure("journey_map", lambda: _map(pm4py, log), runs=1)
    measure("variants", lambda: len(pm4py.get_variants(log)), runs=1)
    measure("throughput_times", lambda: len(pm4py.get_all_case_durations(log)), runs=1)


def _frame(path: str) -> Any:
    import polars

    names = {"Vorgang": "case:concept:name", "Aktivität": "concept:name", "Zeitpunkt": "time:timestamp"}
    frame = polars.scan_parquet(path).select(list(names)).rename(names)
    return frame.sort(["case:concept:name", "time:timestamp"]).collect().lazy()


def _map(pm4py: Any, log: Any) -> int:
    """Counts and mean durations of each edge: two passes, since pm4py has no single one."""
    edges, _, _ = pm4py.discover_dfg(log)
    pm4py.discover_performance_dfg(log)
    return len(edges)


if __name__ == "__main__":
    main(*sys.argv[1:])
