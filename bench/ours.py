"""kundig on the same file: import, every question, one person, late events, erasure. One process, as a server would be."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import kundig
from bench.generate import ACTIVITIES, CHANNELS, tables
from bench.measure import Meter
from kundig.workspace import Workspace

QUESTIONS = ("journey-map", "variants", "throughput-times", "contacts-per-case", "handovers")
LATE = 50_000


def main(path: str, folder: str, person: str, seed: str, only: str = "") -> None:
    """Import the file at ``path`` into a new workspace at ``folder`` and measure everything there.

    ``only`` is "--questions-only" where the workspace of an earlier run is to be asked again, late events folded.
    """
    measure = Meter("kundig")
    if only:
        workspace = kundig.open(folder)
        workspace.lake.fold(always=True)
        every_question(measure, workspace, person, seed)
        return
    shutil.rmtree(folder, ignore_errors=True)
    workspace = kundig.create(folder, time_zone="Europe/Berlin")
    measure("import", lambda: poured(workspace, Path(path)), runs=1, warm=False)
    every_question(measure, workspace, person, seed)
    measure(f"import of {LATE:,} late events", lambda: poured(workspace, late_events(Path(folder), seed)), runs=1, warm=False)
    measure("cases touched by them", lambda: touched(workspace), runs=1, warm=False)
    questions(measure, workspace, ", late events not folded")
    measure("erasure of one person", lambda: workspace.erase(person).rows["events"], runs=1, warm=False)


def every_question(measure: Meter, workspace: Workspace, person: str, seed: str) -> None:
    """Everything that is asked of a folded lake."""
    questions(measure, workspace)
    channel = random.Random(seed).choice(["phone", "email", "chat", "web"])
    measure("journey_map, one channel", lambda: workspace.ask("journey-map", channel=channel).table.num_rows)
    measure("one person's memory", lambda: workspace.memory(person).num_rows)


def poured(workspace: Workspace, path: Path) -> str:
    """Import one file with the mapping kundig proposes by itself, and fold where it pays."""
    report = workspace.import_files([path])
    return f"{sum(f.events for f in report.files)} events"


def questions(measure: Meter, workspace: Workspace, more: str = "") -> None:
    """Ask everything, opening the lake anew each time, as the command line does."""
    for name in QUESTIONS:
        measure(name.replace("-", "_") + more, lambda name=name: _asked(workspace, name))


def _asked(workspace: Workspace, name: str) -> str:
    answer = workspace.ask(name)
    return f"n={answer.n}, {answer.table.num_rows} rows"


def touched(workspace: Workspace) -> int:
    """How many cases hold a late event."""
    snapshot = workspace.lake.store.snapshot()
    found: set[Any] = set()
    for file in snapshot.fresh:
        found |= set(pq.read_table(file, columns=["case_id"])["case_id"].to_pylist())
    return len(found)


def late_events(folder: Path, seed: str) -> Path:
    """Events that belong to cases already stored, at times in their midst."""
    rng = np.random.default_rng(int(seed))
    known = next(tables(LATE * 4))
    chosen = known.take(pa.array(np.sort(rng.choice(known.num_rows, LATE, replace=False))))
    moved = np.asarray(chosen["Zeitpunkt"].cast(pa.int64())) + rng.integers(1, 3_600_000_000, LATE)
    late = {
        **{name: chosen[name] for name in chosen.column_names},
        "Ereignis-Nr": pa.array([f"L{n:09d}" for n in range(LATE)]),
        "Zeitpunkt": pa.array(moved, pa.timestamp("us", tz="UTC")),
        "Aktivität": pa.array(rng.choice(ACTIVITIES, LATE)),
        "Kanal": pa.array(rng.choice(CHANNELS, LATE)),
    }
    path = folder.parent / "events-late.parquet"
    pq.write_table(pa.table(late), path)
    return path


if __name__ == "__main__":
    main(*sys.argv[1:])
