"""Several ``kundig import`` at once on one workspace: each event once, every row of every process accounted for."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from kundig import workspace
from tests.faults.desk import command, export, kundig, stored, told, untidy

PROCESSES, STEP, ROWS = 4, 500, 1500
LAST = (PROCESSES - 1) * STEP + ROWS


def test_overlapping_files_at_once(tmp_path: Path) -> None:
    folder = workspace.create(tmp_path / "workspace").folder
    files = [export(tmp_path / f"desk-{n}.csv", n * STEP, n * STEP + ROWS) for n in range(PROCESSES)]
    running = [
        subprocess.Popen(command(folder, "import", file, "--source", "desk", "--json"), stdout=subprocess.PIPE, text=True)
        for file in files
    ]
    ended = [(process.communicate(timeout=300)[0], process.returncode) for process in running]
    assert [code for _, code in ended] == [0] * PROCESSES
    rows = [json.loads(out)["rows"] for out, _ in ended]
    bad = [sum(n % 500 == 7 for n in range(first * STEP, first * STEP + ROWS)) for first in range(PROCESSES)]
    assert [r["rejected"] for r in rows] == bad
    assert all(r["used"] + r["duplicate"] + r["rejected"] == r["read"] == ROWS for r in rows)
    assert sum(r["used"] for r in rows) == len(told(0, LAST))
    assert stored(folder) == told(0, LAST)
    kundig(folder, "compact")
    assert untidy(folder, sum(bad), once=False) == []
    assert stored(folder) == told(0, LAST)
